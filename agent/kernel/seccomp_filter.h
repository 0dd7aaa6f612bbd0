// The system calls that the sandbox refuses, as data; compiled to BPF by
// libseccomp for bubblewrap, written as a JSON profile for container runtimes.
//
// Default: allow. Refused with EPERM (or the errno stated): sockets other than
// AF_UNIX (EAFNOSUPPORT), tracing and reading other processes, keyrings, bpf,
// io_uring, userfaultfd, perf, mounts, namespaces, modules, device nodes, SysV
// shared memory, memfd (memory that no rlimit sees), personality, set-uid mode
// bits, the limit of core files, terminal injection ioctls; clone3 answers ENOSYS so that libc
// falls back to clone, whose flags can be examined. Each reason: docs/sandbox.md.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

// A rule holds for calls whose argument, under the mask, is (or is not) the value.
struct SeccompMatch {
  unsigned argument = 0;
  uint64_t mask = 0;
  uint64_t value = 0;
  bool negated = false;  // the whole argument differs from `value`; the mask is not used
};

struct SeccompRule {
  std::string call;
  int error_number = 0;
  std::vector<SeccompMatch> matches;  // all must hold, each for another argument
  int number = -1;  // of a call that libseccomp cannot name yet; the same on every architecture
};

// All of them, in a fixed order. Pure.
std::vector<SeccompRule> SeccompRules();

// A descriptor (memfd at offset 0) that holds the filter for --seccomp.
// Errors: kSandbox.
Result<UniqueFd> CompileSeccompFilter();

// The rules as the "linux.seccomp" object of the OCI runtime specification, which podman's
// profiles share. `unknown_calls`: with those that are answered as unknown (ENOSYS). gVisor knows
// no errno but EPERM, and libc would not fall back from that. Pure.
nlohmann::json SeccompProfile(const std::vector<SeccompRule>& rules, bool unknown_calls);

}  // namespace inhouse
