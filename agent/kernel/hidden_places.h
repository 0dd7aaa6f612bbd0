// What lies in a place that is shown and is not to be reached all the same. Covered by a device
// that cannot be opened.
#pragma once

#include <vector>

#include "agent/kernel/sandbox_policy.h"

namespace inhouse {

// Of /proc: what is the machine's and not the sandbox's own. Keys are in no namespace: an ordinary
// user would see his own by name. The kernel's command line may hold what nobody should read, and
// when interrupts come tells when keys are struck.
void HideProc(std::vector<ReadOnlyMount>* mounts);

// Below `shown`: sockets and pipes, which a read-only mount does not keep from being spoken to.
// Among the first 20,000 entries, at the start.
void HideSpeakingFiles(const std::vector<ReadOnlyMount>& shown, std::vector<ReadOnlyMount>* mounts);

}  // namespace inhouse
