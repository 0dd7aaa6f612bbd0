#include "agent/patterns/pattern_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr int64_t kMaxFileBytes = int64_t{4} << 20;

constexpr const char* kRemovedByHand = "removed by hand";

constexpr std::string_view kReadme =
    "# Patterns\n\n"
    "Scripts that people approved after they had passed every check. `inhouse` indexes them as "
    "usage of\n"
    "the APIs that they call, and shows one where a like request comes. Do not edit them here: a "
    "changed\n"
    "script was not checked and is left out. `inhouse patterns` lists, adds and removes them.\n";

std::string Text(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

json ToJson(const Pattern& pattern) {
  json apis = json::array();
  for (const PatternApi& api : pattern.apis) {
    apis.push_back({{"symbol", api.symbol}, {"signature", api.signature}});
  }
  json object = {{"v", kVersion},
                 {"request", pattern.request},
                 {"digest", ScriptDigest(pattern.script)},
                 {"apis", std::move(apis)}};
  if (!pattern.before.empty()) object["before"] = pattern.before;
  return object;
}

// "" if the file says what it should.
std::string ReadFacts(const std::string& bytes, Pattern* pattern, std::string* digest) {
  const json object = json::parse(bytes, nullptr, false);
  if (!object.is_object()) return "its .json cannot be read";
  if (object.value("v", json()) != kVersion) return "its .json is of another version";
  pattern->request = Text(object, "request");
  pattern->before = Text(object, "before");
  *digest = Text(object, "digest");
  const auto apis = object.find("apis");
  if (apis == object.end() || !apis->is_array()) return "its .json names no APIs";
  for (const json& api : *apis) {
    if (api.is_object()) pattern->apis.push_back({Text(api, "symbol"), Text(api, "signature")});
  }
  return "";
}

// Names come from files and from people; one that leads elsewhere is none.
bool IsPlainName(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace

std::string PatternStore::ScriptPath(std::string_view name) {
  return "scripts/" + std::string(name) + ".py";
}

fs::path PatternStore::PathOf(std::string_view name, std::string_view suffix) const {
  return folder_ / "scripts" / (std::string(name) + std::string(suffix));
}

StoredPattern PatternStore::Load(const std::string& name) const {
  StoredPattern stored;
  stored.pattern.name = name;
  const Result<std::string> facts = ReadFile(PathOf(name, ".json"), kMaxFileBytes);
  stored.problem =
      facts.ok() ? ReadFacts(*facts, &stored.pattern, &stored.digest) : "its .json cannot be read";
  if (!stored.problem.empty()) return stored;
  const Result<std::string> script = ReadFile(PathOf(name, ".py"), kMaxFileBytes);
  if (!script.ok()) {
    std::error_code unreadable;
    const bool gone = !fs::exists(PathOf(name, ".py"), unreadable) && !unreadable;
    stored.problem = gone ? kRemovedByHand : "its script cannot be read";
    return stored;
  }
  stored.pattern.script = *script;
  if (ScriptDigest(*script) != stored.digest) stored.problem = "changed since it passed its checks";
  if (WasRemoved(stored.digest) || WasRemoved(ScriptDigest(*script))) {
    stored.problem = "removed by a person";
  }
  return stored;
}

Result<std::vector<StoredPattern>> PatternStore::List() const {
  std::vector<StoredPattern> stored;
  std::error_code code;
  if (!fs::exists(folder_ / "scripts", code)) return stored;
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder_ / "scripts", code), end; !code && it != end;
       it.increment(code)) {
    if (it->path().extension() != ".json") continue;
    names.push_back(it->path().stem().string());
    if (names.size() > kMaxPatterns) {
      return Error{ErrorKind::kLimit, folder_.string() + " holds more than " +
                                          std::to_string(kMaxPatterns) +
                                          " patterns; remove some with inhouse patterns remove"};
    }
  }
  if (code) {
    return BadInput("the patterns folder " + folder_.string() + " cannot be read (" +
                    code.message() + ")");
  }
  std::sort(names.begin(), names.end());
  stored.reserve(names.size());
  for (const std::string& name : names) stored.push_back(Load(name));
  return stored;
}

bool PatternStore::WasRemoved(std::string_view digest) const {
  std::error_code unreadable;
  return fs::exists(folder_ / "removed" / digest, unreadable);
}

Result<PatternAdded> PatternStore::Add(const Pattern& pattern) const {
  const std::string digest = ScriptDigest(pattern.script);
  if (WasRemoved(digest)) return PatternAdded::kRemovedBefore;
  ASSIGN_OR_RETURN(const std::vector<StoredPattern> known, List());
  for (const StoredPattern& other : known) {
    if (other.digest != digest) continue;
    if (other.problem.empty()) return PatternAdded::kKnown;
    if (other.problem == kRemovedByHand) return PatternAdded::kRemovedBefore;
  }
  RETURN_IF_ERROR(MakeFolder(folder_ / "scripts"));
  std::error_code unreadable;
  if (!fs::exists(folder_ / "README.md", unreadable)) {
    RETURN_IF_ERROR(WriteFileDurably(folder_ / "README.md", kReadme));
  }
  // The script first: a .json without one would count as removed.
  RETURN_IF_ERROR(WriteFileDurably(PathOf(pattern.name, ".py"), pattern.script));
  const std::string facts = ToJson(pattern).dump(2, ' ', false, json::error_handler_t::replace);
  RETURN_IF_ERROR(WriteFileDurably(PathOf(pattern.name, ".json"), facts + "\n"));
  return PatternAdded::kAdded;
}

Status PatternStore::Bury(std::string_view digest, std::string_view name) const {
  RETURN_IF_ERROR(MakeFolder(folder_ / "removed"));
  return WriteFileDurably(folder_ / "removed" / digest, std::string(name) + "\n");
}

Status PatternStore::Remove(std::string_view name) const {
  std::error_code code;
  if (!IsPlainName(name) || !fs::exists(PathOf(name, ".json"), code)) {
    return Error{ErrorKind::kNegative, "there is no pattern " + std::string(name) + " in " +
                                           folder_.string() + "; inhouse patterns list names them"};
  }
  const StoredPattern stored = Load(std::string(name));
  // Remembered first: if the rest fails, it is out of use all the same.
  if (!stored.digest.empty()) RETURN_IF_ERROR(Bury(stored.digest, name));
  const std::string as_it_is = ScriptDigest(stored.pattern.script);
  if (as_it_is != stored.digest) RETURN_IF_ERROR(Bury(as_it_is, name));
  for (const char* suffix : {".py", ".json"}) {
    fs::remove(PathOf(name, suffix), code);
    if (code) {
      return StorageError("cannot remove " + PathOf(name, suffix).string() + ": " + code.message());
    }
  }
  return {};
}

}  // namespace inhouse
