#include "tools/task_setup.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "agent/strategies/strategy.h"
#include "tools/find_upward.h"
#include "tools/gate_setup.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVenvPython = ".venv/bin/python";

bool IsProgram(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_regular_file(path, unreadable) && ::access(path.c_str(), X_OK) == 0;
}

// A version manager's stand-in: a shell script, which finds no shell configuration inside.
bool IsScript(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return file.get() == '#' && file.get() == '!';
}

std::optional<fs::path> FindInPath(std::string_view folders, std::string_view program) {
  while (!folders.empty()) {
    const size_t colon = folders.find(':');
    const fs::path candidate = fs::path(folders.substr(0, colon)) / program;
    if (candidate.is_absolute() && IsProgram(candidate) && !IsScript(candidate)) return candidate;
    folders.remove_prefix(colon == std::string_view::npos ? folders.size() : colon + 1);
  }
  return {};
}

Status CheckFolder(const fs::path& folder, const std::string& what, const std::string& remedy) {
  std::error_code unreadable;
  if (fs::is_directory(folder, unreadable)) return {};
  return BadInput(what + " " + folder.string() + " is not a folder that can be read; " + remedy);
}

Result<SandboxKind> ChooseKind(const std::string& named, const std::string& configured) {
  const std::string& name = named.empty() ? configured : named;
  if (name.empty()) return SandboxKind::kBubblewrap;
  if (const auto kind = SandboxKindNamed(name)) return *kind;
  return Error{ErrorKind::kUsage,
               "--sandbox " + name + " is unknown; there are bubblewrap, gvisor and podman"};
}

Result<SandboxPolicy> MakePolicy(const Task& task, const RunArguments& arguments,
                                 const Config& config, const fs::path& working_folder,
                                 const VariableLookup& variable) {
  SandboxPolicy policy;
  ASSIGN_OR_RETURN(policy.python, FindPython(config, working_folder, variable));
  if (!task.data_dir.empty()) policy.read_only.push_back({task.data_dir, SandboxPolicy::kData});
  for (const fs::path& folder : config.run.python_path) {
    RETURN_IF_ERROR(CheckFolder(folder, config.file.string() + ": [run] python_path entry",
                                "mend the path or make the folder"));
    const std::string inside = "/opt/house/" + std::to_string(policy.python_path.size());
    policy.read_only.push_back({folder, inside});
    policy.python_path.push_back(inside);
  }
  ASSIGN_OR_RETURN(policy.environment, ResolveEnvironment(config, variable));
  policy.sockets = config.run.sockets;
  policy.root = config.run.root;
  ASSIGN_OR_RETURN(policy.kind, ChooseKind(arguments.sandbox, config.run.sandbox));
  if (config.limits.memory_mb) policy.limits.memory_bytes = *config.limits.memory_mb << 20;
  return policy;
}

void SetLimits(const RunArguments& arguments, const LimitsConfig& config,
               const std::string& strategy, TaskLimits* limits) {
  limits->steps = arguments.steps.value_or(config.steps.value_or(DefaultSteps(strategy)));
  limits->seconds = arguments.seconds.value_or(config.seconds.value_or(limits->seconds));
  limits->tokens = config.tokens.value_or(limits->tokens);
  limits->retries = config.retries.value_or(limits->retries);
}

}  // namespace

fs::path PatternsFolder(const RunArguments& arguments, const Config& config,
                        const fs::path& working_folder) {
  if (arguments.no_patterns) return {};
  return arguments.patterns.empty() ? config.patterns.folder
                                    : (working_folder / arguments.patterns).lexically_normal();
}

Result<fs::path> FindPython(const Config& config, const fs::path& working_folder,
                            const VariableLookup& variable) {
  if (!config.run.python.empty()) {
    if (IsProgram(config.run.python)) return config.run.python;
    return BadInput(config.file.string() + ": [run] python " + config.run.python.string() +
                    " is not a program; give the path of an interpreter");
  }
  if (!config.file.empty()) {
    if (auto found = FindUpward(config.file.parent_path(), kVenvPython, IsProgram)) return *found;
  }
  if (auto found = FindUpward(working_folder, kVenvPython, IsProgram)) return *found;
  if (auto found = FindInPath(variable("PATH").value_or(""), "python3")) return *found;
  return BadInput(
      "no Python: neither [run] python in inhouse.toml, nor a .venv here or above, "
      "nor python3 in PATH");
}

Status GoOnAs(const RecordedRun& run, const RunArguments& arguments, const LimitsConfig& config,
              Task* task) {
  if (!arguments.strategy.empty()) {
    ASSIGN_OR_RETURN(const auto known, MakeStrategy(arguments.strategy));
    static_cast<void>(known);
    if (arguments.strategy != run.strategy) {
      return Error{ErrorKind::kUsage, "--strategy " + arguments.strategy + ": the session in " +
                                          task->session_dir.string() + " was begun with " +
                                          run.strategy + " and goes on with it; leave it out"};
    }
  }
  task->strategy = run.strategy;
  TaskLimits limits = run.limits;
  limits.steps = arguments.steps.value_or(std::max(limits.steps, config.steps.value_or(0)));
  limits.seconds = arguments.seconds.value_or(std::max(limits.seconds, config.seconds.value_or(0)));
  limits.retries = std::max(limits.retries, config.retries.value_or(0));
  // Where there was none (0), one that is set now holds.
  limits.tokens = std::max(limits.tokens, config.tokens.value_or(0));
  task->limits = limits;
  return {};
}

Result<Task> MakeTask(const RunArguments& arguments, const Config& config,
                      const fs::path& working_folder, const VariableLookup& variable) {
  Task task;
  task.request = arguments.request;
  task.resume = arguments.resume;
  task.follow_ups = arguments.follow_ups;
  if (!arguments.strategy.empty()) task.strategy = arguments.strategy;
  task.session_dir = (working_folder / arguments.out).lexically_normal();
  task.data_dir = arguments.data.empty() ? config.run.data
                                         : (working_folder / arguments.data).lexically_normal();
  if (!task.data_dir.empty()) {
    RETURN_IF_ERROR(CheckFolder(task.data_dir, "the data folder", "give one with --data"));
  }
  SetLimits(arguments, config.limits, task.strategy, &task.limits);
  if (!config.run.prompts.empty()) {
    ASSIGN_OR_RETURN(task.prompts, PromptTexts::Load(config.run.prompts));
  }
  task.rules = config.rules;
  task.prefer = config.prefer;
  ASSIGN_OR_RETURN(task.gates, SetUpGates(config, variable));
  task.send_rows = config.model.send_rows;
  task.patterns.folder = PatternsFolder(arguments, config, working_folder);
  ASSIGN_OR_RETURN(task.policy, MakePolicy(task, arguments, config, working_folder, variable));
  return task;
}

}  // namespace inhouse
