#include "tools/pattern_keeping.h"

#include <system_error>
#include <utility>

#include "agent/patterns/pattern_apis.h"
#include "indexer/indexer.h"

namespace inhouse {

namespace fs = std::filesystem;

std::string PatternState::Line() const {
  if (!stored.problem.empty()) return stored.problem;
  return expired.empty() ? "in use" : "expired: " + expired;
}

Result<std::vector<PatternState>> PatternStates(const fs::path& folder, Retriever& retriever) {
  ASSIGN_OR_RETURN(std::vector<StoredPattern> stored, PatternStore(folder).List());
  std::vector<PatternState> states;
  states.reserve(stored.size());
  for (StoredPattern& one : stored) {
    PatternState& state = states.emplace_back();
    state.stored = std::move(one);
    if (!state.stored.problem.empty()) continue;
    ASSIGN_OR_RETURN(state.expired, ExpiredBecause(state.stored.pattern, retriever));
  }
  return states;
}

Result<std::vector<PatternState>> IndexPatterns(const PatternShelf& shelf, Retriever& retriever) {
  std::error_code unreadable;
  if (!fs::exists(shelf.folder / "README.md", unreadable)) return std::vector<PatternState>();
  ASSIGN_OR_RETURN(std::vector<PatternState> states, PatternStates(shelf.folder, retriever));
  IndexOptions options;
  options.roots = {shelf.folder};
  options.index_dir = shelf.index_dir;
  options.embedder = shelf.embedder;
  options.remote = shelf.remote;
  for (const PatternState& state : states) {
    if (!state.in_use()) {
      std::string anchored = "/";
      options.exclude.push_back(
          std::move(anchored.append(PatternStore::ScriptPath(state.stored.pattern.name))));
    }
  }
  RETURN_IF_ERROR(UpdateIndex(options));
  return states;
}

Result<KeptPattern> KeepPattern(const PatternShelf& shelf, Pattern pattern, Retriever& retriever) {
  KeptPattern kept;
  pattern.name = PatternName(pattern.request, pattern.script);
  ASSIGN_OR_RETURN(pattern.apis, ApisCalledBy(pattern.script, retriever));
  if (pattern.apis.empty()) {
    kept.line = "not kept as a pattern: the script calls no indexed API";
    return kept;
  }
  ASSIGN_OR_RETURN(const PatternAdded added, PatternStore(shelf.folder).Add(pattern));
  if (added == PatternAdded::kRemovedBefore) {
    kept.line = "not kept as a pattern: a person removed this script from " +
                shelf.folder.string() + " (removed/" + ScriptDigest(pattern.script) + ")";
    return kept;
  }
  kept.kept = true;
  kept.line = pattern.name + (added == PatternAdded::kKnown ? " (known already)" : "");
  RETURN_IF_ERROR(IndexPatterns(shelf, retriever));
  return kept;
}

}  // namespace inhouse
