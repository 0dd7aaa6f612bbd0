#include "agent/kernel/sandbox_policy.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVenvInside = "/opt/venv";
constexpr int64_t kHomeBytes = int64_t{16} << 20;

bool IsBelow(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

// Value of "key = value" in pyvenv.cfg, or "".
std::string ConfigValue(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    std::string name = line.substr(0, equals);
    name.erase(name.find_last_not_of(" \t") + 1);
    if (name != key) continue;
    const size_t begin = line.find_first_not_of(" \t", equals + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

bool IsScript(const fs::path& program) {
  char start[2] = {};
  return std::ifstream(program, std::ios::binary).read(start, 2) && start[0] == '#' &&
         start[1] == '!';
}

// The parts of an interpreter's or environment's root that Python uses.
void AddRoot(const fs::path& root, const fs::path& inside, PythonInstallation* found) {
  for (const char* part : {"bin", "lib", "lib64", "pyvenv.cfg"}) {
    std::error_code code;
    if (fs::exists(root / part, code)) found->mounts.push_back({root / part, inside / part});
  }
}

// A base interpreter outside /usr is mounted at its own path.
void AddBase(const fs::path& bin, PythonInstallation* found) {
  std::error_code code;
  const fs::path real = fs::canonical(bin, code);  // /bin is /usr/bin on merged systems
  const fs::path prefix = (code ? bin : real).parent_path();
  const auto same = [&](const ReadOnlyMount& mount) { return mount.inside == prefix / "bin"; };
  if (IsBelow(prefix, "/usr") || prefix == "/" ||
      std::any_of(found->mounts.begin(), found->mounts.end(), same)) {
    return;
  }
  AddRoot(prefix, prefix, found);
}

void Append(std::vector<std::string>* to, std::initializer_list<std::string> words) {
  to->insert(to->end(), words);
}

void AppendNamespaces(const SandboxPolicy& policy, std::vector<std::string>* a) {
  Append(a, {"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
             "--unshare-cgroup-try", "--cap-drop", "ALL", "--new-session", "--die-with-parent",
             "--hostname", "kernel", "--uid", "1000", "--gid", "1000"});
  if (policy.kind != SandboxKind::kGvisor && !policy.weaker.old_bubblewrap)
    Append(a, {"--disable-userns"});
}

void AppendSystem(const SandboxPolicy& policy, std::vector<std::string>* a) {
  if (policy.root.empty()) {
    Append(a, {"--ro-bind", "/usr", "/usr"});
    for (const char* file : kSystemFiles) Append(a, {"--ro-bind-try", file, file});
  }
  Append(a, {"--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin", "--symlink",
             "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"});
  if (policy.weaker.host_proc) {
    Append(a, {"--ro-bind", "/proc", "/proc"});
  } else {
    Append(a, {"--proc", "/proc"});
  }
  Append(a, {"--dev", "/dev"});
  // Pseudo-terminals are the whole machine's, in one small number. gVisor's kernel has its own.
  Append(a, {"--tmpfs", "/dev/pts", "--remount-ro", "/dev/pts"});
  // Mapped shared it is memory without a file (seccomp_filter.cc); this one reads the same.
  Append(a, {"--dev-bind", "/dev/full", "/dev/zero"});
}

void AppendTmpfs(const SandboxPolicy& policy, int64_t bytes, const char* inside,
                 std::vector<std::string>* a) {
  if (!policy.weaker.old_bubblewrap) Append(a, {"--size", std::to_string(bytes)});
  Append(a, {"--tmpfs", inside});
}

// Environment and filter of what bubblewrap itself starts.
void AppendProcess(const SandboxPolicy& policy, const BubblewrapFds& fds,
                   std::vector<std::string>* a) {
  Append(a, {"--info-fd", std::to_string(fds.info), "--clearenv"});
  if (policy.kind == SandboxKind::kGvisor) return;  // in its bundle
  Append(a, {"--seccomp", std::to_string(fds.seccomp)});
  for (const auto& [name, value] : BaseEnvironment(policy)) Append(a, {"--setenv", name, value});
}

constexpr int64_t kBundleBytes = int64_t{16} << 20;

void AppendBundle(const SandboxPolicy& policy, const BubblewrapFds& fds,
                  std::vector<std::string>* a) {
  AppendTmpfs(policy, kBundleBytes, kGvisorFolder, a);
  Append(a, {"--ro-bind-data", std::to_string(fds.bundle),
             std::string(kGvisorFolder) + "/config.json"});
}

// First components of inside paths that belong to the sandbox itself.
constexpr std::string_view kReserved[] = {"usr", "bin", "sbin", "lib", "lib64", "proc", "dev",
                                          "sys", "etc", "work", "tmp", "home",  "run",  "root"};

bool IsFreeMountPoint(const fs::path& inside) {
  if (!inside.is_absolute() || inside != inside.lexically_normal() || inside == "/") return false;
  const std::string first = std::next(inside.begin())->string();
  const bool own = IsBelow(inside, kVenvInside) || IsBelow(inside, "/opt/inhouse");
  return !own && inside != "/opt" &&
         std::find(std::begin(kReserved), std::end(kReserved), first) == std::end(kReserved);
}

bool IsEnvironmentName(const std::string& name) {
  return !name.empty() && name.find('=') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

}  // namespace

const char* SandboxKindName(SandboxKind kind) {
  switch (kind) {
    case SandboxKind::kBubblewrap: return "bubblewrap";
    case SandboxKind::kGvisor: return "gvisor";
    case SandboxKind::kPodman: return "podman";
  }
  return "unknown";
}

std::optional<SandboxKind> SandboxKindNamed(std::string_view name) {
  for (const SandboxKind kind :
       {SandboxKind::kBubblewrap, SandboxKind::kGvisor, SandboxKind::kPodman}) {
    if (name == SandboxKindName(kind)) return kind;
  }
  return std::nullopt;
}

int64_t FolderBytes(const SandboxPolicy& policy, std::string_view folder) {
  if (folder == SandboxPolicy::kWork) return policy.limits.work_bytes;
  return folder == "/home/user" ? kHomeBytes : policy.limits.tmp_bytes;
}

Result<std::vector<ReadOnlyMount>> SystemMounts(const SandboxPolicy& policy) {
  std::vector<ReadOnlyMount> mounts;
  if (policy.root.empty()) return mounts;
  std::error_code code;
  if (!fs::is_directory(policy.root / "usr/bin", code) ||
      !fs::is_symlink(policy.root / "bin", code)) {
    return BadInput("the root file system " + policy.root.string() +
                    " has no usr/bin with bin as a link to it; mend [run] root in inhouse.toml");
  }
  mounts.push_back({policy.root / "usr", "/usr", true});
  for (const char* file : kSystemFiles) {
    const fs::path host = policy.root / fs::path(file).relative_path();
    if (fs::exists(host, code)) mounts.push_back({host, file, true});
  }
  return mounts;
}

Status CheckPolicy(const SandboxPolicy& policy) {
  std::error_code code;
  for (const ReadOnlyMount& mount : policy.read_only) {
    if (!IsFreeMountPoint(mount.inside)) {
      return BadInput("the path " + mount.host.string() + " cannot be shown as " + mount.inside +
                      " in the sandbox: that place is its own; use /data or /opt/house/…");
    }
    if (!fs::exists(mount.host, code)) {
      return BadInput("the path " + mount.host.string() + " (shown as " + mount.inside +
                      " in the sandbox) does not exist; mend --data or [run] in inhouse.toml");
    }
  }
  for (const fs::path& socket : policy.sockets) {
    if (fs::is_socket(socket, code)) continue;
    return BadInput("the broker socket " + socket.string() +
                    " is not there; start the broker or mend [run] sockets in inhouse.toml");
  }
  for (const auto& [name, value] : policy.environment) {
    if (IsEnvironmentName(name) && value.find('\0') == std::string::npos) continue;
    return BadInput("the environment entry \"" + name +
                    "\" is not a name with a text value; mend [run] env in inhouse.toml");
  }
  return {};
}

Result<PythonInstallation> LocatePython(const fs::path& python) {
  const std::string remedy = "; set [run] python in inhouse.toml";
  const fs::path absolute = fs::absolute(python).lexically_normal();
  if (::access(absolute.c_str(), X_OK) != 0) {
    return BadInput("the Python interpreter " + absolute.string() + " cannot be run" + remedy);
  }
  std::error_code code;
  const fs::path real = fs::canonical(absolute, code);
  if (code)
    return BadInput("the Python interpreter " + absolute.string() + " cannot be resolved" + remedy);
  if (IsScript(real)) {
    return BadInput(absolute.string() +
                    " is a script that starts a Python (a pyenv shim, a wrapper), not one; give "
                    "what it says for: python -c 'import sys; print(sys.executable)'");
  }
  PythonInstallation found;
  AddBase(real.parent_path(), &found);
  const fs::path root = absolute.parent_path().parent_path();
  const Result<std::string> config = ReadFile(root / "pyvenv.cfg", 1 << 16);
  if (!config.ok()) {
    found.executable = real.string();
    return found;
  }
  AddRoot(root, kVenvInside, &found);
  found.executable = std::string(kVenvInside) + "/bin/" + absolute.filename().string();
  if (const std::string home = ConfigValue(*config, "home"); !home.empty()) AddBase(home, &found);
  return found;
}

std::vector<std::pair<std::string, std::string>> BaseEnvironment(const SandboxPolicy& policy) {
  std::string python_path;
  for (const std::string& entry : policy.python_path) {
    python_path += (python_path.empty() ? "" : ":") + entry;
  }
  std::vector<std::pair<std::string, std::string>> environment = {
      {"PATH", "/opt/venv/bin:/usr/bin:/bin"},
      {"HOME", "/home/user"},
      {"USER", "user"},
      {"LANG", "C.UTF-8"},
      {"TZ", "UTC"},
      {"TMPDIR", "/tmp"},
      {"PYTHONPATH", python_path},
      {"PYTHONDONTWRITEBYTECODE", "1"},
      {"PYTHONHASHSEED", "0"},
      {"MPLBACKEND", "Agg"},
      {"MPLCONFIGDIR", "/home/user/.matplotlib"},
      {"MALLOC_ARENA_MAX", "2"},  // an arena reserves 64 MiB of address space for each thread
      {"OMP_NUM_THREADS", "2"},
      {"OPENBLAS_NUM_THREADS", "2"},
      {"MKL_NUM_THREADS", "2"}};
  for (const auto& entry : policy.environment) environment.push_back(entry);
  return environment;
}

std::vector<std::string> WithLimits(const SandboxPolicy& policy,
                                    const std::vector<std::string>& command) {
  const SandboxLimits& limits = policy.limits;
  auto both = [](int64_t value) { return std::to_string(value) + ":" + std::to_string(value); };
  std::vector<std::string> a = {"/usr/bin/prlimit",
                                "--as=" + both(limits.memory_bytes),
                                "--nproc=" + both(limits.processes),
                                "--fsize=" + both(limits.file_bytes),
                                "--nofile=" + both(limits.open_files),
                                "--cpu=" + both(limits.cpu.count())};
  // Counted for all processes of a user together. gVisor's kernel has none of them, nor their
  // users.
  if (policy.kind != SandboxKind::kGvisor)
    Append(&a, {"--sigpending=1024:1024", "--msgqueue=0:0", "--memlock=65536:65536", "--rtprio=0:0",
                "--nice=0:0"});
  a.emplace_back("--");
  a.insert(a.end(), command.begin(), command.end());
  return a;
}

std::vector<std::string> BubblewrapArguments(const SandboxPolicy& policy,
                                             const std::vector<ReadOnlyMount>& mounts,
                                             const BubblewrapFds& fds) {
  std::vector<std::string> a;
  AppendNamespaces(policy, &a);
  AppendProcess(policy, fds, &a);
  AppendSystem(policy, &a);
  Append(&a, {"--ro-bind-data", std::to_string(fds.passwd), "/etc/passwd"});
  for (const auto& [fd, name] : fds.program) {
    Append(&a, {"--ro-bind-data", std::to_string(fd), kProgramFolder + name});
  }
  for (const char* folder : kWritableFolders) {
    AppendTmpfs(policy, FolderBytes(policy, folder), folder, &a);
  }
  if (policy.kind == SandboxKind::kGvisor) AppendBundle(policy, fds, &a);
  for (const ReadOnlyMount& mount : mounts)
    Append(&a, {"--ro-bind", mount.host.string(), mount.inside});
  Append(&a, {"--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SandboxPolicy::kWork});
  return a;
}

}  // namespace inhouse
