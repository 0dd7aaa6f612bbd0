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
  // All processes and writable folders together; watched from outside (sandbox_watch.h).
  int64_t total_memory_bytes = int64_t{8} << 30;
  int64_t work_bytes = int64_t{1} << 30;  // size of the writable work folder (tmpfs)
  int64_t files = 100000;                 // in all writable folders together; watched too
  int64_t tmp_bytes = int64_t{256} << 20;
  int64_t file_bytes = int64_t{512} << 20;
  int processes = 256;  // threads count too: DuckDB starts one for each core
  int open_files = 256;
  std::chrono::seconds cpu{900};
  int64_t output_bytes = 64 << 10;  // of one cell, kept for the observation
  int64_t flood_bytes = 64 << 20;   // of one cell, after which it is interrupted
  // How long an interrupted cell may take to stop before it is killed; also how
  // long the interpreter may take to list its names.
  std::chrono::milliseconds grace{3000};
};

struct SandboxPolicy {
  static constexpr const char* kWork = "/work";  // writable, current folder
  static constexpr const char* kData = "/data";

  std::filesystem::path python;  // interpreter on the host (venv or not)
  // Data at /data, libraries at /opt/house/0, … (not below /lib: that is a link inside).
  std::vector<ReadOnlyMount> read_only;
  std::vector<std::string> python_path;  // inside paths
  // What a persistent kernel imports while it waits for its first cell.
  std::vector<std::string> imports;
  // Complete but for HOME, PATH and the like (BaseEnvironment); nothing else is passed.
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::filesystem::path> sockets;  // broker Unix sockets, by name; empty by default
  std::filesystem::path bubblewrap = "/usr/bin/bwrap";
  SandboxLimits limits;
};

// What can be said before anything runs: mount points that would cover the
// system's own, host paths that do not exist, environment names that are none.
// Errors: kBadInput.
Status CheckPolicy(const SandboxPolicy& policy);

// Where the interpreter and its environment stand on the host and inside.
struct PythonInstallation {
  std::vector<ReadOnlyMount> mounts;  // what /usr does not hold already
  std::string executable;             // inside path to run
};

// Reads pyvenv.cfg and links; runs nothing. A virtual environment appears at
// /opt/venv, a base interpreter outside /usr at its own path; of either only
// the folders that Python uses (bin, lib, lib64), so that an environment made
// in a project's or home folder does not show what else lies there. Errors:
// kBadInput when `python` is missing or not executable.
Result<PythonInstallation> LocatePython(const std::filesystem::path& python);

// Environment of every process inside: fixed values, then the policy's.
std::vector<std::pair<std::string, std::string>> BaseEnvironment(const SandboxPolicy& policy);

// Numbers of the descriptors that bubblewrap is started with.
struct BubblewrapFds {
  int seccomp = -1;  // compiled filter
  int info = -1;     // --info-fd
  int passwd = -1;   // content of /etc/passwd inside
  // Contents of the Python program's files inside, with their names below kProgramFolder.
  std::vector<std::pair<int, std::string>> program;
};

inline constexpr const char* kProgramFolder = "/opt/inhouse/";

// All bubblewrap options, for --args: everything but the command. `mounts` are
// the policy's and the interpreter's with `host` replaced by what bubblewrap can
// reach (see root_staging.h). Pure.
std::vector<std::string> BubblewrapArguments(const SandboxPolicy& policy,
                                             const std::vector<ReadOnlyMount>& mounts,
                                             const BubblewrapFds& fds);

// `prlimit` in front of a command: the limits hold before any Python runs. Pure.
std::vector<std::string> WithLimits(const SandboxLimits& limits,
                                    const std::vector<std::string>& command);

}  // namespace inhouse
