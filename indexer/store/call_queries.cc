#include "indexer/store/call_queries.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "indexer/store/catalog_names.h"
#include "indexer/store/file_record.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

// Functions looked at for "used together".
constexpr size_t kMaxCallers = 5000;

Error Damaged(const Database& db, const char* table) {
  return BrokenRow(db.path().parent_path(), table);
}

bool IsScript(FileRole role) { return role == FileRole::kScript || role == FileRole::kNotebook; }

struct CallingFile {
  int64_t id = 0;
  FileRole role = FileRole::kLibrary;
  std::string path, root;
};

// The files with calls to any of these targets, each once.
Result<std::vector<CallingFile>> FilesCalling(Database& db,
                                              const std::vector<std::string>& targets) {
  std::map<int64_t, CallingFile> files;
  for (const std::string& target : targets) {
    ASSIGN_OR_RETURN(Query query, db.Ask("SELECT f.id, f.role, f.path, f.root FROM target_files t "
                                         "JOIN files f ON f.id = t.file_id WHERE t.target_id = ?",
                                         NameHash(target)));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      files[query.Int(0)] = {query.Int(0), static_cast<FileRole>(query.Int(1)),
                             std::string(query.Text(2)), std::string(query.Text(3))};
    }
  }
  std::vector<CallingFile> list;
  list.reserve(files.size());
  for (auto& [id, file] : files) list.push_back(std::move(file));
  std::sort(list.begin(), list.end(), [](const CallingFile& a, const CallingFile& b) {
    return std::tuple(!IsScript(a.role), std::string_view(a.path), std::string_view(a.root)) <
           std::tuple(!IsScript(b.role), std::string_view(b.path), std::string_view(b.root));
  });
  return list;
}

Result<FileCalls> ReadCalls(Database& db, int64_t file_id, Decompressor& unpacker) {
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT calls FROM file_facts WHERE file_id = ?", file_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  FileCalls calls;
  if (!row) return calls;  // an update took the file away since it was heard of
  if (!DecodeCalls(query.Text(0), unpacker, &calls)) return Damaged(db, "file_facts");
  return calls;
}

// What targets resolve to, remembered.
class Resolved {
 public:
  explicit Resolved(Database& db) : db_(db) {}
  Result<std::string> Of(const std::string& target) {
    const auto known = known_.find(target);
    if (known != known_.end()) return known->second;
    ASSIGN_OR_RETURN(Query query,
                     db_.Ask("SELECT resolved FROM targets WHERE id = ?", NameHash(target)));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    std::string resolved;
    if (row && !query.IsNull(0)) resolved = query.Text(0).empty() ? target : query.Text(0);
    known_.emplace(target, resolved);
    return resolved;
  }

 private:
  Database& db_;
  std::unordered_map<std::string, std::string> known_;
};

// Counts of APIs beside one that is looked for.
class Companions {
 public:
  Companions(Database& db, std::string_view wanted) : db_(db), wanted_(wanted), resolved_(db) {}

  // Each name counts once a function.
  Status AddFile(const CallingFile& file) {
    ASSIGN_OR_RETURN(const FileCalls calls, ReadCalls(db_, file.id, unpacker_));
    std::vector<std::string> names;
    for (const std::string& target : calls.targets) {
      ASSIGN_OR_RETURN(names.emplace_back(), resolved_.Of(target));
    }
    std::set<std::string_view> callers;
    for (const auto& [target, call] : calls.calls) {
      if (names[target] == wanted_ && callers_ + callers.size() < kMaxCallers) {
        callers.insert(call.caller);
      }
    }
    callers_ += callers.size();
    std::set<std::pair<std::string_view, std::string_view>> pairs;
    for (const auto& [target, call] : calls.calls) {
      const std::string& name = names[target];
      if (name.empty() || name == wanted_ || !callers.contains(call.caller)) continue;
      if (pairs.emplace(name, call.caller).second) Count(name, IsScript(file.role));
    }
    return {};
  }

  // Most often first; names of scripts are no API.
  Result<std::vector<Catalog::CallCount>> Take(size_t limit) {
    std::vector<Catalog::CallCount> all, counts;
    for (auto& [name, count] : counts_) all.push_back({name, count.first, count.second});
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.count != b.count ? a.count > b.count : a.qualified_name < b.qualified_name;
    });
    for (Catalog::CallCount& count : all) {
      if (counts.size() == limit) break;
      ASSIGN_OR_RETURN(const bool is_api, IsApi(count.qualified_name));
      if (is_api) counts.push_back(std::move(count));
    }
    return counts;
  }

  bool is_full() const { return callers_ >= kMaxCallers; }

 private:
  void Count(const std::string& name, bool from_script) {
    auto& [count, from_scripts] = counts_[name];
    ++count;
    if (from_script) ++from_scripts;
  }

  Result<bool> IsApi(const std::string& name) {
    ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(db_, name));
    for (const int64_t id : files) {
      ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT 1 FROM files WHERE id = ? AND role = 0", id));
      ASSIGN_OR_RETURN(const bool is_library, query.Next());
      if (!is_library) continue;
      ASSIGN_OR_RETURN(const FileNames names, ReadNames(db_, id, unpacker_));
      for (const NameRecord& symbol : names.symbols) {
        if (symbol.qualified_name == name) return true;
      }
    }
    return false;
  }

  Database& db_;
  const std::string_view wanted_;
  Resolved resolved_;
  Decompressor unpacker_;
  std::map<std::string, std::pair<int64_t, int64_t>> counts_;
  size_t callers_ = 0;
};

}  // namespace

