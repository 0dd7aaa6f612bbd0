#include "agent/kernel/ready_sandbox.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/kernel/launch_failure.h"
#include "agent/kernel/result_frame.h"
#include "agent/kernel/sandbox_layers.h"

namespace inhouse {

std::string_view KernelCellsText();
std::string_view KernelLandlockText();
std::string_view KernelMainText();
std::string_view KernelShowText();

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartDeadline{30};
constexpr int64_t kStartOutputLimit = 4096;

Error NoAnswer(const SandboxPolicy& policy) {
  return {ErrorKind::kSandbox,
          policy.python.string() + " did not answer in the sandbox within " +
              std::to_string(kStartDeadline.count()) +
              " s; what does it do when it starts (sitecustomize, .pth files)?"};
}

Error CanaryEscaped(const std::string& what) {
  return {ErrorKind::kSandbox, "the sandbox does not confine: its canary could " + what +
                                   "; nothing was run (docs/sandbox.md)"};
}

// What the report names as a layer must be there.
Status CheckLandlock(const SandboxPolicy& policy, const json& frame) {
  if (FindLandlock(policy) == static_cast<int>(NumberField(frame, "landlock"))) return {};
  return Error{ErrorKind::kSandbox,
               "the sandbox does not confine: Landlock, which this kernel has, was not applied; "
               "nothing was run (docs/sandbox.md)"};
}

Status CheckReady(const SandboxPolicy& policy, const json& frame, ReadySandbox* ready) {
  const auto escaped = frame.find("escaped");
  if (escaped == frame.end() || !escaped->is_array()) return CanaryEscaped("not be run");
  if (!escaped->empty()) {
    return CanaryEscaped((*escaped)[0].is_string() ? (*escaped)[0].get<std::string>() : "act");
  }
  RETURN_IF_ERROR(CheckLandlock(policy, frame));
  ready->python_version = TextField(frame, "python");
  return {};
}

}  // namespace

Result<StartingSandbox> BeginSandbox(const SandboxPolicy& policy) {
  StartingSandbox starting;
  ASSIGN_OR_RETURN(starting.process,
                   LaunchSandbox(policy, {{"kernel_main.py", KernelMainText()},
                                          {"kernel_cells.py", KernelCellsText()},
                                          {"kernel_show.py", KernelShowText()},
                                          {"kernel_landlock.py", KernelLandlockText()}}));
  starting.channel =
      KernelChannel(std::move(starting.process.frames), std::move(starting.process.output));
  return starting;
}

Result<ReadySandbox> AwaitSandbox(const SandboxPolicy& policy, StartingSandbox starting,
                                  const std::function<bool()>& interrupted) {
  ReadySandbox ready(policy.limits);
  ready.process = std::move(starting.process);
  ready.channel = std::move(starting.channel);
  OutputCollector output(kStartOutputLimit);
  json frame;
  const auto until = Clock::now() + kStartDeadline;
  ChannelEvent event = ChannelEvent::kDeadline;
  while (event == ChannelEvent::kDeadline && Clock::now() < until) {
    if (interrupted && interrupted())
      return Error{ErrorKind::kInterrupted, "interrupted while the sandbox was starting"};
    event = ready.channel.Next(Clock::now() + SandboxWatch::kInterval, &output, &frame);
  }
  if (event == ChannelEvent::kDeadline) return NoAnswer(policy);
  if (event != ChannelEvent::kFrame || TextField(frame, "type") != "ready") {
    ready.process.process.Wait(std::chrono::milliseconds(500));
    ready.channel.DrainOutput(&output);
    return ExplainLaunchFailure(policy, output.Text());
  }
  RETURN_IF_ERROR(FinishLaunch(&ready.process));
  RETURN_IF_ERROR(CheckReady(policy, frame, &ready));
  return ready;
}

Result<ReadySandbox> StartSandbox(const SandboxPolicy& policy,
                                  const std::function<bool()>& interrupted) {
  ASSIGN_OR_RETURN(StartingSandbox starting, BeginSandbox(policy));
  return AwaitSandbox(policy, std::move(starting), interrupted);
}

ChannelEvent NextWatched(ReadySandbox* sandbox, KernelChannel::TimePoint deadline,
                         OutputCollector* output, json* frame, std::string* over_limit) {
  const auto slice = std::min(deadline, Clock::now() + SandboxWatch::kInterval);
  const ChannelEvent event = sandbox->channel.Next(slice, output, frame);
  *over_limit = sandbox->watch.Check(sandbox->process);
  return over_limit->empty() ? event : ChannelEvent::kBroken;
}

}  // namespace inhouse
