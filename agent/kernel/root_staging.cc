#include "agent/kernel/root_staging.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <utility>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kFirstUid = 2100000000, kLastUid = 2147000000;  // of them one is drawn
constexpr uid_t kFirstFewUid = 61184, kFewUids = 3500;          // where there are no more
constexpr int kMaxDraws = 100;

// Flags that a mount may have and that a remount must keep where we do not own it.
unsigned long KeptFlags(const char* path) {
  static constexpr std::pair<unsigned long, unsigned long> kPairs[] = {
      {ST_NOEXEC, MS_NOEXEC},
      {ST_NOATIME, MS_NOATIME},
      {ST_NODIRATIME, MS_NODIRATIME},
      {ST_RELATIME, MS_RELATIME}};
  struct statvfs info {};
  if (::statvfs(path, &info) != 0) return 0;
  unsigned long flags = 0;
  for (const auto& [from, to] : kPairs) flags |= (info.f_flag & from) != 0 ? to : 0;
  return flags;
}

int StageOne(const StagedMount& mount, const char** stage) {
  *stage = "making a staging point";
  if (mount.is_folder) {
    if (::mkdir(mount.target.c_str(), 0755) != 0) return errno;
  } else {
    const int fd = ::open(mount.target.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0) return errno;
    ::close(fd);
  }
  *stage = "binding a path of the policy";
  if (::mount(mount.source.c_str(), mount.target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
    return errno;
  *stage = "making a staged path read-only";
  const unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV;
  const unsigned long kept = KeptFlags(mount.target.c_str());
  return ::mount(nullptr, mount.target.c_str(), nullptr, flags | kept, nullptr) == 0 ? 0 : errno;
}

int DropRights(uid_t uid, const char** stage) {
  *stage = "dropping to an unprivileged user";
  if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 ||
      ::setresuid(uid, uid, uid) != 0) {
    return errno;
  }
  // Proof: what was given up cannot be taken back.
  return ::setresuid(0, 0, 0) == 0 ? EPERM : 0;
}

// Best effort: a system without it is no less confined.
void OfferToOutOfMemoryKiller() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(fd, "1000", 4);
  ::close(fd);
}

// Best effort too: who starts with the limit 0 cannot go back to 1.
void ForbidCoreFiles() {
  const rlimit one{1, 1};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &one));
}

// Whoever runs us without a random layout of memory (setarch -R, debuggers) keeps it to himself.
void RandomizeLayout() { static_cast<void>(::personality(PER_LINUX)); }

int JoinCgroup(const char* file, const char** stage) {
  *stage = "joining the sandbox's control group";
  const int fd = ::open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error_number = ::write(fd, "0", 1) == 1 ? 0 : errno;
  ::close(fd);
  return error_number;
}

