// What a sandboxed process may see and use, as data. Mounts, filter and limits
// follow from it by pure functions (docs/sandbox.md). The same policy type
// serves the persistent kernel and one-off script runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

class BrokerLog;
class BrokerRecord;

// A host path made visible inside, read-only.
struct ReadOnlyMount {
  std::filesystem::path host;
  std::string inside;  // absolute path inside the sandbox
  // Of a system: that some of its files are closed to others is as it should be.
  bool of_system = false;
};

// What makes the walls. Program, policy and observations are the same with each
// (docs/sandbox.md has the few differences); the later ones cost more time.
enum class SandboxKind {
  kBubblewrap,  // namespaces and a system-call filter; the default
  kGvisor,      // in addition a kernel of its own, in user space, between the two (runsc)
  kPodman,      // a container of podman's
};
const char* SandboxKindName(SandboxKind kind);  // "bubblewrap", "gvisor", "podman"
std::optional<SandboxKind> SandboxKindNamed(std::string_view name);

// Parts of required layers that this system cannot give and that a person agreed
// to go without. Nothing is left out without a consent (weaker_sandbox.h).
struct WeakerSandbox {
  std::string consent;          // how it was given, in words; "" for none
  bool old_bubblewrap = false;  // before 0.8: folders without sizes, user namespaces not closed
  bool host_proc = false;       // /proc is the host's, read-only: others' processes are seen
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
  BrokerLog* broker_log = nullptr;        // is told of each use of a broker; not owned, may be null
  BrokerRecord* broker_record = nullptr;  // of the run; not owned, null: nothing is recorded
  bool ask_brokers = true;                // false: a script is answered from the record alone
  // Where the output of a cell is kept whole when it has to be cut; "": nowhere.
  std::filesystem::path output_folder;
  SandboxKind kind = SandboxKind::kBubblewrap;
  // A folder with a system of its own (usr/, etc/) to be shown in the place of the host's; "" for
  // the host's.
  std::filesystem::path root;
  WeakerSandbox weaker;
  std::filesystem::path bubblewrap = "/usr/bin/bwrap";
  std::filesystem::path runsc = "/usr/bin/runsc";
  std::filesystem::path podman = "/usr/bin/podman";
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
// kBadInput when `python` is missing, not executable or a script that starts one.
Result<PythonInstallation> LocatePython(const std::filesystem::path& python);

// What is shown of `policy.root`, when it is set. Errors: kBadInput (no system there).
Result<std::vector<ReadOnlyMount>> SystemMounts(const SandboxPolicy& policy);

// Environment of every process inside: fixed values, then the policy's.
std::vector<std::pair<std::string, std::string>> BaseEnvironment(const SandboxPolicy& policy);

// Numbers of the descriptors that bubblewrap is started with.
struct BubblewrapFds {
  int seccomp = -1;  // compiled filter
  int info = -1;     // --info-fd
  int passwd = -1;   // content of /etc/passwd inside
  int bundle = -1;   // gVisor's configuration (container_config.h)
  // Contents of the Python program's files inside, with their names below kProgramFolder.
  std::vector<std::pair<int, std::string>> program;
};

inline constexpr const char* kProgramFolder = "/opt/inhouse/";
inline constexpr const char* kRunscInside = "/opt/inhouse/runsc";
inline constexpr const char* kGvisorFolder = "/run/gvisor";  // its configuration and state
inline constexpr const char* kBrokerFolder = "/run/brokers/";
inline constexpr const char* kWritableFolders[] = {SandboxPolicy::kWork, "/tmp", "/dev/shm",
                                                   "/home/user"};
// Limit of a writable folder in bytes. Pure.
int64_t FolderBytes(const SandboxPolicy& policy, std::string_view folder);
// The system's own files that are shown beside /usr.
inline constexpr const char* kSystemFiles[] = {"/etc/alternatives", "/etc/ld.so.cache",
                                               "/etc/localtime"};

// All bubblewrap options, for --args: everything but the command. Around gVisor
// it sets no filter of its own, and leaves it the user namespace that it makes:
// what runs there directly is runsc, not the model's code. `mounts` are
// the policy's and the interpreter's with `host` replaced by what bubblewrap can
// reach (see root_staging.h). Pure.
std::vector<std::string> BubblewrapArguments(const SandboxPolicy& policy,
                                             const std::vector<ReadOnlyMount>& mounts,
                                             const BubblewrapFds& fds);

// `prlimit` in front of a command: the limits hold before any Python runs. Pure.
std::vector<std::string> WithLimits(const SandboxPolicy& policy,
                                    const std::vector<std::string>& command);

}  // namespace inhouse
