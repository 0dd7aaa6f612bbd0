// inhouse rules suggest: house rules that the indexed code seems to follow.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "indexer/base/file_io.h"
#include "indexer/store/catalog.h"
#include "tools/command.h"
#include "tools/config.h"
#include "tools/index_folder.h"
#include "tools/rule_suggestions.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

constexpr int64_t kMaxSource = int64_t{4} << 20;
constexpr size_t kMaxCallers = 2000;

struct RulesArguments {
  std::string index, config;
  bool json = false;
};

// Files as they are on disk now; what is gone or too large is left out.
Result<std::vector<MinedFile>> ReadFiles(Catalog& catalog) {
  std::vector<MinedFile> files;
  ASSIGN_OR_RETURN(const std::vector<FileRow> rows, catalog.Files());
  for (const FileRow& row : rows) {
    const bool is_job = row.role == FileRole::kScript;
    if (!is_job && row.role != FileRole::kLibrary) continue;
    Result<std::string> text = ReadFile(std::filesystem::path(row.root) / row.path, kMaxSource);
    if (text.ok()) files.push_back({row.module, is_job, std::move(*text)});
  }
  return files;
}

// The module in which a name is defined: the longest one that begins it.
std::string ModuleOf(const std::string& name, const std::set<std::string>& modules) {
  for (size_t dot = name.rfind('.'); dot != std::string::npos && dot > 0;
       dot = name.rfind('.', dot - 1)) {
    if (modules.contains(name.substr(0, dot))) return name.substr(0, dot);
  }
  return "";
}

Result<int> JobsCalling(Catalog& catalog, const std::string& name, const std::set<int64_t>& jobs) {
  ASSIGN_OR_RETURN(const std::vector<CallSiteRow> callers, catalog.CallersOf(name, kMaxCallers));
  std::set<int64_t> found;
  for (const CallSiteRow& caller : callers) {
    if (jobs.contains(caller.file_id)) found.insert(caller.file_id);
  }
  return static_cast<int>(found.size());
}

Result<std::vector<MinedFunction>> ReadFunctions(Catalog& catalog) {
  ASSIGN_OR_RETURN(const std::vector<FileRow> rows, catalog.Files());
  std::set<std::string> modules;
  std::set<int64_t> jobs;
  for (const FileRow& row : rows) {
    if (row.role == FileRole::kLibrary) modules.insert(row.module);
    if (row.role == FileRole::kScript) jobs.insert(row.id);
  }
  ASSIGN_OR_RETURN(const std::vector<Catalog::NameEntry> names, catalog.Names());
  std::vector<MinedFunction> functions;
  for (const Catalog::NameEntry& entry : names) {
    if (entry.kind != SymbolKind::kFunction || entry.role != FileRole::kLibrary) continue;
    if (!entry.is_public || entry.is_deprecated) continue;
    ASSIGN_OR_RETURN(const int count, JobsCalling(catalog, entry.qualified_name, jobs));
    if (count > 0) {
      functions.push_back({entry.import_name, ModuleOf(entry.qualified_name, modules), count});
    }
  }
  return functions;
}

void PrintRules(const std::vector<PreferRule>& rules, const RulesArguments& arguments,
                CommandContext& context) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const PreferRule& rule : rules) {
    list.push_back({{"use", rule.use}, {"instead_of", rule.instead_of}, {"reason", rule.reason}});
  }
  if (arguments.json) {
    context.out << nlohmann::ordered_json({{"schema", 1}, {"prefer", std::move(list)}}).dump()
                << '\n';
    return;
  }
  if (rules.empty()) {
    context.out << "# no rule suggests itself: it takes library functions that at least "
                << kMinJobs << " jobs call\n";
    return;
  }
  context.out
      << "# Proposed from the indexed code; keep what is meant, with a reason of your own.\n";
  for (const PreferRule& rule : rules) {
    context.out << "\n[[rules.prefer]]\nuse = \"" << OneLine(rule.use) << "\"\ninstead_of = \""
                << OneLine(rule.instead_of) << "\"\nreason = \"" << OneLine(rule.reason) << "\"\n";
  }
}

Result<int> RunSuggest(const RulesArguments& arguments, CommandContext& context) {
  const std::filesystem::path& here = context.working_folder;
  ASSIGN_OR_RETURN(const Config config, FindConfig(arguments.config, here));
  ASSIGN_OR_RETURN(const std::unique_ptr<Catalog> catalog,
                   Catalog::Open(FindIndexFolder(arguments.index, here)));
  ASSIGN_OR_RETURN(const std::vector<MinedFile> files, ReadFiles(*catalog));
  ASSIGN_OR_RETURN(const std::vector<MinedFunction> functions, ReadFunctions(*catalog));
  const std::vector<PreferRule> rules = SuggestRules(files, functions, config.prefer);
  PrintRules(rules, arguments, context);
  return rules.empty() ? 1 : 0;
}

}  // namespace

Command AddRulesCommand(CLI::App& app) {
  const auto arguments = std::make_shared<RulesArguments>();
  CLI::App* command = app.add_subcommand("rules", "House rules");
  command->require_subcommand(1);
  CLI::App* suggest = command->add_subcommand(
      "suggest", "Propose [[rules.prefer]] that the indexed jobs and libraries seem to follow");
  suggest->add_option("--index", arguments->index, "Index folder (else the nearest .inhouse/)");
  suggest->add_option("--config", arguments->config,
                      "Configuration whose rules are known (else the nearest inhouse.toml)");
  suggest->add_flag("--json", arguments->json, "The rules as a JSON object");
  return {command,
          [arguments](CommandContext& context) { return RunSuggest(*arguments, context); }};
}

}  // namespace inhouse
