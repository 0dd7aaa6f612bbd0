#include "agent/kernel/sandbox_launcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/kernel/seccomp_filter.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBubblewrap = "/usr/bin/bwrap";
constexpr const char* kPasswd =
    "user:x:1000:1000:user:/home/user:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";

Error SandboxError(const std::string& what) { return {ErrorKind::kSandbox, what}; }

// Descriptors as the child sees them.
enum ChildFd { kFrames = 3, kArgs, kSeccomp, kInfo, kStatus, kPasswdFd, kProgram };

Result<UniqueFd> MemoryFile(const char* name, std::string_view content) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return SandboxError("cannot make a memory file: " + ErrnoText(errno));
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::write(file.get(), content.data() + done, content.size() - done);
    if (n < 0) return SandboxError("cannot fill a memory file: " + ErrnoText(errno));
    done += static_cast<size_t>(n);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

Status MakePipe(UniqueFd* read_end, UniqueFd* write_end) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return SandboxError("cannot make a pipe: " + ErrnoText(errno));
  *read_end = UniqueFd(fds[0]);
  *write_end = UniqueFd(fds[1]);
  return {};
}

struct StagedMount {
  std::string source, target;
  bool is_folder = false;
};

// What the child does before exec when we are root; all strings made before fork.
struct RootPlan {
  std::string staging;
  std::vector<StagedMount> mounts;
  uid_t uid = 0;
};

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
  return ::mount(nullptr, mount.target.c_str(), nullptr, flags, nullptr) == 0 ? 0 : errno;
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

int PrepareAsRoot(const void* context, const char** stage) {
  const auto* plan = static_cast<const RootPlan*>(context);
  *stage = "making a private mount namespace";
  if (::unshare(CLONE_NEWNS) != 0) return errno;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  *stage = "mounting the staging folder";
  if (::mount("tmpfs", plan->staging.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755") !=
      0)
    return errno;
  for (const StagedMount& mount : plan->mounts) {
    if (const int error_number = StageOne(mount, stage); error_number != 0) return error_number;
  }
  if (::chdir("/") != 0) return errno;
  return DropRights(plan->uid, stage);
}

// A uid that nobody has and that no other running session uses.
uid_t UnusedUid() {
  const auto pid = static_cast<uid_t>(::getpid());
  uid_t first = 0, inside = 0, count = 0;
  if (std::FILE* map = std::fopen("/proc/self/uid_map", "re")) {
    // In a container only part of the range exists; then stay below 65,000.
    if (std::fscanf(map, "%u %u %u", &first, &inside, &count) != 3) count = 0;
    std::fclose(map);
  }
  return count > 1950000000U ? 1900000000U + pid : 61184U + pid % 3500U;
}

// The first entry below `path` that others may not read, or "". Looks at no
// more than `budget` entries.
std::string UnreadableForOthers(const fs::path& path, int budget) {
  auto denied = [](const fs::path& entry) {
    struct stat info {};
    if (::lstat(entry.c_str(), &info) != 0 || S_ISLNK(info.st_mode)) return false;
    const mode_t need = S_ISDIR(info.st_mode) ? S_IROTH | S_IXOTH : mode_t{S_IROTH};
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

Status CheckMounts(const SandboxPolicy& policy, bool is_root) {
  for (const ReadOnlyMount& mount : policy.read_only) {
    std::error_code code;
    if (!fs::exists(mount.host, code)) {
      return BadInput("the path " + mount.host.string() + " (shown as " + mount.inside +
                      " in the sandbox) does not exist; mend --data or [run] in inhouse.toml");
    }
    if (!is_root) continue;
    if (const std::string file = UnreadableForOthers(mount.host, 2000); !file.empty()) {
      return BadInput(file +
                      " is not readable for the sandbox's unprivileged user; run: chmod -R o+rX " +
                      mount.host.string());
    }
  }
  return {};
}

// Replaces each host path by its staging point.
Status PlanStaging(std::vector<ReadOnlyMount>* mounts, RootPlan* plan) {
  std::string pattern = (fs::temp_directory_path() / "inhouse-stage-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return SandboxError("cannot make a staging folder in " + fs::temp_directory_path().string() +
                        ": " + ErrnoText(errno));
  }
  ::chmod(pattern.c_str(), 0755);
  plan->staging = pattern;
  plan->uid = UnusedUid();
  for (size_t i = 0; i < mounts->size(); ++i) {
    ReadOnlyMount& mount = (*mounts)[i];
    std::error_code code;
    const fs::path real = fs::canonical(mount.host, code);
    StagedMount staged{code ? mount.host.string() : real.string(),
                       pattern + "/" + std::to_string(i), fs::is_directory(mount.host, code)};
    mount.host = staged.target;
    plan->mounts.push_back(std::move(staged));
  }
  return {};
}

std::string NulSeparated(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(word).push_back('\0');
  return text;
}

Status CheckBubblewrap() {
  if (::access(kBubblewrap, X_OK) == 0) return {};
  return SandboxError(
      std::string(kBubblewrap) +
      " is missing: model-written code only runs confined; install bubblewrap 0.8 or newer "
      "(Debian: apt-get install bubblewrap)");
}

Status OpenWorkFolder(SandboxProcess* sandbox) {
  const std::string path =
      "/proc/" + std::to_string(sandbox->init_pid) + "/root" + SandboxPolicy::kWork;
  sandbox->work = UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (sandbox->work.valid()) return {};
  return SandboxError("cannot reach the sandbox's work folder: " + ErrnoText(errno));
}

}  // namespace

Result<SandboxProcess> LaunchSandbox(const SandboxPolicy& policy, std::string_view program) {
  RETURN_IF_ERROR(CheckBubblewrap());
  const bool is_root = ::geteuid() == 0;
  RETURN_IF_ERROR(CheckMounts(policy, is_root));
  ASSIGN_OR_RETURN(const PythonInstallation python, LocatePython(policy.python));
  std::vector<ReadOnlyMount> mounts = python.mounts;
  mounts.insert(mounts.end(), policy.read_only.begin(), policy.read_only.end());
  for (const fs::path& socket : policy.sockets) {
    mounts.push_back({socket, "/run/brokers/" + socket.filename().string()});
  }
  RootPlan root_plan;
  if (is_root) RETURN_IF_ERROR(PlanStaging(&mounts, &root_plan));

  SandboxProcess sandbox{};
  sandbox.staging = root_plan.staging;
  ASSIGN_OR_RETURN(const UniqueFd filter, CompileSeccompFilter());
  ASSIGN_OR_RETURN(const UniqueFd passwd, MemoryFile("passwd", kPasswd));
  ASSIGN_OR_RETURN(const UniqueFd source, MemoryFile("program", program));
  const BubblewrapFds numbers{kSeccomp, kInfo, kStatus, kPasswdFd, kProgram};
  const std::vector<std::string> command = {python.executable, "-u", kProgramPath};
  ASSIGN_OR_RETURN(
      const UniqueFd args,
      MemoryFile("args", NulSeparated(BubblewrapArguments(policy, mounts, numbers, command))));
  UniqueFd output_writer, info_writer, status_reader, status_writer;
  RETURN_IF_ERROR(MakePipe(&sandbox.output, &output_writer));
  RETURN_IF_ERROR(MakePipe(&sandbox.info, &info_writer));
  RETURN_IF_ERROR(MakePipe(&status_reader, &status_writer));
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return SandboxError("cannot make a socket pair: " + ErrnoText(errno));
  }
  sandbox.frames = UniqueFd(pair[0]);
  const UniqueFd inside(pair[1]);
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));

  SpawnPlan plan;
  plan.program = kBubblewrap;
  plan.arguments = {"--args", std::to_string(kArgs)};
  plan.environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
  plan.fds = {{null.get(), 0},
              {output_writer.get(), 1},
              {output_writer.get(), 2},
              {inside.get(), kFrames},
              {args.get(), kArgs},
              {filter.get(), kSeccomp},
              {info_writer.get(), kInfo},
              {status_writer.get(), kStatus},
              {passwd.get(), kPasswdFd},
              {source.get(), kProgram}};
  if (is_root) {
    plan.prepare = PrepareAsRoot;
    plan.context = &root_plan;
  }
  Result<ChildProcess> child = ChildProcess::Spawn(plan);
  if (!child.ok()) {
    if (is_root) ::rmdir(root_plan.staging.c_str());
    return Error{ErrorKind::kSandbox, "the sandbox cannot be set up: " + child.error().message +
                                          "; model-written code only runs confined"};
  }
  sandbox.process = std::move(child).value();
  return sandbox;
}

