// inhouse patterns: the approved scripts that are shown for like requests.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "agent/kernel/scratch_folder.h"
#include "agent/patterns/like_pattern.h"
#include "agent/patterns/line_changes.h"
#include "agent/recorded_run.h"
#include "indexer/base/file_io.h"
#include "tools/command.h"
#include "tools/config.h"
#include "tools/config_notice.h"
#include "tools/gate_format.h"
#include "tools/gate_setup.h"
#include "tools/index_folder.h"
#include "tools/pattern_keeping.h"
#include "tools/run_arguments.h"
#include "tools/sandbox_consent.h"
#include "tools/script_judge.h"
#include "tools/task_setup.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr size_t kMaxFound = 5;
constexpr size_t kMaxRequestShown = 100;
constexpr size_t kMaxEditLines = 200;

struct PatternsArguments {
  std::string name;                   // show, remove
  std::string script, request, data;  // add
  std::string before;
  RunArguments run;  // --patterns, --config, --index
  bool json = false;
};

// What every subcommand stands on.
struct Shelf {
  Config config;
  PatternShelf place;
  std::unique_ptr<Retriever> retriever;
};

Result<Shelf> OpenShelf(const PatternsArguments& arguments, const CommandContext& context) {
  const fs::path& here = context.working_folder;
  Shelf shelf;
  ASSIGN_OR_RETURN(shelf.config, FindConfig(arguments.run.config, here));
  shelf.place.folder = PatternsFolder(arguments.run, shelf.config, here);
  if (shelf.place.folder.empty()) {
    return BadInput(
        "no patterns folder: name one with --patterns, or as [patterns] folder in inhouse.toml");
  }
  shelf.place.index_dir = FindIndexFolder(arguments.run.index, here);
  shelf.place.embedder = shelf.config.index.embedder;
  ASSIGN_OR_RETURN(shelf.place.remote, RemoteEmbedderOf(shelf.config, context.variable));
  ASSIGN_OR_RETURN(shelf.retriever, Retriever::Open(shelf.place.index_dir, shelf.place.remote));
  return shelf;
}

std::string Dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json ApisJson(const Pattern& pattern) {
  ordered_json apis = ordered_json::array();
  for (const PatternApi& api : pattern.apis) {
    apis.push_back({{"symbol", api.symbol}, {"signature", api.signature}});
  }
  return apis;
}

ordered_json StateJson(const PatternState& state) {
  const Pattern& pattern = state.stored.pattern;
  return {{"name", pattern.name},
          {"in_use", state.in_use()},
          {"state", state.Line()},
          {"request", pattern.request},
          {"edited", !pattern.before.empty()},
          {"apis", ApisJson(pattern)}};
}

std::string Shortened(const std::string& text) {
  const std::string line = OneLine(text);
  return line.size() <= kMaxRequestShown ? line : line.substr(0, kMaxRequestShown) + "…";
}

Result<int> RunList(const PatternsArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(const Shelf shelf, OpenShelf(arguments, context));
  ASSIGN_OR_RETURN(const std::vector<PatternState> states,
                   PatternStates(shelf.place.folder, *shelf.retriever));
  ordered_json list = ordered_json::array();
  for (const PatternState& state : states) {
    list.push_back(StateJson(state));
    if (arguments.json) continue;
    context.out << OneLine(state.stored.pattern.name) << "  " << OneLine(state.Line()) << "\n  "
                << Shortened(state.stored.pattern.request) << '\n';
  }
  if (arguments.json) {
    context.out << Dump({{"schema", 1}, {"patterns", std::move(list)}});
  } else if (states.empty()) {
    context.out << "no patterns in " << OneLine(shelf.place.folder.string()) << '\n';
  }
  return states.empty() ? 1 : 0;
}

