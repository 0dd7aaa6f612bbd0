// What confines a sandbox of a policy on this system, in words: for the trace,
// the report and the person who decides. What is named here is demanded when
// the sandbox starts: a layer that should be there and is not ends the start.
#pragma once

#include <string>
#include <vector>

#include "agent/kernel/sandbox_policy.h"

namespace inhouse {

// Layers that are used where the system has them.
struct OptionalLayers {
  int landlock = 0;  // version of the kernel's interface; 0: not used
  bool memory_cgroup = false;
};

// Landlock from this version on: before it, no file could change its folder.
inline constexpr int kMinLandlock = 2;

// The version that a sandbox of this policy must report, or 0.
int FindLandlock(const SandboxPolicy& policy);
// That, and tries to make a control group.
OptionalLayers FindOptionalLayers(const SandboxPolicy& policy);

// One line each.
std::vector<std::string> SandboxLayers(const SandboxPolicy& policy);
// The same from what was found. Pure.
std::vector<std::string> DescribeLayers(const SandboxPolicy& policy, const OptionalLayers& found);

}  // namespace inhouse
