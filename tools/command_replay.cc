// inhouse replay: a run again, with its recorded replies, compared with what was.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "agent/agent.h"
#include "agent/compare_runs.h"
#include "agent/recorded_run.h"
#include "tools/command.h"
#include "tools/config.h"
#include "tools/index_folder.h"
#include "tools/run_arguments.h"
#include "tools/sandbox_consent.h"
#include "tools/task_setup.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr int kAllSteps = 1000;
constexpr int64_t kMostSeconds = 86'400;
constexpr size_t kMaxLineBytes = 300;

struct ReplayArguments {
  std::string session;
  RunArguments run;
};

// A run that was resumed with a higher limit: the replies end its replay.
bool WasGivenMoreSteps(const RecordedRun& recorded) {
  const auto parts = static_cast<int64_t>(recorded.follow_ups.size()) + recorded.limits.retries + 1;
  return static_cast<int64_t>(recorded.replies.size()) > recorded.limits.steps * parts;
}

Result<Task> ReplayTask(const fs::path& session, const RecordedRun& recorded,
                        RunArguments arguments, const Config& config,
                        const CommandContext& context) {
  arguments.request = recorded.request;
  arguments.strategy = recorded.strategy;
  arguments.follow_ups = recorded.follow_ups;
  ASSIGN_OR_RETURN(Task task,
                   MakeTask(arguments, config, context.working_folder, context.variable));
  // What a prompt says may depend on them; time and tokens do not end a replay.
  task.limits = recorded.limits;
  task.limits.seconds = kMostSeconds;
  task.limits.tokens = 0;
  if (task.limits.steps < 1 || WasGivenMoreSteps(recorded)) task.limits.steps = kAllSteps;
  task.patterns.only = recorded.patterns;
  task.replay_of = session;
  return task;
}

Result<int> Compare(const fs::path& before, const fs::path& now, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::vector<TraceEvent> first, ReadTrace(before));
  ASSIGN_OR_RETURN(const std::vector<TraceEvent> second, ReadTrace(now));
  const std::vector<std::string> differences = DifferentObservations(first, second);
  for (const std::string& line : differences) {
    out << OneLine(line.substr(0, kMaxLineBytes)) << '\n';
  }
  if (differences.empty()) {
    out << "every observation is as it was\n";
    return 0;
  }
  return Error{ErrorKind::kNegative,
               std::to_string(differences.size()) +
                   (differences.size() == 1 ? " observation differs" : " observations differ") +
                   " from the recorded run"};
}

Result<int> RunReplay(const ReplayArguments& arguments, CommandContext& context) {
  const fs::path session = (context.working_folder / arguments.session).lexically_normal();
  ASSIGN_OR_RETURN(const RecordedRun recorded, LoadRecordedRun(session));
  ASSIGN_OR_RETURN(const Config config, FindConfig(arguments.run.config, context.working_folder));
  ASSIGN_OR_RETURN(Task task, ReplayTask(session, recorded, arguments.run, config, context));
  RETURN_IF_ERROR(SettleSandbox(config, context, &task.policy));
  const std::unique_ptr<ModelClient> model =
      MakeRecordedClient({recorded.replies, session.string(), arguments.run.strict});
  ASSIGN_OR_RETURN(const auto remote, RemoteEmbedderOf(config, context.variable));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<Retriever> retriever,
      Retriever::Open(FindIndexFolder(arguments.run.index, context.working_folder), remote));
  const Result<Outcome> outcome =
      RunTask(task, *retriever, *model, SystemEnvironment(context.interrupted), {});
  // The replies run out where the run broke off, or when it goes another way now.
  const bool ran_out = !outcome.ok() && outcome.error().kind == ErrorKind::kModel;
  if (!outcome.ok() && (!ran_out || arguments.run.strict)) return outcome.error();
  return Compare(session, task.session_dir, context.out);
}

}  // namespace

Command AddReplayCommand(CLI::App& app) {
  // Shared: CLI11 writes into it while parsing, the command reads it afterwards.
  const auto arguments = std::make_shared<ReplayArguments>();
  CLI::App* command =
      app.add_subcommand("replay", "A run again with its recorded replies, compared");
  command->add_option("SESSION", arguments->session, "Session folder")->required();
  command->add_option("--out", arguments->run.out, "Folder of the new session; must be empty")
      ->required();
  command->add_option("--data", arguments->run.data, "Data folder (else [run] data)");
  command->add_option("--config", arguments->run.config, "Configuration (else the nearest)");
  command->add_option("--index", arguments->run.index, "Index folder (else the nearest)");
  command->add_option("--sandbox", arguments->run.sandbox,
                      "What the code is confined by: bubblewrap (default), gvisor or podman");
  command->add_option("--patterns", arguments->run.patterns,
                      "Approved scripts (else [patterns] folder); those that the run was shown");
  command->add_flag("--strict", arguments->run.strict, "Prompts must be the same too");
  return {command, [arguments](CommandContext& context) { return RunReplay(*arguments, context); },
          true};
}

}  // namespace inhouse
