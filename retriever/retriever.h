// Front door of the retriever: which of our own APIs does this, how is it
// called, and what do our own people write around it.
//
//   ASSIGN_OR_RETURN(auto retriever, Retriever::Open(index_dir));
//   ASSIGN_OR_RETURN(SearchAnswer answer, retriever->Search("write an audience file", {}));
//   ASSIGN_OR_RETURN(ApiCard card, retriever->Show("cdp_client.query"));
//
// Flow: text → Query → candidates (symbol, lexical, dense; each with its rank)
// → fusion → ranking (signals) → Hits → ApiCards → ContextPack. Everything is
// deterministic; ties break by place (root, path, line), so that an index answers
// alike however it came about. A Retriever belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/chunk/chunk.h"
#include "indexer/embed/remote_embedder.h"
#include "indexer/python/symbol.h"
#include "retriever/contract_check.h"
#include "retriever/stages.h"

namespace inhouse {

struct SearchOptions {
  size_t limit = 10;
  bool include_private = false;
  bool include_tests = true;
  bool explain = false;  // fill Hit::signals
  Stages without = 0;    // left out, for measurements
};

struct Hit {
  int64_t chunk_id = 0;
  std::string symbol;      // the name people import
  std::string defined_as;  // where it is defined
  SymbolKind kind = SymbolKind::kFunction;
  ChunkKind chunk_kind = ChunkKind::kSymbol;
  std::string root;  // as configured
  std::string path;  // relative to root
  int start_line = 0, end_line = 0;
  double score = 0;                       // 0..1, comparable within one answer
  std::string signature;                  // "query(sql: str, ...) -> DataFrame"
  std::string summary;                    // first sentence of the docstring
  std::string deprecated;                 // replacement or message; empty if not deprecated
  std::map<std::string, double> signals;  // with explain: each ranking signal's value
};

struct SearchAnswer {
  std::string query;
  int64_t commit = 0;
  std::string source_revision;
  std::vector<std::string> stale_files;  // changed on disk since they were indexed
  std::vector<Hit> hits;                 // best first; empty: no good match
  int64_t latency_us = 0;
};

// A call as the team writes it.
struct UsageExample {
  std::string path;  // relative to root
  int line = 0;
  std::string caller;  // function or module it stands in
  std::string code;    // the statement(s), dedented
};

// Another definition of the same name.
struct OtherDefinition {
  std::string signature, path;
  int line = 0;
};

// What one needs to know to call an API right.
struct ApiCard {
  std::string symbol, defined_as, path;
  SymbolKind kind = SymbolKind::kFunction;
  int start_line = 0, end_line = 0;
  std::string import_line;             // "import audience_io"; empty if it cannot be imported
  std::string signature;               // one line, with import name
  std::vector<std::string> overloads;  // @overload signatures, one line each
  std::vector<OtherDefinition> also_defined;  // in other branches, files or roots
  std::string summary, description;
  std::vector<DocParameter> parameters;  // documented ones, with types
  std::string returns;
  std::vector<DocParameter> raises;
  std::vector<std::string> members;        // classes, modules: member signatures
  std::vector<UsageExample> usages;        // real call sites, scripts first
  std::vector<std::string> used_together;  // import names, most often first
  std::string deprecated;                  // replacement or message
  int64_t call_count = 0;
  std::vector<UsageExample> callers;  // functions and modules that call it, one each; no code
  std::string drift;                  // where its docstring disagrees with its signature
  std::string source;                 // the definition as written (for --source)
  std::string source_note;            // what of it is missing, and why; "" if it is whole
  bool is_stale = false;              // its file changed since it was indexed
};

// What this moment of the agent's work is about. All fields may be empty.
struct Evidence {
  std::string text;                       // request, step intent, question
  std::vector<std::string> identifiers;   // dotted names from the last cell
  std::string error_type, error_message;  // of the last cell
  std::string traceback;
  std::vector<std::string> live_names;     // names in the kernel, with types: "df: DataFrame", "df:
                                           // DataFrame 3 x 2: user_id str, …"
  std::vector<std::string> already_shown;  // defined_as names that the conversation holds
  bool include_private = false;            // for people who work inside the libraries
  Stages without = 0;                      // left out, for measurements
};

struct PackEntry {
  std::string symbol, defined_as, path;
  int line = 0;
  double score = 0;
  std::string reason;  // "matches 'holdout'", "named in traceback", ...
  std::string text;    // the card as shown
};

// API cards for a prompt within a token budget.
struct ContextPack {
  std::string text;                  // what goes into the prompt; "" when nothing is worth showing
  std::vector<PackEntry> entries;    // one a symbol
  std::vector<std::string> omitted;  // names that matched but did not fit
  size_t estimated_tokens = 0;       // upper bound; <= budget
};

class Retriever {
 public:
  // `remote`: for an index whose vectors a model server made. Without it such an
  // index answers all but searches.
  // Errors: kIndex (no index there, corrupt, newer format).
  static Result<std::unique_ptr<Retriever>> Open(const std::filesystem::path& index_dir,
                                                 const RemoteEmbedderOptions& remote = {});
  virtual ~Retriever() = default;

  // Never guesses: no good match is an empty list.
  virtual Result<SearchAnswer> Search(std::string_view text, const SearchOptions& options) = 0;
  // Exact name, unique suffix; else kNegative with the nearest names.
  virtual Result<ApiCard> Show(std::string_view name) = 0;
  virtual Result<ContextPack> Pack(const Evidence& evidence, size_t token_budget) = 0;
  // Code against the real signatures (contract_check.h).
  virtual Result<ContractReport> Check(std::string_view code, const ContractOptions& options) = 0;
  // One line per public API of the whole index when that fits the budget, else "".
  virtual Result<ContextPack> Summary(size_t token_budget) = 0;
  // How alike each text is to `text` in what it asks for, 0..1 (likeness.h).
  virtual Result<std::vector<double>> Likeness(std::string_view text,
                                               const std::vector<std::string>& texts) = 0;
};

// For people (card as text) and for prompts (compact).
std::string FormatCard(const ApiCard& card, bool with_source);
std::string FormatCardForPrompt(const ApiCard& card);

}  // namespace inhouse
