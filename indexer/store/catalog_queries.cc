#include "indexer/store/catalog_queries.h"

#include <algorithm>
#include <bit>

#include "indexer/base/compress.h"
#include "indexer/store/record.h"
#include "indexer/store/schema.h"

namespace inhouse {

FileRow TakeFile(const Query& query) {
  FileRow file;
  file.id = query.Int(0);
  file.root = query.Text(1);
  file.path = query.Text(2);
  file.digest = query.Text(3);
  file.size = query.Int(4);
  file.mtime_ns = query.Int(5);
  file.role = static_cast<FileRole>(query.Int(6));
  file.module = query.Text(7);
  return file;
}

Result<std::vector<FileRow>> QueryFiles(Database& db) {
  std::vector<FileRow> files;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT " + std::string(kFileColumns) +
                                       " FROM files ORDER BY root, path"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return files;
    files.push_back(TakeFile(query));
  }
}

Result<CatalogCounts> QueryCounts(Database& db) {
  CatalogCounts counts;
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT count(*), ifnull(sum(symbol_count), 0), "
                          "ifnull(sum(chunk_count), 0), ifnull(sum(call_count), 0) FROM files"));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row) return counts;
  counts.files = static_cast<size_t>(query.Int(0));
  counts.symbols = static_cast<size_t>(query.Int(1));
  counts.chunks = static_cast<size_t>(query.Int(2));
  counts.call_sites = static_cast<size_t>(query.Int(3));
  return counts;
}

// One packed row: the terms in their order, each by what it adds to the one
// before, and the bits of the weight.
Result<std::vector<std::pair<std::string, float>>> QueryWeights(Database& db) {
  std::vector<std::pair<std::string, float>> weights;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT rows FROM corpus_weights LIMIT 1"));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row) return weights;
  Decompressor unpacker;
  const std::optional<std::string> bytes = unpacker.Unpack(query.Text(0));
  if (!bytes) return BrokenRow(db.path().parent_path(), "corpus_weights");
  RecordReader in(*bytes);
  weights.reserve(in.Items());
  std::string term;
  while (in.ok() && !in.AtEnd()) {
    term.resize(std::min<size_t>(in.Count(), term.size()));
    term += in.TextView();
    weights.emplace_back(term, std::bit_cast<float>(static_cast<uint32_t>(in.Count())));
  }
  if (!in.ok()) return BrokenRow(db.path().parent_path(), "corpus_weights");
  return weights;
}

Status PutWeights(Database& db, std::span<const std::pair<std::string, float>> weights) {
  std::vector<std::pair<std::string, float>> sorted(weights.begin(), weights.end());
  std::sort(sorted.begin(), sorted.end());
  RecordWriter out;
  out.Count(sorted.size());
  std::string_view before;
  for (const auto& [term, weight] : sorted) {
    size_t same = 0;
    while (same < before.size() && same < term.size() && before[same] == term[same]) ++same;
    out.Count(same);
    out.Text(std::string_view(term).substr(same));
    out.Count(std::bit_cast<uint32_t>(weight));
    before = term;
  }
  RETURN_IF_ERROR(db.Run("DELETE FROM corpus_weights"));
  return db.Run("INSERT INTO corpus_weights VALUES(1, ?)", Blob{Compressor().Pack(out.bytes())});
}

// One row: the terms, the bits of their scales, and the rows as bytes.
Result<TermVectors> QueryOwnTerms(Database& db) {
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT rows FROM own_terms LIMIT 1"));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row) return TermVectors();
  const std::optional<std::string> unpacked = Decompressor().Unpack(query.Text(0));
  if (!unpacked) return BrokenRow(db.path().parent_path(), "own_terms");
  RecordReader in(*unpacked);
  std::vector<std::string> terms = in.Texts();
  std::vector<float> scales;
  scales.reserve(terms.size());
  for (size_t i = 0; i < terms.size(); ++i) {
    scales.push_back(std::bit_cast<float>(static_cast<uint32_t>(in.Count())));
  }
  const std::string_view bytes = in.TextView();
  const bool fits = terms.empty() ? bytes.empty() : bytes.size() % terms.size() == 0;
  if (!in.AtEnd() || !fits || !std::is_sorted(terms.begin(), terms.end())) {
    return BrokenRow(db.path().parent_path(), "own_terms");
  }
  return TermVectors(std::move(terms), std::move(scales), {bytes.begin(), bytes.end()});
}

Status PutOwnTerms(Database& db, const TermVectors& terms) {
  RecordWriter out;
  out.Texts(terms.terms());
  for (const float scale : terms.scales()) out.Count(std::bit_cast<uint32_t>(scale));
  out.Text(std::string(terms.rows().begin(), terms.rows().end()));
  RETURN_IF_ERROR(db.Run("DELETE FROM own_terms"));
  if (terms.empty()) return {};
  return db.Run("INSERT INTO own_terms VALUES(1, ?)", Blob{Compressor().Pack(out.bytes())});
}

}  // namespace inhouse
