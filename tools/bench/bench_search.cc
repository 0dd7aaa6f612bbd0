// bench_search FOLDER QUERIES [INHOUSE]: how long a search takes, warm, in one
// thread, over 10,000 and 100,000 chunks of the real Python code in FOLDER; and
// from process start to the first result, beside rg over the same tree (with
// INHOUSE, the program). QUERIES: a question a line. Embedding and ranking are
// included. Absolute times are reported beside their goals; exit code 1 if a search
// from process start takes more than twice the time of rg. Also, of the larger index, what
// the approximate vector search would find of the exact one's best, were there more rows.
#include <fmt/format.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "indexer/embed/embedder_factory.h"
#include "indexer/indexer.h"
#include "indexer/store/catalog.h"
#include "indexer/store/vector_index.h"
#include "retriever/retriever.h"
#include "tools/bench/measure.h"
#include "tools/bench/sample_tree.h"

namespace inhouse::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr size_t kMaxQueries = 500;
constexpr int kRounds = 3;  // over all queries, after one that warms up
constexpr int kStarts = 15;
constexpr double kLinesPerChunk = 9;  // a first guess; corrected once by what came out
constexpr double kMaxOfRg = 2.0;

struct Size {
  size_t chunks;
  double p50_ms, p99_ms;  // goals
};
constexpr Size kSizes[] = {{10'000, 1.0, 5.0}, {100'000, 2.0, 1e9}};

bool missed = false;

void Say(bool good, const std::string& line) {
  missed |= !good;
  std::printf("%-6s %s\n", good ? "ok" : "MISSED", line.c_str());
  std::fflush(stdout);
}

struct IndexedSample {
  SampleTree tree;
  fs::path index;
  size_t chunks = 0;
};

Result<size_t> ChunksOf(const fs::path& index) {
  ASSIGN_OR_RETURN(const auto catalog, Catalog::Open(index));
  ASSIGN_OR_RETURN(const CatalogCounts counts, catalog->Counts());
  return counts.chunks;
}

Result<IndexedSample> IndexLines(const fs::path& source, const fs::path& room, size_t lines) {
  std::error_code ignored;
  fs::remove_all(room, ignored);
  fs::create_directories(room, ignored);
  IndexedSample sample;
  SampleSize size;
  size.lines = lines;
  ASSIGN_OR_RETURN(sample.tree, MakeSample(source, room / "tree", size));
  sample.index = room / "index";
  IndexOptions options;
  options.roots = {sample.tree.root};
  options.index_dir = sample.index;
  ASSIGN_OR_RETURN(const IndexReport report, UpdateIndex(options));
  static_cast<void>(report);
  ASSIGN_OR_RETURN(sample.chunks, ChunksOf(sample.index));
  return sample;
}

// Within some per cent of the wished number of chunks.
Result<IndexedSample> MakeIndexed(const fs::path& source, const fs::path& room, size_t chunks) {
  auto lines = static_cast<double>(chunks) * kLinesPerChunk;
  ASSIGN_OR_RETURN(IndexedSample sample, IndexLines(source, room, static_cast<size_t>(lines)));
  for (int i = 0; i < 3; ++i) {
    const double share = static_cast<double>(sample.chunks) / static_cast<double>(chunks);
    if (share >= 1 && share < 1.05) break;
    lines = lines / std::max(share, 0.01) * 1.02;
    ASSIGN_OR_RETURN(sample, IndexLines(source, room, static_cast<size_t>(lines)));
  }
  return sample;
}

// Of the processor: what stands beside busy neighbours.
double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double Quantile(std::vector<double> sorted, double share) {
  std::sort(sorted.begin(), sorted.end());
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<size_t>(share * last + 0.5)];
}

Status SearchWarm(const IndexedSample& sample, const std::vector<std::string>& queries,
                  const Size& size) {
  ASSIGN_OR_RETURN(const auto retriever, Retriever::Open(sample.index));
  std::vector<double> times, cpu_times;
  for (int round = 0; round <= kRounds; ++round) {
    for (const std::string& query : queries) {
      const Clock::time_point start = Clock::now();
      const double cpu_start = ThreadSeconds();
      ASSIGN_OR_RETURN(const SearchAnswer answer, retriever->Search(query, {}));
      static_cast<void>(answer);
      const std::chrono::duration<double, std::milli> took = Clock::now() - start;
      if (round == 0) continue;
      times.push_back(took.count());
      cpu_times.push_back((ThreadSeconds() - cpu_start) * 1e3);
    }
  }
  const double p50 = Quantile(times, 0.5);
  const double p99 = Quantile(times, 0.99);
  const bool met = p50 < size.p50_ms && p99 < size.p99_ms;
  std::printf("%-6s %s\n", met ? "goal" : "slower",
              fmt::format("{} chunks: p50 {:.3f} ms, p99 {:.3f} ms ({} searches); of the processor "
                          "{:.3f} and {:.3f} ms",
                          sample.chunks, p50, p99, times.size(), Quantile(cpu_times, 0.5),
                          Quantile(cpu_times, 0.99))
                  .c_str());
  std::fflush(stdout);
  return {};
}

// Medians.
Result<Cost> CostOf(const std::vector<std::string>& program) {
  std::vector<double> walls, cpus;
  for (int i = 0; i < kStarts; ++i) {
    ASSIGN_OR_RETURN(const Cost cost, MeasureProgram(program));
    walls.push_back(cost.wall_seconds);
    cpus.push_back(cost.cpu_seconds);
  }
  Cost cost;
  cost.wall_seconds = Median(std::move(walls));
  cost.cpu_seconds = Median(std::move(cpus));
  return cost;
}

