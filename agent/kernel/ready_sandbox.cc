#include "agent/kernel/ready_sandbox.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/kernel/result_frame.h"

namespace inhouse {

std::string_view KernelMainText();
std::string_view KernelShowText();

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartDeadline{30};
constexpr int64_t kStartOutputLimit = 4096;

Error CanaryEscaped(const std::string& what) {
  return {ErrorKind::kSandbox, "the sandbox does not confine: its canary could " + what +
                                   "; nothing was run (docs/sandbox.md)"};
}

Status CheckReady(const json& frame, ReadySandbox* ready) {
  const auto escaped = frame.find("escaped");
  if (escaped == frame.end() || !escaped->is_array()) return CanaryEscaped("not be run");
  if (!escaped->empty()) {
    return CanaryEscaped((*escaped)[0].is_string() ? (*escaped)[0].get<std::string>() : "act");
  }
  ready->python_version = TextField(frame, "python");
  return {};
}

}  // namespace

std::vector<std::string> SandboxLayers(const SandboxPolicy& policy) {
  const SandboxLimits& limits = policy.limits;
  auto mib = [](int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; };
  std::vector<std::string> layers = {
      "namespaces (bubblewrap): user, mount, pid, network (none), ipc, uts, cgroup",
      "system-call filter (seccomp), no new privileges, no capabilities, never uid 0",
      "limits: " + mib(limits.memory_bytes) + " address space a process, " +
          std::to_string(limits.processes) + " processes, work folder " + mib(limits.work_bytes) +
          ", files " + mib(limits.file_bytes),
      "watched from outside every " + std::to_string(SandboxWatch::kInterval.count()) +
          " ms: " + mib(limits.total_memory_bytes) + " memory of all processes and files, " +
          std::to_string(limits.files) + " files",
      "environment from an allow-list; start-up canary passed",
      "not used: Landlock, memory cgroup"};
  if (!policy.sockets.empty())
    layers.push_back("broker sockets: " + std::to_string(policy.sockets.size()));
  return layers;
}

Result<StartingSandbox> BeginSandbox(const SandboxPolicy& policy) {
  StartingSandbox starting;
  ASSIGN_OR_RETURN(starting.process, LaunchSandbox(policy, {{"kernel_main.py", KernelMainText()},
                                                            {"kernel_show.py", KernelShowText()}}));
  starting.channel =
      KernelChannel(std::move(starting.process.frames), std::move(starting.process.output));
  return starting;
}

Result<ReadySandbox> AwaitSandbox(const SandboxPolicy& policy, StartingSandbox starting) {
  ReadySandbox ready(policy.limits);
  ready.process = std::move(starting.process);
  ready.channel = std::move(starting.channel);
  OutputCollector output(kStartOutputLimit);
  json frame;
  const ChannelEvent event = ready.channel.Next(Clock::now() + kStartDeadline, &output, &frame);
  if (event != ChannelEvent::kFrame || TextField(frame, "type") != "ready") {
    ready.process.process.Wait(std::chrono::milliseconds(500));
    ready.channel.DrainOutput(&output);
    return ExplainLaunchFailure(output.Text());
  }
  RETURN_IF_ERROR(FinishLaunch(&ready.process));
  RETURN_IF_ERROR(CheckReady(frame, &ready));
  return ready;
}

Result<ReadySandbox> StartSandbox(const SandboxPolicy& policy) {
  ASSIGN_OR_RETURN(StartingSandbox starting, BeginSandbox(policy));
  return AwaitSandbox(policy, std::move(starting));
}

ChannelEvent NextWatched(ReadySandbox* sandbox, KernelChannel::TimePoint deadline,
                         OutputCollector* output, json* frame, std::string* over_limit) {
  const auto slice = std::min(deadline, Clock::now() + SandboxWatch::kInterval);
  const ChannelEvent event = sandbox->channel.Next(slice, output, frame);
  *over_limit = sandbox->watch.Check(sandbox->process);
  return over_limit->empty() ? event : ChannelEvent::kBroken;
}

}  // namespace inhouse