Result<PatternState> StateOf(const Shelf& shelf, const std::string& name) {
  ASSIGN_OR_RETURN(std::vector<PatternState> states,
                   PatternStates(shelf.place.folder, *shelf.retriever));
  const auto found = std::ranges::find_if(
      states, [&](const PatternState& state) { return state.stored.pattern.name == name; });
  if (found != states.end()) return std::move(*found);
  return Error{ErrorKind::kNegative,
               "there is no pattern " + name + "; inhouse patterns list names them"};
}

Result<int> RunShow(const PatternsArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(const Shelf shelf, OpenShelf(arguments, context));
  ASSIGN_OR_RETURN(const PatternState state, StateOf(shelf, arguments.name));
  const Pattern& pattern = state.stored.pattern;
  if (arguments.json) {
    ordered_json json = StateJson(state);
    json["script"] = pattern.script;
    json["before"] = pattern.before;
    context.out << Dump({{"schema", 1}, {"pattern", std::move(json)}});
    return 0;
  }
  context.out << "state    " << OneLine(state.Line()) << "\nrequest  " << OneLine(pattern.request)
              << '\n';
  for (const PatternApi& api : pattern.apis) {
    context.out << "calls    " << OneLine(api.symbol) << ": " << OneLine(api.signature) << '\n';
  }
  if (!pattern.before.empty()) {
    context.out << "edited before it was approved:\n"
                << Printable(ChangedLines(pattern.before, pattern.script, kMaxEditLines));
  }
  context.out << '\n' << Printable(pattern.script);
  return 0;
}

Result<int> RunFind(const PatternsArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(const Shelf shelf, OpenShelf(arguments, context));
  ASSIGN_OR_RETURN(
      const std::vector<RankedPattern> found,
      LikePatterns({shelf.place.folder, {}}, *shelf.retriever, arguments.request, kMaxFound));
  ordered_json list = ordered_json::array();
  bool any = false;
  for (const RankedPattern& one : found) {
    any = any || one.expired.empty();
    list.push_back({{"name", one.stored.pattern.name},
                    {"likeness", one.likeness},
                    {"expired", one.expired},
                    {"request", one.stored.pattern.request}});
    if (arguments.json) continue;
    const auto percent = static_cast<int>(one.likeness * 100 + 0.5);
    context.out << percent << "%  " << OneLine(one.stored.pattern.name)
                << (one.expired.empty() ? "" : "  expired: " + OneLine(one.expired)) << "\n  "
                << Shortened(one.stored.pattern.request) << '\n';
  }
  if (arguments.json) {
    context.out << Dump({{"schema", 1}, {"patterns", std::move(list)}});
  } else if (found.empty()) {
    context.out << "no approved script is for a like request\n";
  }
  return any ? 0 : 1;
}

Result<int> RunRemove(const PatternsArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(const Shelf shelf, OpenShelf(arguments, context));
  RETURN_IF_ERROR(PatternStore(shelf.place.folder).Remove(arguments.name));
  RETURN_IF_ERROR(IndexPatterns(shelf.place, *shelf.retriever));
  context.out << OneLine(arguments.name) << " is removed and stays removed\n";
  return 0;
}

// A script file with --request, or the folder of a session.
Result<Pattern> ReadPattern(const PatternsArguments& arguments, const fs::path& here) {
  Pattern pattern;
  pattern.request = arguments.request;
  fs::path script = here / arguments.script;
  std::error_code unreadable;
  if (fs::is_directory(script, unreadable)) {
    ASSIGN_OR_RETURN(const RecordedRun run, LoadRecordedRun(script));
    if (pattern.request.empty()) pattern.request = RequestOf(run);
    script /= "script.py";
  }
  if (pattern.request.empty()) {
    return Error{ErrorKind::kUsage, "what was asked? give --request, or the folder of a session"};
  }
  ASSIGN_OR_RETURN(pattern.script, ReadFile(script, int64_t{kMaxScriptBytes}));
  if (!arguments.before.empty()) {
    ASSIGN_OR_RETURN(pattern.before, ReadFile(here / arguments.before, int64_t{kMaxScriptBytes}));
  }
  return pattern;
}

