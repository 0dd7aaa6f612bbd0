// A sandbox whose interpreter has answered and whose start-up canary passed:
// what the persistent kernel and one-off script runs both stand on.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/kernel/kernel_channel.h"
#include "agent/kernel/sandbox_launcher.h"
#include "agent/kernel/sandbox_policy.h"
#include "agent/kernel/sandbox_watch.h"

namespace inhouse {

struct ReadySandbox {
  explicit ReadySandbox(const SandboxLimits& limits) : watch(limits) {}

  SandboxProcess process;
  KernelChannel channel;
  SandboxWatch watch;
  std::string python_version;
};

// A sandbox that was started and not yet heard of: it comes up beside what the
// caller does meanwhile. Nothing of a model may be sent to it.
struct StartingSandbox {
  SandboxProcess process;
  KernelChannel channel;
};

// Starts the sandbox and returns at once. Errors: kSandbox (a tool is missing),
// kBadInput.
Result<StartingSandbox> BeginSandbox(const SandboxPolicy& policy);
// Waits until its interpreter is ready, for 30 s. Errors: kSandbox (a layer is missing, the
// canary escaped, no answer), kInterrupted (`interrupted`, asked a few times a second, said so; may
// be empty).
Result<ReadySandbox> AwaitSandbox(const SandboxPolicy& policy, StartingSandbox starting,
                                  const std::function<bool()>& interrupted = {});

// Both.
Result<ReadySandbox> StartSandbox(const SandboxPolicy& policy,
                                  const std::function<bool()>& interrupted = {});

// Waits for the next frame for at most SandboxWatch::kInterval, or until
// `deadline` if that is sooner, and then looks at the limits that are watched
// from outside: if one is passed, kBroken with the reason in *over_limit.
ChannelEvent NextWatched(ReadySandbox* sandbox, KernelChannel::TimePoint deadline,
                         OutputCollector* output, nlohmann::json* frame, std::string* over_limit);

}  // namespace inhouse