int Stage(const RootStaging& plan, const char** stage) {
  *stage = "making a private mount namespace (run as an ordinary user instead)";
  if (::unshare(CLONE_NEWNS) != 0) return errno;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  *stage = "mounting the staging folder";
  if (::mount("tmpfs", plan.folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755") !=
      0)
    return errno;
  for (const StagedMount& mount : plan.mounts) {
    if (const int error_number = StageOne(mount, stage); error_number != 0) return error_number;
  }
  return ::chdir("/") == 0 ? 0 : errno;
}

// How many uids exist here: all of them, or the few of a container.
int64_t UidCount() {
  const Result<std::string> map = ReadFile("/proc/self/uid_map", 1 << 16);
  int64_t first = 0, outside = 0, count = 0;
  if (map.ok()) std::istringstream(*map) >> first >> outside >> count;
  return count;
}

// Whether a process of it runs here: another sandbox, or a service that was given the same number.
bool HasProcess(uid_t uid) {
  std::error_code code;
  for (fs::directory_iterator it("/proc", code), end; !code && it != end; it.increment(code)) {
    struct stat info {};
    const std::string name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (::stat(it->path().c_str(), &info) == 0 && info.st_uid == uid) return true;
  }
  return false;
}

// A uid that nobody has. Above what directory services (up to 2,000,200,000 in SSSD) and container
// managers give; in a container with few, between Debian's own and nobody.
Result<uid_t> UnusedUid() {
  const bool many = UidCount() > kLastUid;
  for (int draws = 0; draws < kMaxDraws; ++draws) {
    uint32_t random = 0;
    if (::getrandom(&random, sizeof(random), 0) != static_cast<ssize_t>(sizeof(random))) {
      return Error{ErrorKind::kSandbox, "cannot draw a user id: " + ErrnoText(errno)};
    }
    const uid_t uid =
        many ? kFirstUid + random % (kLastUid - kFirstUid) : kFirstFewUid + random % kFewUids;
    if (!HasProcess(uid)) return uid;
  }
  return Error{ErrorKind::kSandbox,
               "no user id is free for the sandbox; run as an ordinary user instead"};
}

// hidden_places.h
bool IsCovered(mode_t mode) { return S_ISSOCK(mode) || S_ISFIFO(mode); }

// The first entry below `path` that others may not read, or "". Looks at no
// more than `budget` entries.
std::string UnreadableForOthers(const fs::path& path, int budget) {
  auto denied = [&path](const fs::path& entry) {
    struct stat info {};
    const bool closed_anyway = ::lstat(entry.c_str(), &info) != 0 || S_ISLNK(info.st_mode) ||
                               (IsCovered(info.st_mode) && entry != path);
    if (closed_anyway) return false;
    const mode_t need = S_ISDIR(info.st_mode)    ? mode_t{S_IROTH | S_IXOTH}
                        : S_ISSOCK(info.st_mode) ? mode_t{S_IWOTH}
                                                 : mode_t{S_IROTH};
    return (info.st_mode & need) != need;
  };
  if (denied(path)) return path.string();
  std::error_code code;
  for (fs::recursive_directory_iterator it(path, code), end; it != end && budget-- > 0;
       it.increment(code)) {
    if (code) break;
    if (denied(it->path())) return it->path().string();
  }
  return "";
}

bool Covers(const fs::path& folder, const fs::path& path) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

// An existing folder that can be covered in our namespace: none of the sources is below it.
Result<std::string> StagingFolder(const std::vector<StagedMount>& mounts) {
  for (const char* candidate : {"/mnt", "/media", "/srv", "/opt", "/tmp", "/var/tmp"}) {
    struct stat info {};
    const bool usable = ::lstat(candidate, &info) == 0 && S_ISDIR(info.st_mode);
    const bool covers = std::any_of(mounts.begin(), mounts.end(), [&](const StagedMount& mount) {
      return Covers(candidate, mount.source);
    });
    if (usable && !covers) return std::string(candidate);
  }
  return Error{ErrorKind::kSandbox,
               "no folder is free to stage the sandbox's paths; make an empty folder /mnt"};
}

}  // namespace

Result<RootStaging> PlanStaging(std::vector<ReadOnlyMount>* mounts) {
  RootStaging staging;
  ASSIGN_OR_RETURN(staging.uid, UnusedUid());
  for (const ReadOnlyMount& mount : *mounts) {
    std::error_code code;
    const fs::path real = fs::canonical(mount.host, code);
    if (code) return BadInput("the path " + mount.host.string() + " does not exist");
    const std::string file = mount.of_system ? "" : UnreadableForOthers(real, 2000);
    if (!file.empty()) {
      return BadInput(file +
                      " is not readable for the sandbox's unprivileged user; run: chmod -R o+rX " +
                      mount.host.string());
    }
    staging.mounts.push_back({real.string(), "", fs::is_directory(real, code)});
  }
  ASSIGN_OR_RETURN(staging.folder, StagingFolder(staging.mounts));
  for (size_t i = 0; i < mounts->size(); ++i) {
    staging.mounts[i].target = staging.folder + "/" + std::to_string(i);
    (*mounts)[i].host = staging.mounts[i].target;
  }
  return staging;
}

int PrepareSandbox(const void* context, const char** stage) {
  const auto* plan = static_cast<const Preparation*>(context);
  OfferToOutOfMemoryKiller();
  ForbidCoreFiles();
  RandomizeLayout();
  for (const std::string& file : plan->cgroup_joins) {
    if (const int error_number = JoinCgroup(file.c_str(), stage); error_number != 0)
      return error_number;
  }
  if (!plan->staged) return 0;
  if (const int error_number = Stage(plan->staging, stage); error_number != 0) return error_number;
  return plan->keeps_rights ? 0 : DropRights(plan->staging.uid, stage);
}

}  // namespace inhouse
