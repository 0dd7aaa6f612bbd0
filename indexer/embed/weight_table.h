// How much each term of the indexed code says: its inverse document frequency,
//   weight = ln(1 + (N - n + 0.5) / (n + 0.5)),  N documents, n of them with the term
// (the idf of BM25 as Lucene writes it). Learned at a full build, stored in the
// catalog, and used by documents and queries alike until the next full build.
//
//   WeightLearner learner;
//   for (…) learner.Add(EmbeddingText(chunk));
//   const WeightTable weights = learner.Finish();
//   writer->SetCorpusWeights(weights.rows(), weights.id());       // storing
//   WeightTable(catalog->CorpusWeights())                         // reading
//
// A table is immutable, cheap to copy and safe from any thread; a learner belongs
// to one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace inhouse {

// The most frequent terms are kept; more do not fit any use.
inline constexpr size_t kMaxWeights = 200'000;

class WeightTable {
 public:
  using Row = std::pair<std::string, float>;

  WeightTable() = default;  // knows no term: every term weighs the same
  explicit WeightTable(std::vector<Row> rows);

  bool empty() const { return rows_->empty(); }
  // 0 for a term that the table does not know.
  float WeightOf(std::string_view term) const;
  float largest() const { return largest_; }
  // By term.
  const std::vector<Row>& rows() const { return *rows_; }
  // A digest of the rows; "" for the empty table. Reads them all.
  std::string id() const;

 private:
  // Shared by the copies that embedders and queries keep.
  std::shared_ptr<const std::vector<Row>> rows_ = std::make_shared<const std::vector<Row>>();
  float largest_ = 0;
};

class WeightLearner {
 public:
  // One document's text, as it will be embedded.
  void Add(std::string_view text);
  // The same of texts whose terms were counted already: so many of the documents
  // hold the term (each call another term); so many documents there are more.
  void AddTerm(std::string_view term, int64_t documents);
  void AddDocuments(int64_t count) { count_ += count; }
  // What another thread has counted.
  void Merge(const WeightLearner& other);
  WeightTable Finish() const;

 private:
  std::unordered_map<std::string, int64_t> documents_;  // term → documents that hold it
  int64_t count_ = 0;
};

}  // namespace inhouse
