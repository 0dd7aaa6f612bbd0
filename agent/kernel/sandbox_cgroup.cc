#include "agent/kernel/sandbox_cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr int kSpareProcesses = 8;  // bubblewrap's own
constexpr int64_t kMaxProcBytes = 1 << 20;

// The mount point and the root of the file system type, for v1 of the controller.
struct CgroupMount {
  std::string root, point;
};

bool HasWord(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

// mountinfo: id parent device root point options … - type source superoptions
CgroupMount MountOf(std::string_view mountinfo, const std::string& type,
                    const std::string& controller) {
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    const size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream left(line.substr(0, dash)), right(line.substr(dash + 3));
    std::string id, parent, device, root, point, found, source, options;
    left >> id >> parent >> device >> root >> point;
    right >> found >> source >> options;
    if (found == type && (controller.empty() || HasWord(options, controller))) return {root, point};
  }
  return {};
}

// /proc/self/cgroup: "4:memory:/path", for v2 "0::/path".
std::string GroupOf(std::string_view cgroups, const std::string& controller) {
  std::istringstream lines{std::string(cgroups)};
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool fits = controller.empty() ? controllers.empty() : HasWord(controllers, controller);
    if (fits) return line.substr(second + 1);
  }
  return "";
}

// The group we are in and those above it.
std::vector<fs::path> Upward(const CgroupMount& mount, const std::string& group) {
  std::vector<fs::path> places;
  if (mount.point.empty() || group.empty()) return places;
  std::string relative = group;
  if (mount.root != "/" && relative.starts_with(mount.root)) relative.erase(0, mount.root.size());
  fs::path below = fs::path(relative).relative_path().lexically_normal();
  for (; !below.empty() && below != "."; below = below.parent_path())
    places.push_back(fs::path(mount.point) / below);
  places.emplace_back(mount.point);
  return places;
}

bool WriteTo(const fs::path& file, const std::string& text) {
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd.valid() &&
         ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

constexpr std::string_view kPrefix = "inhouse-";

// Tells whose it is: inhouse-PID-RANDOM.
std::string UniqueName() {
  uint64_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != static_cast<ssize_t>(sizeof(random))) return "";
  return std::string(kPrefix) + std::to_string(::getpid()) + "-" + std::to_string(random);
}

// Removes what programs left that were killed. One with processes stays.
void RemoveLeftovers(const fs::path& parent) {
  std::error_code code;
  for (fs::directory_iterator it(parent, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const long pid = std::strtol(name.c_str() + kPrefix.size(), nullptr, 10);
    const bool gone = pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
    if (gone) ::rmdir(it->path().c_str());
  }
}

// The number after "name " on a line of its own.
int64_t Counter(const fs::path& file, const std::string& name) {
  const Result<std::string> text = ReadFile(file, kMaxProcBytes);
  if (!text.ok()) return 0;
  std::istringstream words(*text);
  std::string word;
  int64_t value = 0;
  while (words >> word >> value) {
    if (word == name) return value;
  }
  return 0;
}

}  // namespace

CgroupPlaces FindCgroupPlaces(std::string_view cgroups, std::string_view mountinfo) {
  CgroupPlaces places;
  if (const CgroupMount memory = MountOf(mountinfo, "cgroup", "memory"); !memory.point.empty()) {
    places.version = 1;
    places.memory = Upward(memory, GroupOf(cgroups, "memory"));
    places.processes = Upward(MountOf(mountinfo, "cgroup", "pids"), GroupOf(cgroups, "pids"));
  } else if (const CgroupMount all = MountOf(mountinfo, "cgroup2", ""); !all.point.empty()) {
    places.version = 2;
    places.memory = Upward(all, GroupOf(cgroups, ""));
  }
  if (places.memory.empty()) places.version = 0;
  return places;
}

bool SandboxCgroup::MakeIn(const fs::path& parent, const char* probe) {
  RemoveLeftovers(parent);
  const fs::path folder = parent / UniqueName();
  std::error_code code;
  if (!fs::create_directory(folder, code)) return false;
  if (::access((folder / probe).c_str(), W_OK) == 0) {
    folders_.push_back(folder);
    return true;
  }
  fs::remove(folder, code);
  return false;
}