Status CompareStart(const IndexedSample& sample, const std::string& inhouse) {
  ASSIGN_OR_RETURN(const Cost ours,
                   CostOf({inhouse, "search", "write a file", "--index", sample.index.string()}));
  ASSIGN_OR_RETURN(const Cost theirs, CostOf({"rg", "-n", "--no-ignore", "-i", "write.*file",
                                              sample.tree.root.string()}));
  Say(ours.wall_seconds <= kMaxOfRg * theirs.wall_seconds,
      fmt::format("{} chunks, process start to result: {:.1f} ms; rg {:.1f} ms; of the processor "
                  "{:.1f} and {:.1f} ms",
                  sample.chunks, ours.wall_seconds * 1e3, theirs.wall_seconds * 1e3,
                  ours.cpu_seconds * 1e3, theirs.cpu_seconds * 1e3));
  return {};
}

Result<std::vector<std::vector<float>>> Embedded(Catalog& catalog,
                                                 const std::vector<std::string>& queries) {
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  ASSIGN_OR_RETURN(auto weights, catalog.CorpusWeights());
  ASSIGN_OR_RETURN(TermVectors own, catalog.OwnTerms());
  ASSIGN_OR_RETURN(const auto embedder,
                   MakeEmbedder(meta.embedder, {WeightTable(std::move(weights)), std::move(own)}));
  std::vector<std::vector<float>> vectors;
  for (const std::string_view query : queries) {
    std::vector<float>& vector = vectors.emplace_back(embedder->dimensions());
    RETURN_IF_ERROR(embedder->Embed(std::span(&query, 1), EmbedRole::kQuery, vector));
  }
  return vectors;
}

// The share of the k best scores that `got` has; which of equal rows does not matter.
double RecallAt(const std::vector<VectorMatch>& exact, const std::vector<VectorMatch>& got,
                size_t k) {
  k = std::min(k, exact.size());
  if (k == 0) return 1;
  size_t found = 0;
  while (found < std::min(k, got.size()) && got[found].score >= exact[k - 1].score) ++found;
  return static_cast<double>(found) / static_cast<double>(k);
}

// An index is searched in part above VectorIndex::Options::exact_limit rows; a lower
// limit over fewer rows looks at the same share of the cells.
Status MeasureRecall(const IndexedSample& sample, const std::vector<std::string>& queries,
                     const fs::path& room) {
  ASSIGN_OR_RETURN(const auto catalog, Catalog::Open(sample.index));
  ASSIGN_OR_RETURN(const auto vectors, Embedded(*catalog, queries));
  ASSIGN_OR_RETURN(const auto exact, VectorIndex::Open(*catalog, sample.index));
  for (const double times : {1.01, 2.0, 4.0, 8.0}) {
    const VectorIndex::Options options{
        .exact_limit = static_cast<size_t>(static_cast<double>(exact->size()) / times)};
    const fs::path folder = room / "recall";
    fs::create_directories(folder);
    ASSIGN_OR_RETURN(const auto part, VectorIndex::Open(*catalog, folder, options));
    fs::remove_all(folder);
    double at10 = 0, at50 = 0;
    for (const std::vector<float>& vector : vectors) {
      ASSIGN_OR_RETURN(const auto all, exact->Search(vector, 50));
      ASSIGN_OR_RETURN(const auto got, part->Search(vector, 50));
      at10 += RecallAt(all, got, 10) / static_cast<double>(vectors.size());
      at50 += RecallAt(all, got, 50) / static_cast<double>(vectors.size());
    }
    std::printf("recall %s\n",
                fmt::format("{} rows, {:.2f} times what is searched exactly: recall@10 {:.4f}, "
                            "recall@50 {:.4f}",
                            exact->size(), times, at10, at50)
                    .c_str());
    std::fflush(stdout);
  }
  return {};
}

std::vector<std::string> ReadQueries(const char* path) {
  std::vector<std::string> queries;
  std::ifstream file(path);
  for (std::string line; queries.size() < kMaxQueries && std::getline(file, line);) {
    if (!line.empty()) queries.push_back(line);
  }
  return queries;
}

Status Run(const fs::path& source, const std::vector<std::string>& queries,
           const std::string& inhouse, const fs::path& scratch) {
  if (queries.empty()) return BadInput("the file of queries is missing or empty");
  for (const Size& size : kSizes) {
    ASSIGN_OR_RETURN(const IndexedSample sample,
                     MakeIndexed(source, scratch / std::to_string(size.chunks), size.chunks));
    RETURN_IF_ERROR(SearchWarm(sample, queries, size));
    if (!inhouse.empty()) RETURN_IF_ERROR(CompareStart(sample, inhouse));
    if (&size == std::end(kSizes) - 1) RETURN_IF_ERROR(MeasureRecall(sample, queries, scratch));
  }
  return {};
}

}  // namespace
}  // namespace inhouse::bench

int main(int count, char** arguments) {
  using namespace inhouse::bench;
  if (count < 3) {
    std::fprintf(stderr, "usage: bench_search FOLDER QUERIES [INHOUSE]\n");
    return 2;
  }
  char room[] = "/tmp/inhouse-bench-XXXXXX";
  if (mkdtemp(room) == nullptr) return 8;
  const auto status =
      Run(arguments[1], ReadQueries(arguments[2]), count > 3 ? arguments[3] : "", room);
  std::error_code ignored;
  std::filesystem::remove_all(room, ignored);
  if (status.ok()) return missed ? 1 : 0;
  std::fprintf(stderr, "bench_search: %s\n", status.error().message.c_str());
  return 3;
}
