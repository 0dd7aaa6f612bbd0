#include "indexer/store/catalog_queries.h"

#include <algorithm>
#include <set>

namespace inhouse {
namespace {

// A longer question says nothing that its first terms do not.
constexpr size_t kMaxTerms = 64;

Result<size_t> Count(Database& db, std::string_view sql) {
  ASSIGN_OR_RETURN(Query query, db.Ask(sql));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  return row ? static_cast<size_t>(query.Int(0)) : size_t{0};
}

// Terms as an FTS5 expression: "a" OR "b". Quotes would end a term early.
std::string MatchExpression(std::span<const std::string> terms) {
  std::string expression;
  std::set<std::string_view> seen;
  for (const std::string& term : terms) {
    if (seen.size() == kMaxTerms) break;
    if (term.empty() || term.find_first_of(std::string_view("\"\0", 2)) != std::string::npos) {
      continue;
    }
    if (!seen.insert(term).second) continue;
    if (!expression.empty()) expression += " OR ";
    expression.append("\"").append(term).append("\"");
  }
  return expression;
}

}  // namespace

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
  ASSIGN_OR_RETURN(counts.files, Count(db, "SELECT count(*) FROM files"));
  ASSIGN_OR_RETURN(counts.symbols, Count(db, "SELECT count(*) FROM symbols"));
  ASSIGN_OR_RETURN(counts.chunks, Count(db, "SELECT count(*) FROM chunks"));
  ASSIGN_OR_RETURN(counts.call_sites, Count(db, "SELECT count(*) FROM call_sites"));
  return counts;
}

Result<std::vector<std::pair<std::string, float>>> QueryWeights(Database& db) {
  std::vector<std::pair<std::string, float>> weights;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT term, weight FROM corpus_weights ORDER BY term"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return weights;
    weights.emplace_back(query.Text(0), static_cast<float>(query.Real(1)));
  }
}

Status RecreateFullText(Database& db) {
  return db.Script(
      "DROP TABLE IF EXISTS chunk_text;"
      "CREATE VIRTUAL TABLE chunk_text USING fts5(name, signature, doc, body, tokenize='ascii')");
}

Status OptimizeFullText(Database& db) {
  return db.Run("INSERT INTO chunk_text(chunk_text) VALUES('optimize')");
}

Result<std::vector<LexicalMatch>> SearchFullText(Database& db, std::span<const std::string> terms,
                                                 size_t limit) {
  std::vector<LexicalMatch> matches;
  const std::string expression = MatchExpression(terms);
  if (expression.empty() || limit == 0) return matches;
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT rowid, bm25(chunk_text, 8.0, 4.0, 3.0, 1.0) AS score "
                          "FROM chunk_text WHERE chunk_text MATCH ? ORDER BY score, rowid LIMIT ?",
                          expression, std::min(limit, size_t{100'000})));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return matches;
    matches.push_back({query.Int(0), -query.Real(1)});
  }
}

}  // namespace inhouse