Result<int> RunAdd(const PatternsArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(Pattern pattern, ReadPattern(arguments, context.working_folder));
  ASSIGN_OR_RETURN(const Shelf shelf, OpenShelf(arguments, context));
  NoteFoundConfig(shelf.config, arguments.run.config, ConfigUse::kGates, context);
  RETURN_IF_ERROR(NoteUnknownRules(shelf.config, *shelf.retriever, context));
  RunArguments run = arguments.run;
  run.data = arguments.data;
  run.request = pattern.request;
  ASSIGN_OR_RETURN(Task task,
                   MakeTask(run, shelf.config, context.working_folder, context.variable));
  RETURN_IF_ERROR(SettleSandbox(shelf.config, context, &task.policy));
  ASSIGN_OR_RETURN(const std::unique_ptr<ScratchFolder> scratch, ScratchFolder::Make("gate"));
  ASSIGN_OR_RETURN(const GateReport report,
                   JudgeScript(pattern.script, task, shelf.retriever.get(),
                               scratch->path() / "outputs", scratch->path() / "again", context));
  if (!report.passed) {
    context.out << GateText(arguments.script, report, false,
                            Style(context.out_is_terminal && !context.no_color));
    return Error{ErrorKind::kNegative, "only a script that passes every check becomes a pattern"};
  }
  ASSIGN_OR_RETURN(const KeptPattern kept,
                   KeepPattern(shelf.place, std::move(pattern), *shelf.retriever));
  context.out << OneLine(kept.line) << '\n';
  return kept.kept ? 0 : 1;
}

using RunFunction = Result<int> (*)(const PatternsArguments&, CommandContext&);

struct Choice {
  CLI::App* app;
  RunFunction run;
};

Choice AddSubcommand(CLI::App* command, PatternsArguments* arguments, const char* name,
                     const char* description, RunFunction run) {
  CLI::App* app = command->add_subcommand(name, description);
  app->add_option("--patterns", arguments->run.patterns,
                  "Folder of approved scripts (else [patterns] folder of inhouse.toml)");
  app->add_option("--config", arguments->run.config, "Configuration (else the nearest)");
  app->add_option("--index", arguments->run.index, "Index folder (else the nearest .inhouse/)");
  return {app, run};
}

}  // namespace

Command AddPatternsCommand(CLI::App& app) {
  // Shared: CLI11 writes into it while parsing, the command reads it afterwards.
  const auto arguments = std::make_shared<PatternsArguments>();
  CLI::App* command =
      app.add_subcommand("patterns", "Approved scripts that are shown for like requests");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* description, RunFunction run) {
    return AddSubcommand(command, arguments.get(), name, description, run);
  };
  const std::vector<Choice> choices = {
      add("list", "All of them, and which are in use", RunList),
      add("show", "One of them, with the APIs that it calls", RunShow),
      add("find", "What would be shown for a request", RunFind),
      add("add", "Run every check on a script and keep it if it passes", RunAdd),
      add("remove", "Take one out for good", RunRemove)};
  for (size_t i : {0U, 1U, 2U}) {
    choices[i].app->add_flag("--json", arguments->json, "As a JSON object");
  }
  for (size_t i : {1U, 4U}) {
    choices[i].app->add_option("NAME", arguments->name, "As listed")->required();
  }
  choices[2].app->add_option("REQUEST", arguments->request, "A request in English")->required();
  CLI::App* adding = choices[3].app;
  adding->add_option("SCRIPT", arguments->script, "A script, or the folder of a session")
      ->required();
  adding->add_option("--request", arguments->request, "What was asked");
  adding->add_option("--before", arguments->before, "The script before a person edited it");
  adding->add_option("--data", arguments->data, "Data folder (else [run] data)");
  return {command,
          [arguments, choices](CommandContext& context) -> Result<int> {
            for (const Choice& choice : choices) {
              if (choice.app->parsed()) return choice.run(*arguments, context);
            }
            return Error{ErrorKind::kUsage, "no subcommand was given; see inhouse patterns --help"};
          },
          true};
}

}  // namespace inhouse