Result<std::vector<std::string>> QueryTargetsOf(Database& db, std::string_view qualified_name) {
  std::vector<std::string> targets;
  if (qualified_name.empty()) return targets;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT t.target, t.resolved FROM resolved_targets r "
                                       "JOIN targets t ON t.id = r.target_id WHERE r.hash = ?",
                                       NameHash(qualified_name)));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) break;
    const std::string_view resolved = query.Text(1).empty() ? query.Text(0) : query.Text(1);
    if (resolved == qualified_name) targets.emplace_back(query.Text(0));
  }
  std::sort(targets.begin(), targets.end());
  return targets;
}

Result<std::vector<CallSiteRow>> QueryCallers(Database& db, std::string_view qualified_name,
                                              size_t limit) {
  std::vector<CallSiteRow> rows;
  ASSIGN_OR_RETURN(const std::vector<std::string> targets, QueryTargetsOf(db, qualified_name));
  ASSIGN_OR_RETURN(const std::vector<CallingFile> files, FilesCalling(db, targets));
  Decompressor unpacker;
  for (const CallingFile& file : files) {
    if (rows.size() >= limit) break;
    ASSIGN_OR_RETURN(FileCalls calls, ReadCalls(db, file.id, unpacker));
    std::vector<CallSiteRow> here;
    for (auto& [target, call] : calls.calls) {
      if (!std::binary_search(targets.begin(), targets.end(), call.target)) continue;
      here.push_back({file.id, std::move(call), std::string(qualified_name)});
    }
    std::stable_sort(here.begin(), here.end(), [](const CallSiteRow& a, const CallSiteRow& b) {
      return a.call.range.start_line < b.call.range.start_line;
    });
    const size_t take = std::min(here.size(), limit - rows.size());
    std::move(here.begin(), here.begin() + static_cast<std::ptrdiff_t>(take),
              std::back_inserter(rows));
  }
  return rows;
}

Result<Catalog::CallCount> QueryCallCount(Database& db, std::string_view qualified_name) {
  Catalog::CallCount sum;
  sum.qualified_name = qualified_name;
  ASSIGN_OR_RETURN(const std::vector<std::string> targets, QueryTargetsOf(db, qualified_name));
  for (const std::string& target : targets) {
    ASSIGN_OR_RETURN(Query query,
                     db.Ask("SELECT sum(c.calls), sum(c.calls * (f.role IN (1, 3))) FROM "
                            "target_files c JOIN files f ON f.id = c.file_id WHERE c.target_id = ?",
                            NameHash(target)));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) continue;
    sum.count += query.Int(0);
    sum.from_scripts += query.Int(1);
  }
  return sum;
}

Result<std::vector<Catalog::CallCount>> QueryUsedTogether(Database& db,
                                                          std::string_view qualified_name,
                                                          size_t limit) {
  ASSIGN_OR_RETURN(const std::vector<std::string> targets, QueryTargetsOf(db, qualified_name));
  ASSIGN_OR_RETURN(const std::vector<CallingFile> files, FilesCalling(db, targets));
  Companions companions(db, qualified_name);
  for (const CallingFile& file : files) {
    if (companions.is_full()) break;
    RETURN_IF_ERROR(companions.AddFile(file));
  }
  return companions.Take(limit);
}

Result<std::vector<Catalog::CallEdge>> QueryCallsIn(Database& db, int64_t file_id) {
  Decompressor unpacker;
  ASSIGN_OR_RETURN(FileCalls calls, ReadCalls(db, file_id, unpacker));
  Resolved resolved(db);
  std::vector<std::string> names;
  names.reserve(calls.targets.size());
  for (const std::string& target : calls.targets) {
    ASSIGN_OR_RETURN(names.emplace_back(), resolved.Of(target));
  }
  std::vector<Catalog::CallEdge> edges;
  std::set<std::pair<std::string_view, uint32_t>> seen;
  for (const auto& [target, call] : calls.calls) {
    if (names[target].empty() || !seen.emplace(call.caller, target).second) continue;
    edges.push_back({call.caller, names[target]});
  }
  return edges;
}

}  // namespace inhouse
