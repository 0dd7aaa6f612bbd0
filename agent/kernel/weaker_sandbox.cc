#include "agent/kernel/weaker_sandbox.h"

#include "agent/kernel/ready_sandbox.h"

namespace inhouse {

bool LeaveOut(const Error& refusal, WeakerSandbox* parts) {
  if (refusal.kind != ErrorKind::kSandbox) return false;
  const auto says = [&](const char* words) {
    return refusal.message.find(words) != std::string::npos;
  };
  bool* part = nullptr;
  if (says("nknown option")) part = &parts->old_bubblewrap;
  if (says("mount proc")) part = &parts->host_proc;
  if (part == nullptr || *part) return false;
  *part = true;
  return true;
}

std::vector<std::string> DescribeWeaker(const WeakerSandbox& parts) {
  std::vector<std::string> missing;
  if (parts.old_bubblewrap) {
    missing.push_back(
        "bubblewrap is older than 0.8: writable folders have no sizes of their own, and new user "
        "namespaces are refused by the system-call filter alone");
  }
  if (parts.host_proc) {
    missing.push_back(
        "/proc is that of this system, read-only: processes outside are seen, and what their files "
        "there show to this user");
  }
  return missing;
}

Result<std::optional<WeakerOffer>> FindWeakerSandbox(const SandboxPolicy& policy) {
  std::optional<WeakerOffer> offer;
  SandboxPolicy tried = policy;
  for (;;) {
    const auto started = StartSandbox(tried);
    if (started.ok()) return offer;
    if (!offer) offer = WeakerOffer{started.error(), {}};
    if (tried.kind != SandboxKind::kBubblewrap || !LeaveOut(started.error(), &offer->parts))
      return offer->refusal;
    tried.weaker = offer->parts;
  }
}

}  // namespace inhouse