SandboxCgroup SandboxCgroup::MakeBelow(const CgroupPlaces& places, const SandboxLimits& limits) {
  SandboxCgroup made;
  made.version_ = places.version;
  const bool v1 = places.version == 1;
  const std::string bytes = std::to_string(limits.total_memory_bytes);
  const std::string processes = std::to_string(limits.processes + kSpareProcesses);
  const char* memory_file = v1 ? "memory.limit_in_bytes" : "memory.max";
  const bool found =
      std::any_of(places.memory.begin(), places.memory.end(),
                  [&](const fs::path& parent) { return made.MakeIn(parent, memory_file); });
  if (!found || !WriteTo(made.folders_[0] / memory_file, bytes)) return {};
  // Swap counts too; not every kernel can limit it.
  WriteTo(made.folders_[0] / (v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max"),
          v1 ? bytes : "0");
  if (!v1) {
    made.limits_processes_ = WriteTo(made.folders_[0] / "pids.max", processes);
    return made;
  }
  for (const fs::path& parent : places.processes) {
    if (!made.MakeIn(parent, "pids.max")) continue;
    made.limits_processes_ = WriteTo(made.folders_[1] / "pids.max", processes);
    break;
  }
  return made;
}

SandboxCgroup SandboxCgroup::Make(const SandboxLimits& limits) {
  const Result<std::string> cgroups = ReadFile("/proc/self/cgroup", kMaxProcBytes);
  const Result<std::string> mounts = ReadFile("/proc/self/mountinfo", kMaxProcBytes);
  if (!cgroups.ok() || !mounts.ok()) return {};
  SandboxCgroup made = MakeBelow(FindCgroupPlaces(*cgroups, *mounts), limits);
  // A user may be allowed to make one and not to move a process there: both ends must be his.
  for (const fs::path& folder : made.folders_) {
    const fs::path above = folder.parent_path() / "cgroup.procs";
    if (::access((folder / "cgroup.procs").c_str(), W_OK) != 0 ||
        ::access(above.c_str(), W_OK) != 0) {
      return {};
    }
  }
  return made;
}

SandboxCgroup SandboxCgroup::Of(pid_t pid) {
  const Result<std::string> cgroups =
      ReadFile("/proc/" + std::to_string(pid) + "/cgroup", kMaxProcBytes);
  const Result<std::string> mounts = ReadFile("/proc/self/mountinfo", kMaxProcBytes);
  SandboxCgroup found;
  if (!cgroups.ok() || !mounts.ok()) return found;
  CgroupPlaces places = FindCgroupPlaces(*cgroups, *mounts);
  if (places.version == 0) return found;
  found.version_ = places.version;
  found.owned_ = false;
  found.folders_ = {std::move(places.memory.front())};
  return found;
}

SandboxCgroup::~SandboxCgroup() { Remove(); }

SandboxCgroup::SandboxCgroup(SandboxCgroup&& other) noexcept
    : folders_(std::exchange(other.folders_, {})),
      version_(other.version_),
      owned_(other.owned_),
      limits_processes_(other.limits_processes_) {}

SandboxCgroup& SandboxCgroup::operator=(SandboxCgroup&& other) noexcept {
  if (this != &other) {
    Remove();
    folders_ = std::exchange(other.folders_, {});
    version_ = other.version_;
    owned_ = other.owned_;
    limits_processes_ = other.limits_processes_;
  }
  return *this;
}

void SandboxCgroup::Remove() {
  if (owned_) {
    for (const fs::path& folder : folders_) ::rmdir(folder.c_str());
  }
  folders_.clear();
}

std::vector<std::string> SandboxCgroup::JoinFiles() const {
  std::vector<std::string> files;
  files.reserve(folders_.size());
  for (const fs::path& folder : folders_) files.push_back((folder / "cgroup.procs").string());
  return files;
}

bool SandboxCgroup::RanOutOfMemory() const {
  if (!valid()) return false;
  return Counter(folders_[0] / (version_ == 1 ? "memory.oom_control" : "memory.events"),
                 "oom_kill") > 0;
}

bool CgroupCanBeMade() { return SandboxCgroup::Make({}).valid(); }

}  // namespace inhouse
