// The system-call filter of the sandbox, compiled to BPF by libseccomp.
//
// Default: allow. Refused with EPERM (or the errno stated): sockets other than
// AF_UNIX (EAFNOSUPPORT), tracing and reading other processes, keyrings, bpf,
// io_uring, userfaultfd, perf, mounts, namespaces, modules, device nodes, SysV
// shared memory, memfd (memory that no rlimit sees), personality, set-uid mode
// bits, terminal injection ioctls; clone3 answers ENOSYS so that libc falls
// back to clone, whose flags can be examined. Each reason: docs/sandbox.md.
#pragma once

#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

// A descriptor (memfd at offset 0) that holds the filter for --seccomp.
// Errors: kSandbox.
Result<UniqueFd> CompileSeccompFilter();

}  // namespace inhouse