Status FinishLaunch(SandboxProcess* sandbox) {
  std::string text;
  char buffer[512];
  for (ssize_t n;
       text.size() < 8192 && (n = ::read(sandbox->info.get(), buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(n));
  }
  sandbox->info.reset();
  if (!sandbox->staging.empty()) ::rmdir(sandbox->staging.c_str());
  sandbox->staging.clear();
  const nlohmann::json info = nlohmann::json::parse(text, nullptr, false);
  if (!info.is_object() || !info.contains("child-pid") || !info["child-pid"].is_number_integer()) {
    return SandboxError(
        "bubblewrap did not say which process it started; version 0.8 or newer is needed");
  }
  sandbox->init_pid = info["child-pid"].get<pid_t>();
  return OpenWorkFolder(sandbox);
}

Error ExplainLaunchFailure(std::string_view output) {
  const std::string first(output.substr(0, output.find('\n')));
  const std::string text = first.empty() ? "it ended without a message" : first;
  std::string remedy = "see docs/sandbox.md";
  if (text.find("namespace") != std::string::npos || text.find("uid map") != std::string::npos) {
    remedy =
        "user namespaces are not allowed here; on Ubuntu 24.04 add an AppArmor profile for bwrap "
        "or set "
        "kernel.apparmor_restrict_unprivileged_userns=0; in a container allow them "
        "(docs/sandbox.md)";
  } else if (text.find("mount proc") != std::string::npos) {
    remedy =
        "/proc cannot be mounted in this container; run it with an unmasked /proc "
        "(docs/sandbox.md)";
  } else if (text.find("nknown option") != std::string::npos) {
    remedy = "bubblewrap 0.8 or newer is needed";
  }
  return SandboxError("the sandbox did not start (" + text + "); " + remedy);
}

pid_t ProgramPid(const SandboxProcess& sandbox) {
  const std::string init = std::to_string(sandbox.init_pid);
  const std::string path = "/proc/" + init + "/task/" + init + "/children";
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  if (!fd.valid() || ::read(fd.get(), text, sizeof(text) - 1) <= 0) return -1;
  return static_cast<pid_t>(std::strtol(text, nullptr, 10));
}

}  // namespace inhouse
