#include "agent/kernel/sandbox_policy.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string_view>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVenvInside = "/opt/venv";

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

void AppendNamespaces(std::vector<std::string>* a) {
  Append(a, {"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
             "--unshare-cgroup-try", "--disable-userns", "--cap-drop", "ALL", "--new-session",
             "--die-with-parent", "--hostname", "kernel", "--uid", "1000", "--gid", "1000"});
}

void AppendSystem(std::vector<std::string>* a) {
  Append(a, {"--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin",
             "/sbin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"});
  for (const char* file : {"/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"}) {
    Append(a, {"--ro-bind-try", file, file});
  }
  Append(a, {"--proc", "/proc", "--dev", "/dev"});
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

void AppendTmpfs(std::vector<std::string>* a, int64_t bytes, const char* inside) {
  Append(a, {"--size", std::to_string(bytes), "--tmpfs", inside});
}

}  // namespace

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
  const std::string remedy = "; set [run] python in inhouse.toml or pass --python";
  const fs::path absolute = fs::absolute(python).lexically_normal();
  if (::access(absolute.c_str(), X_OK) != 0) {
    return BadInput("the Python interpreter " + absolute.string() + " cannot be run" + remedy);
  }
  std::error_code code;
  const fs::path real = fs::canonical(absolute, code);
  if (code)
    return BadInput("the Python interpreter " + absolute.string() + " cannot be resolved" + remedy);
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

std::vector<std::string> WithLimits(const SandboxLimits& limits,
                                    const std::vector<std::string>& command) {
  auto both = [](int64_t value) { return std::to_string(value) + ":" + std::to_string(value); };
  std::vector<std::string> a = {
      "/usr/bin/prlimit", "--as=" + both(limits.memory_bytes), "--nproc=" + both(limits.processes),
      "--fsize=" + both(limits.file_bytes), "--nofile=" + both(limits.open_files),
      "--cpu=" + both(limits.cpu.count()), "--core=0:0",
      // Counted for all processes of a user together.
      "--sigpending=1024:1024", "--msgqueue=0:0", "--memlock=65536:65536", "--"};
  a.insert(a.end(), command.begin(), command.end());
  return a;
}

std::vector<std::string> BubblewrapArguments(const SandboxPolicy& policy,
                                             const std::vector<ReadOnlyMount>& mounts,
                                             const BubblewrapFds& fds) {
  std::vector<std::string> a;
  AppendNamespaces(&a);
  Append(&a, {"--seccomp", std::to_string(fds.seccomp), "--info-fd", std::to_string(fds.info),
              "--clearenv"});
  for (const auto& [name, value] : BaseEnvironment(policy)) Append(&a, {"--setenv", name, value});
  AppendSystem(&a);
  Append(&a, {"--ro-bind-data", std::to_string(fds.passwd), "/etc/passwd"});
  for (const auto& [fd, name] : fds.program) {
    Append(&a, {"--ro-bind-data", std::to_string(fd), kProgramFolder + name});
  }
  AppendTmpfs(&a, policy.limits.tmp_bytes, "/dev/shm");
  AppendTmpfs(&a, policy.limits.tmp_bytes, "/tmp");
  AppendTmpfs(&a, int64_t{16} << 20, "/home/user");
  AppendTmpfs(&a, policy.limits.work_bytes, SandboxPolicy::kWork);
  for (const ReadOnlyMount& mount : mounts)
    Append(&a, {"--ro-bind", mount.host.string(), mount.inside});
  Append(&a, {"--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SandboxPolicy::kWork});
  return a;
}

}  // namespace inhouse
