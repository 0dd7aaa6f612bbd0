// How many tokens a second one core turns into vectors.
//
//   bench_embed FOLDER
//
// Reads and cuts the Python files of FOLDER, then measures CPU time of embedding
// alone: of counted terms, as an index update does it, and of texts, as a question
// is embedded. A token is an occurrence of a term.
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "indexer/base/file_io.h"
#include "indexer/chunk/chunker.h"
#include "indexer/chunk/term_counts.h"
#include "indexer/chunk/terms.h"
#include "indexer/embed/static_embedder.h"
#include "indexer/embed/vector_text.h"
#include "indexer/python/extract_facts.h"
#include "indexer/python/source_tree.h"

namespace inhouse::bench {
namespace {

constexpr double kGoal = 5e6;
constexpr int kRounds = 5;

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Sample {
  TermNumbers vocabulary;
  std::vector<std::vector<TermUse>> chunks;
  std::vector<std::string> texts;
  double tokens = 0;
};

Status Read(const char* folder, Sample* sample) {
  ASSIGN_OR_RETURN(const SourceListing listing, ListSources(folder, {}));
  FactExtractor extractor;
  TermReader reader(kMaxEmbeddedBodyBytes);
  for (const SourceFile& file : listing.files) {
    Result<std::string> bytes = ReadFile(file.os_path);
    if (!bytes.ok()) continue;
    const Result<ExtractedFile> facts = extractor.Extract(file, std::move(bytes).value());
    if (!facts.ok()) continue;
    for (const Chunk& chunk : MakeChunks(facts->facts, facts->text, {})) {
      ChunkTerms terms = reader.Read(chunk);
      sample->vocabulary.Extend(0, reader.TakeNewTerms());
      sample->vocabulary.Translate(0, &terms);
      std::vector<TermUse>& uses = sample->chunks.emplace_back();
      for (const TermCount& count : terms.counts) {
        if (EmbeddedCount(count) == 0) continue;
        uses.push_back({count.term, EmbeddedCount(count)});
        sample->tokens += EmbeddedCount(count);
      }
      sample->texts.push_back(EmbeddingText(chunk));
    }
  }
  return {};
}

int Main(const char* folder) {
  Sample sample;
  const Status read = Read(folder, &sample);
  if (!read.ok()) {
    std::fprintf(stderr, "bench_embed: %s\n", read.error().message.c_str());
    return 3;
  }
  const StaticEmbedder embedder(BuiltInWeights(), {}, {});
  std::vector<float> out(embedder.dimensions());
  const auto terms = embedder.ForTerms(sample.vocabulary.terms());
  double distinct = 0;
  for (const auto& uses : sample.chunks) distinct += static_cast<double>(uses.size());
  double begin = CpuSeconds();
  for (int round = 0; round < kRounds; ++round) {
    for (auto& uses : sample.chunks) terms->Embed(uses, out);
  }
  const double counted = (CpuSeconds() - begin) / kRounds;
  begin = CpuSeconds();
  for (const std::string& text : sample.texts) {
    const std::string_view view = text;
    if (!embedder.Embed({&view, 1}, EmbedRole::kQuery, out).ok()) return 3;
  }
  const double texts = CpuSeconds() - begin;
  const bool good = sample.tokens / counted >= kGoal;
  std::printf(
      "%s %zu chunks, %.1f million tokens (%.1f million distinct in their chunks): counted "
      "%.1f million tokens a second and core (at least %.0f), distinct ones %.1f, as text %.2f\n",
      good ? "ok  " : "MISS", sample.chunks.size(), sample.tokens / 1e6, distinct / 1e6,
      sample.tokens / counted / 1e6, kGoal / 1e6, distinct / counted / 1e6,
      sample.tokens / texts / 1e6);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace inhouse::bench

int main(int argc, char** argv) {
  if (argc == 2) return inhouse::bench::Main(argv[1]);
  std::fprintf(stderr, "usage: bench_embed FOLDER\n");
  return 2;
}
