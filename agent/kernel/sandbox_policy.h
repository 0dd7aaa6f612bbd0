// What a sandboxed process may see and use, as data. Mounts, filter and limits
// follow from it by pure functions (docs/sandbox.md). The same policy type
// serves the persistent kernel and one-off script runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

// A host path made visible inside, read-only.
struct ReadOnlyMount {
  std::filesystem::path host;
  std::string inside;  // absolute path inside the sandbox
};

struct SandboxLimits {
  int64_t memory_bytes = int64_t{4} << 30;  // address space of each process
  int64_t work_bytes = int64_t{1} << 30;    // size of the writable work folder (tmpfs)
  int64_t tmp_bytes = int64_t{256} << 20;
  int64_t file_bytes = int64_t{512} << 20;
  int processes = 64;
  int open_files = 256;
  std::chrono::seconds cpu{900};
  int64_t output_bytes = 64 << 10;  // of one cell, kept for the observation
};

struct SandboxPolicy {
  static constexpr const char* kWork = "/work";  // writable, current folder
  static constexpr const char* kData = "/data";

  std::filesystem::path python;          // interpreter on the host (venv or not)
  std::vector<ReadOnlyMount> read_only;  // data at /data, libraries at /lib/house/0, ...
  std::vector<std::string> python_path;  // inside paths
  // Complete but for HOME, PATH and the like (BaseEnvironment); nothing else is passed.
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::filesystem::path> sockets;  // broker Unix sockets, by name; empty by default
  SandboxLimits limits;
};

// Where the interpreter and its environment stand on the host and inside.
struct PythonInstallation {
  std::vector<ReadOnlyMount> mounts;  // what /usr does not hold already
  std::string executable;             // inside path to run
};

// Reads pyvenv.cfg and links; runs nothing. A virtual environment appears at
// /opt/venv, a base interpreter outside /usr at its own path. Errors:
// kBadInput when `python` is missing or not executable.
Result<PythonInstallation> LocatePython(const std::filesystem::path& python);

// Environment of every process inside: fixed values, then the policy's.
std::vector<std::pair<std::string, std::string>> BaseEnvironment(const SandboxPolicy& policy);

// Numbers of the descriptors that bubblewrap is started with.
struct BubblewrapFds {
  int seccomp = -1;  // compiled filter
  int info = -1;     // --info-fd
  int status = -1;   // --json-status-fd
  int passwd = -1;   // content of /etc/passwd inside
  int program = -1;  // content of the Python program inside (kProgramPath)
};

inline constexpr const char* kProgramPath = "/opt/inhouse/kernel_main.py";

// The complete bubblewrap argument list for running `command` (inside paths).
// `mounts` are the policy's and the interpreter's with `host` replaced by what
// bubblewrap can reach (see sandbox_launcher.h). Pure.
std::vector<std::string> BubblewrapArguments(const SandboxPolicy& policy,
                                             const std::vector<ReadOnlyMount>& mounts,
                                             const BubblewrapFds& fds,
                                             const std::vector<std::string>& command);

// `prlimit` in front of a command: the limits hold before any Python runs. Pure.
std::vector<std::string> WithLimits(const SandboxLimits& limits,
                                    const std::vector<std::string>& command);

}  // namespace inhouse
