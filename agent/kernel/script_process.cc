#include "agent/kernel/script_process.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/kernel/python_kernel.h"

namespace inhouse {
namespace {

constexpr const char* kScriptName = "script.py";

void ForgetScript(const std::filesystem::path& outputs_dir, CopyReport* report) {
  std::erase(report->files, kScriptName);
  std::error_code ignored;
  std::filesystem::remove(outputs_dir / kScriptName, ignored);
}

}  // namespace

Result<ScriptRun> RunScript(const SandboxPolicy& policy, std::string_view script,
                            std::chrono::milliseconds deadline,
                            const std::filesystem::path& outputs_dir) {
  ASSIGN_OR_RETURN(ReadySandbox sandbox, StartSandbox(policy));
  ScriptRun run;
  OutputCollector output(policy.limits.output_bytes);
  const auto until = std::chrono::steady_clock::now() + deadline;
  const nlohmann::json question = {{"v", 1},
                                   {"seq", 1},
                                   {"type", "exec"},
                                   {"mode", "script"},
                                   {"name", kScriptName},
                                   {"code", std::string(script)}};
  nlohmann::json frame;
  ChannelEvent event = ChannelEvent::kClosed;
  if (sandbox.channel.Send(question, until)) event = sandbox.channel.Next(until, &output, &frame);
  sandbox.channel.DrainOutput(&output);
  run.timed_out = event == ChannelEvent::kDeadline;
  const bool answered = event == ChannelEvent::kFrame &&
                        frame.value("exit_code", nlohmann::json()).is_number_integer();
  run.died = !run.timed_out && !answered;
  if (answered) {
    run.exit_code = frame["exit_code"].get<int>();
    const auto seconds = frame.find("seconds");
    if (seconds != frame.end() && seconds->is_number()) run.seconds = seconds->get<double>();
  }
  run.output = output.Text();
  // Nothing of the script may still write while its results are taken.
  sandbox.process.process.Kill();
  ASSIGN_OR_RETURN(run.outputs, CopyOut(sandbox.process.work.get(), outputs_dir, CopyLimits{}));
  ForgetScript(outputs_dir, &run.outputs);
  return run;
}

}  // namespace inhouse
