#include "agent/kernel/launch_failure.h"

#include <string>

#include "agent/kernel/weaker_sandbox.h"

namespace inhouse {

Error ExplainLaunchFailure(const SandboxPolicy& policy, std::string_view output) {
  const std::string first(output.substr(0, output.find('\n')));
  const std::string text = first.empty() ? "it ended without a message" : first;
  auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
  const bool usual = policy.kind == SandboxKind::kBubblewrap;
  std::string remedy = "see docs/sandbox.md";
  if (usual && !text.starts_with("bwrap")) {
    remedy = "is " + policy.python.string() +
             " a Python 3.9 or newer? set [run] python in inhouse.toml (docs/sandbox.md)";
  }
  if (says("namespace") || says("uid map")) {
    remedy =
        "user namespaces are not allowed here; on Ubuntu 24.04 add an AppArmor profile for bwrap "
        "or set kernel.apparmor_restrict_unprivileged_userns=0; in a container allow them "
        "(docs/sandbox.md)";
  } else if (says("mount proc")) {
    remedy =
        "/proc cannot be mounted in this container; run it with an unmasked /proc "
        "(docs/sandbox.md)";
  } else if (says("Python 3.9 or newer")) {
    remedy = "set [run] python in inhouse.toml";
  } else if (says("nknown option") && text.starts_with("bwrap")) {
    remedy = "bubblewrap 0.8 or newer is needed";
  }
  WeakerSandbox without;
  if (usual && LeaveOut({ErrorKind::kSandbox, text}, &without)) {
    remedy += ", or agree to a weaker sandbox ([run] weaker_sandbox in inhouse.toml)";
  }
  const std::string kind = usual ? "" : std::string(SandboxKindName(policy.kind)) + " ";
  return Error{ErrorKind::kSandbox,
               "the " + kind + "sandbox did not start (" + text + "); " + remedy};
}

}  // namespace inhouse
