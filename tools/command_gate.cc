// inhouse gate: everything that a final script must pass, outside of a run.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "agent/gates/gates.h"
#include "agent/kernel/scratch_folder.h"
#include "indexer/base/file_io.h"
#include "retriever/retriever.h"
#include "tools/command.h"
#include "tools/config.h"
#include "tools/config_notice.h"
#include "tools/gate_format.h"
#include "tools/index_folder.h"
#include "tools/run_arguments.h"
#include "tools/sandbox_consent.h"
#include "tools/script_judge.h"
#include "tools/task_setup.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

struct GateArguments {
  std::string script, data, config, index, request, out, sandbox;
  bool json = false, verbose = false, no_probes = false;
};

// Without --index the contract check is left out where there is no index, and
// that is said; an index that was named must be there.
Result<std::unique_ptr<Retriever>> OpenIndex(const GateArguments& arguments,
                                             CommandContext& context) {
  const fs::path folder = FindIndexFolder(arguments.index, context.working_folder);
  std::error_code unreadable;
  if (arguments.index.empty() && !fs::exists(folder, unreadable)) {
    context.err << "inhouse: note: there is no index here, so calls of house libraries are not "
                   "checked; run inhouse index, or name one with --index"
                << std::endl;
    return std::unique_ptr<Retriever>();
  }
  return Retriever::Open(folder);
}

Status CheckOut(const fs::path& out) {
  std::error_code code;
  if (!fs::exists(out, code) || fs::is_empty(out, code)) return {};
  return BadInput("the folder " + out.string() + " is not empty; give another one with --out");
}

Result<int> RunGate(const GateArguments& arguments, CommandContext& context) {
  const fs::path& here = context.working_folder;
  ASSIGN_OR_RETURN(const std::string script,
                   ReadFile(here / arguments.script, int64_t{kMaxScriptBytes}));
  ASSIGN_OR_RETURN(const Config config, FindConfig(arguments.config, here));
  NoteFoundConfig(config, arguments.config, ConfigUse::kGates, context);
  RunArguments run;
  run.data = arguments.data;
  run.out = arguments.out;
  run.request = arguments.request;
  run.sandbox = arguments.sandbox;
  ASSIGN_OR_RETURN(Task task, MakeTask(run, config, here, context.variable));
  RETURN_IF_ERROR(SettleSandbox(config, context, &task.policy));
  if (arguments.no_probes) task.gates.probes = false;
  if (!arguments.out.empty()) RETURN_IF_ERROR(CheckOut(task.session_dir));
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever, OpenIndex(arguments, context));
  if (retriever != nullptr) RETURN_IF_ERROR(NoteUnknownRules(config, *retriever, context));
  ASSIGN_OR_RETURN(const std::unique_ptr<ScratchFolder> scratch, ScratchFolder::Make("gate"));
  const fs::path outputs = arguments.out.empty() ? scratch->path() / "outputs" : task.session_dir;
  ASSIGN_OR_RETURN(const GateReport report, JudgeScript(script, task, retriever.get(), outputs,
                                                        scratch->path() / "again", context));
  if (arguments.json) {
    context.out << GateJson(arguments.script, report) << '\n';
  } else {
    const Style style(context.out_is_terminal && !context.no_color);
    context.out << GateText(arguments.script, report, arguments.verbose, style);
  }
  return report.passed ? 0 : 1;
}

}  // namespace

Command AddGateCommand(CLI::App& app) {
  const auto arguments = std::make_shared<GateArguments>();
  CLI::App* command =
      app.add_subcommand("gate", "Everything that a final script must pass, in fresh sandboxes");
  command->add_option("SCRIPT", arguments->script, "A Python script")->required();
  command->add_option("--data", arguments->data, "Data folder (else [run] data of inhouse.toml)");
  command->add_option("--config", arguments->config,
                      "Configuration (else the nearest inhouse.toml)");
  command->add_option("--index", arguments->index, "Index folder (else the nearest .inhouse/)");
  command->add_option("--request", arguments->request,
                      "What was asked; its numbers (\"top 10%\") are invariants of the probes");
  command->add_option("--out", arguments->out, "Keep the outputs there; made, must be empty");
  command->add_option("--sandbox", arguments->sandbox,
                      "What the code is confined by: bubblewrap (default), gvisor or podman");
  command->add_flag("--no-probes", arguments->no_probes, "Without runs on perturbed data");
  command->add_flag("--verbose", arguments->verbose, "What the script printed, and every probe");
  command->add_flag("--json", arguments->json, "The report as a JSON object");
  return {command, [arguments](CommandContext& context) { return RunGate(*arguments, context); },
          true};
}

}  // namespace inhouse
