#include "indexer/store/catalog_queries.h"

#include <algorithm>
#include <cmath>
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

// Full text costs about a microsecond a matching row. Terms beyond so many rows
// are left out, the commonest first: they would hardly change the ranking.
constexpr double kMaxMatches = 10'000;

// Distinct terms that FTS5 can take; a quote or a zero byte would end them early.
std::vector<std::string> CleanTerms(std::span<const std::string> terms) {
  std::vector<std::string> clean;
  std::set<std::string_view> seen;
  for (const std::string& term : terms) {
    if (clean.size() == kMaxTerms) break;
    const bool odd = term.find_first_of(std::string_view("\"\0", 2)) != std::string::npos;
    if (!term.empty() && !odd && seen.insert(term).second) clean.push_back(term);
  }
  return clean;
}

// How many chunks hold the term, by its weight (weight_table.h): the share of
// chunks is about e^-weight. 0 for terms newer than the weights.
Result<double> ExpectedMatches(Database& db, double chunks, const std::string& term) {
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT weight FROM corpus_weights WHERE term = ?", term));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  return row ? chunks * std::exp(-query.Real(0)) : 0.0;
}

// The rarest terms, as many as stay within kMaxMatches; at least one.
Result<std::vector<std::string>> AffordableTerms(Database& db, std::vector<std::string> terms) {
  ASSIGN_OR_RETURN(const size_t chunks, Count(db, "SELECT max(id) FROM chunks"));
  if (static_cast<double>(chunks) <= kMaxMatches) return terms;
  std::vector<std::pair<double, std::string>> by_matches;
  for (std::string& term : terms) {
    ASSIGN_OR_RETURN(const double matches, ExpectedMatches(db, static_cast<double>(chunks), term));
    by_matches.emplace_back(matches, std::move(term));
  }
  std::sort(by_matches.begin(), by_matches.end());
  std::vector<std::string> kept;
  double sum = 0;
  for (auto& [matches, term] : by_matches) {
    sum += matches;
    if (!kept.empty() && sum > kMaxMatches) break;
    kept.push_back(std::move(term));
  }
  return kept;
}

// "a" OR "b".
std::string MatchExpression(const std::vector<std::string>& terms) {
  std::string expression;
  for (const std::string& term : terms) {
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
  ASSIGN_OR_RETURN(const std::vector<std::string> affordable,
                   AffordableTerms(db, CleanTerms(terms)));
  if (affordable.empty() || limit == 0) return matches;
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT rowid, bm25(chunk_text, 8.0, 4.0, 3.0, 1.0) AS score "
                          "FROM chunk_text WHERE chunk_text MATCH ? ORDER BY score, rowid LIMIT ?",
                          MatchExpression(affordable), std::min(limit, size_t{100'000})));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return matches;
    matches.push_back({query.Int(0), -query.Real(1)});
  }
}

}  // namespace inhouse
