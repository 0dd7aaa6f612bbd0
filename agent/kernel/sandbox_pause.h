// Between two cells nothing of a sandbox runs: every process of it is stopped from outside.
//
// One SIGSTOP for each is not enough: whoever is not stopped yet can wake the others (SIGCONT, also
// by ending as the last that leads their group). So the processes are looked at until two looks in
// a row show the same threads, all of them at rest, none of which has run between the looks: then
// there was a moment at which nothing ran, and what rests wakes nobody.
#pragma once

#include "agent/kernel/sandbox_launcher.h"

namespace inhouse {

// False: what is in there cannot be brought to rest; then it has to be ended.
bool PauseSandbox(const SandboxProcess& sandbox);
void ResumeSandbox(const SandboxProcess& sandbox);

}  // namespace inhouse
