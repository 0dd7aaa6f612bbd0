// inhouse trace: what happened in a run, for people.
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "agent/trace.h"
#include "agent/trace_view.h"
#include "tools/command.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

struct TraceArguments {
  std::string session;
  std::optional<int> step;
};

Result<int> RunTrace(const TraceArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(const std::vector<TraceEvent> events,
                   ReadTrace(context.working_folder / arguments.session));
  if (!arguments.step) {
    context.out << Printable(TraceOverview(events));
    return 0;
  }
  const std::string text = TraceStep(events, *arguments.step);
  if (text.empty()) {
    return Error{ErrorKind::kNegative, "the run has no step " + std::to_string(*arguments.step) +
                                           "; `inhouse trace SESSION` lists what there is"};
  }
  context.out << Printable(text);
  return 0;
}

}  // namespace

Command AddTraceCommand(CLI::App& app) {
  // Shared: CLI11 writes into it while parsing, the command reads it afterwards.
  const auto arguments = std::make_shared<TraceArguments>();
  CLI::App* command = app.add_subcommand("trace", "What happened in a run, step by step");
  command->add_option("SESSION", arguments->session, "Session folder")->required();
  command->add_option("--step", arguments->step, "One step in full (0: before the first)")
      ->check(CLI::Range(0, 100'000));
  return {command, [arguments](CommandContext& context) { return RunTrace(*arguments, context); }};
}

}  // namespace inhouse
