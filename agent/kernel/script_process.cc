#include "agent/kernel/script_process.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/kernel/ready_sandbox.h"
#include "agent/kernel/result_frame.h"
#include "indexer/base/digest.h"

namespace inhouse {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr const char* kScriptName = "script.py";

void ForgetScript(const std::filesystem::path& outputs_dir, CopyReport* report) {
  std::erase(report->files, kScriptName);
  std::error_code ignored;
  std::filesystem::remove(outputs_dir / kScriptName, ignored);
}

// A script goes by its digest: runs of it are answered in the order of their recording.
Status BeginBrokers(const SandboxPolicy& policy, std::string_view script, BrokerRelay* brokers) {
  if (brokers == nullptr) return {};
  const std::string name = Sha256Hex(script);
  if (policy.ask_brokers) {
    static_cast<void>(brokers->PassTurn(name, nullptr));
    return {};
  }
  int64_t turn = 0;
  if (policy.broker_record != nullptr) {
    ASSIGN_OR_RETURN(turn, policy.broker_record->Take(name));
  }
  return brokers->AnswerTurn(turn);
}

// Waits until the script has ended one way or another. False: the user interrupted.
bool AwaitScript(ReadySandbox* sandbox, KernelChannel::TimePoint until,
                 const std::function<bool()>& interrupted, OutputCollector* output,
                 ScriptRun* run) {
  json frame;
  ChannelEvent event = ChannelEvent::kDeadline;
  while (event == ChannelEvent::kDeadline && Clock::now() < until) {
    if (interrupted && interrupted()) return false;
    event = NextWatched(sandbox, until, output, &frame, &run->over_limit);
  }
  run->timed_out = event == ChannelEvent::kDeadline;
  const bool answered =
      event == ChannelEvent::kFrame && frame.value("exit_code", json()).is_number_integer();
  run->died = !run->timed_out && !answered;
  if (answered) {
    run->exit_code = static_cast<int>(std::clamp(NumberField(frame, "exit_code"), -1e6, 1e6));
  }
  return true;
}

}  // namespace

Result<ScriptRun> RunScript(const SandboxPolicy& policy, std::string_view script,
                            std::chrono::milliseconds deadline,
                            const std::filesystem::path& outputs_dir,
                            const std::function<bool()>& interrupted) {
  if (script.size() > kMaxScriptBytes) {
    return BadInput("the script has " + std::to_string(script.size()) +
                    " bytes, more than the limit of " + std::to_string(kMaxScriptBytes));
  }
  ASSIGN_OR_RETURN(ReadySandbox sandbox, StartSandbox(policy, interrupted));
  ScriptRun run;
  OutputCollector output(policy.limits.output_bytes);
  const auto started = Clock::now();
  const json question = {{"v", 1},
                         {"seq", 1},
                         {"type", "exec"},
                         {"mode", "script"},
                         {"name", kScriptName},
                         {"code", std::string(script)}};
  RETURN_IF_ERROR(BeginBrokers(policy, script, sandbox.process.brokers.get()));
  run.died = true;
  bool awaited = true;
  if (sandbox.channel.Send(question, started + deadline)) {
    awaited = AwaitScript(&sandbox, started + deadline, interrupted, &output, &run);
  }
  run.seconds = std::chrono::duration<double>(Clock::now() - started).count();
  // Nothing of the script may still write while its results are taken.
  sandbox.process.process.Kill();
  if (sandbox.process.brokers) static_cast<void>(sandbox.process.brokers->EndTurn());
  if (!awaited) return Error{ErrorKind::kInterrupted, "interrupted while a script was running"};
  sandbox.channel.DrainOutput(&output);
  run.output = output.Text();
  ASSIGN_OR_RETURN(run.outputs, CopyOut(sandbox.process.work.get(), outputs_dir, CopyLimits{}));
  ForgetScript(outputs_dir, &run.outputs);
  return run;
}

}  // namespace inhouse
