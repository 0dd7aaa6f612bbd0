#include "tools/rule_suggestions.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "agent/identifiers.h"

namespace inhouse {
namespace {

constexpr size_t kMaxRules = 20;

// Calls that touch the world: other wrapped calls are how a function works, not what it is for.
bool TouchesTheWorld(std::string_view name) {
  static constexpr std::string_view kExact[] = {
      "connect",    "create_engine", "reader", "DictReader", "writer",  "DictWriter",
      "urlopen",    "default_rng",   "now",    "today",      "get",     "post",
      "to_parquet", "to_csv",        "to_sql", "to_json",    "to_excel"};
  const std::string_view last = name.substr(name.rfind('.') + 1);
  if (last.starts_with("read_") || last.starts_with("write_")) return true;
  if ((last == "get" || last == "post") && !name.starts_with("requests.")) return false;
  return std::find(std::begin(kExact), std::end(kExact), last) != std::end(kExact);
}

// Imported names that a text calls, those of the team's own packages left out.
std::set<std::string> GenericCalls(const std::string& text, const std::set<std::string>& packages) {
  std::set<std::string> names;
  for (const NameUse& use : UsedNames(text)) {
    const std::string package = use.name.substr(0, use.name.find('.'));
    const bool generic = use.is_call && use.imported && !packages.contains(package);
    if (generic && use.name.find('.') != std::string::npos && TouchesTheWorld(use.name)) {
      names.insert(use.name);
    }
  }
  return names;
}

std::set<std::string> PackagesOf(const std::vector<MinedFile>& files) {
  std::set<std::string> packages;
  for (const MinedFile& file : files) {
    if (!file.is_job) packages.insert(file.module.substr(0, file.module.find('.')));
  }
  return packages;
}

// -1: it reads, 1: it writes, 0: neither by its name.
int Direction(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  for (const std::string_view verb : {"read", "get_", "load", "reader", "DictReader"}) {
    if (last.starts_with(verb)) return -1;
  }
  for (const std::string_view verb : {"write", "to_", "save", "export", "DictWriter"}) {
    if (last.starts_with(verb)) return 1;
  }
  return 0;
}

// The function of the module that most jobs call, and that does not do the opposite of `call`.
const MinedFunction* FrontDoor(const std::vector<MinedFunction>& functions,
                               const std::string& module, const std::string& call) {
  const MinedFunction* best = nullptr;
  for (const MinedFunction& function : functions) {
    if (function.jobs < kMinJobs || function.module != module) continue;
    if (Direction(function.import_name) * Direction(call) < 0) continue;
    if (best == nullptr || function.jobs > best->jobs ||
        (function.jobs == best->jobs && function.import_name < best->import_name)) {
      best = &function;
    }
  }
  return best;
}

bool IsKnown(const std::vector<PreferRule>& known, const std::string& instead_of) {
  return std::any_of(known.begin(), known.end(),
                     [&](const PreferRule& rule) { return rule.instead_of == instead_of; });
}

}  // namespace

std::vector<PreferRule> SuggestRules(const std::vector<MinedFile>& files,
                                     const std::vector<MinedFunction>& functions,
                                     const std::vector<PreferRule>& known) {
  const std::set<std::string> packages = PackagesOf(files);
  std::set<std::string> called_by_jobs;
  for (const MinedFile& file : files) {
    if (file.is_job) called_by_jobs.merge(GenericCalls(file.text, packages));
  }
  std::map<std::string, MinedFunction> found;  // generic call → what stands in its place
  for (const MinedFile& file : files) {
    if (file.is_job) continue;
    for (const std::string& call : GenericCalls(file.text, packages)) {
      const MinedFunction* door = FrontDoor(functions, file.module, call);
      if (door == nullptr || called_by_jobs.contains(call) || IsKnown(known, call)) continue;
      const auto [place, is_new] = found.try_emplace(call, *door);
      if (!is_new && door->jobs > place->second.jobs) place->second = *door;
    }
  }
  std::vector<std::pair<int, PreferRule>> ranked;
  ranked.reserve(found.size());
  for (const auto& [call, function] : found) {
    ranked.push_back({function.jobs,
                      {function.import_name, call,
                       std::to_string(function.jobs) + " jobs call " + function.import_name +
                           ", none calls " + call + ", which " + function.module + " wraps"}});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (ranked.size() > kMaxRules) ranked.resize(kMaxRules);
  std::vector<PreferRule> rules;
  rules.reserve(ranked.size());
  for (auto& [jobs, rule] : ranked) rules.push_back(std::move(rule));
  return rules;
}

}  // namespace inhouse
