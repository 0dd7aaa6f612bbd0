#include "indexer/corpus_learning.h"

#include "indexer/base/check.h"
#include "indexer/base/parallel.h"
#include "indexer/embed/vector_text.h"

namespace inhouse {
namespace {

// visit(number of the chunk in the file, its terms)
template <typename Visit>
void ForEachChunk(FileUses* file, Visit visit) {
  uint32_t begin = 0;
  for (size_t i = 0; i < file->ends.size(); ++i) {
    visit(i, std::span(file->uses).subspan(begin, file->ends[i] - begin));
    begin = file->ends[i];
  }
}

}  // namespace

WeightTable LearnWeights(std::span<const FileUses> files,
                         std::span<const std::string_view> vocabulary,
                         std::vector<int64_t>* documents) {
  WeightLearner learner;
  std::vector<int64_t>& counts = *documents;
  counts.assign(vocabulary.size(), 0);
  for (const FileUses& file : files) {
    for (const TermUse& use : file.uses) ++counts[use.term];
    learner.AddDocuments(static_cast<int64_t>(file.ends.size()));
  }
  for (size_t term = 0; term < counts.size(); ++term) {
    if (counts[term] > 0) learner.AddTerm(vocabulary[term], counts[term]);
  }
  return learner.Finish();
}

TermVectors LearnOwnWords(const Embedder& embedder, std::span<const std::string_view> vocabulary,
                          std::span<const int64_t> documents, size_t threads,
                          std::span<FileUses> files) {
  TermVectorLearner learner(embedder, vocabulary, documents);
  if (learner.empty()) return {};
  const auto terms = embedder.ForTerms(vocabulary);
  CHECK(terms != nullptr);
  const size_t dimensions = embedder.dimensions();
  std::vector<std::vector<float>> values(files.size());
  const auto work = [&](size_t, size_t item) {
    ForEachChunk(&files[item], [&](size_t, std::span<TermUse> uses) {
      if (!learner.Wants(uses)) return;
      values[item].resize(values[item].size() + dimensions);
      terms->Embed(uses, std::span(values[item]).last(dimensions));
    });
  };
  const auto take = [&](size_t item) {
    std::span<const float> rest(values[item]);
    ForEachChunk(&files[item], [&](size_t, std::span<TermUse> uses) {
      if (!learner.Wants(uses)) return;
      learner.Add(uses, rest.first(dimensions));
      rest = rest.subspan(dimensions);
    });
    values[item] = {};
    return true;
  };
  OrderedParallelFor(files.size(), threads, kWindow * threads, work, take, {});
  return learner.Finish();
}

void EmbedChunks(const TermEmbedder& embedder, size_t dimensions, FileUses* file) {
  std::vector<float> values(file->ends.size() * dimensions);
  ForEachChunk(file, [&](size_t i, std::span<TermUse> uses) {
    embedder.Embed(uses, std::span(values).subspan(i * dimensions, dimensions));
  });
  file->rows.resize(values.size());
  QuantizeVectors(values, dimensions, file->rows);
  file->uses = {};
}

}  // namespace inhouse
