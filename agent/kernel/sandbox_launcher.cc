#include "agent/kernel/sandbox_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/kernel/root_staging.h"
#include "agent/kernel/seccomp_filter.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrlimit = "/usr/bin/prlimit";
constexpr const char* kPasswd =
    "user:x:1000:1000:user:/home/user:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";
constexpr const char* kWritable[] = {SandboxPolicy::kWork, "/tmp", "/dev/shm", "/home/user"};

Error SandboxError(const std::string& what) { return {ErrorKind::kSandbox, what}; }

// Descriptors as the child sees them.
enum ChildFd { kFrames = 3, kArgs, kSeccomp, kInfo, kPasswdFd, kProgram };

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

std::string NulSeparated(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(word).push_back('\0');
  return text;
}

Status CheckTools(const SandboxPolicy& policy) {
  if (::access(policy.bubblewrap.c_str(), X_OK) != 0) {
    return SandboxError(
        policy.bubblewrap.string() +
        " is missing: model-written code only runs confined; install bubblewrap 0.8 or newer "
        "(Debian: apt-get install bubblewrap)");
  }
  if (::access(kPrlimit, X_OK) == 0) return {};
  return SandboxError(std::string(kPrlimit) +
                      " is missing: limits cannot be set without it; install util-linux");
}

// Everything bubblewrap is handed, alive until it has been started.
struct Handover {
  UniqueFd filter, passwd, args, output, info, frames, null;
  std::vector<UniqueFd> program;
};

Status FillHandover(const SandboxPolicy& policy, const std::vector<ReadOnlyMount>& mounts,
                    const std::vector<ProgramFile>& program, Handover* handover) {
  ASSIGN_OR_RETURN(handover->filter, CompileSeccompFilter());
  ASSIGN_OR_RETURN(handover->passwd, MemoryFile("passwd", kPasswd));
  BubblewrapFds numbers{kSeccomp, kInfo, kPasswdFd, {}};
  for (const ProgramFile& file : program) {
    ASSIGN_OR_RETURN(UniqueFd content, MemoryFile("program", file.content));
    numbers.program.emplace_back(kProgram + static_cast<int>(handover->program.size()), file.name);
    handover->program.push_back(std::move(content));
  }
  ASSIGN_OR_RETURN(handover->args,
                   MemoryFile("args", NulSeparated(BubblewrapArguments(policy, mounts, numbers))));
  handover->null = UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  return {};
}

Status Connect(SandboxProcess* sandbox, Handover* handover) {
  RETURN_IF_ERROR(MakePipe(&sandbox->output, &handover->output));
  RETURN_IF_ERROR(MakePipe(&sandbox->info, &handover->info));
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return SandboxError("cannot make a socket pair: " + ErrnoText(errno));
  }
  sandbox->frames = UniqueFd(pair[0]);
  handover->frames = UniqueFd(pair[1]);
  return {};
}

// Only the command stands on the command line, where the sandbox can read it:
// it names no host path.
SpawnPlan PlanSpawn(const SandboxPolicy& policy, const Handover& handover,
                    const std::vector<std::string>& command) {
  SpawnPlan plan;
  plan.program = policy.bubblewrap.string();
  plan.arguments = {"--args", std::to_string(kArgs), "--"};
  plan.arguments.insert(plan.arguments.end(), command.begin(), command.end());
  plan.environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
  plan.fds = {{handover.null.get(), 0},     {handover.output.get(), 1},
              {handover.output.get(), 2},   {handover.frames.get(), kFrames},
              {handover.args.get(), kArgs}, {handover.filter.get(), kSeccomp},
              {handover.info.get(), kInfo}, {handover.passwd.get(), kPasswdFd}};
  for (size_t i = 0; i < handover.program.size(); ++i) {
    plan.fds.push_back({handover.program[i].get(), kProgram + static_cast<int>(i)});
  }
  return plan;
}

// Reads bubblewrap's description of itself, which comes in pieces and without
// an end of file: until it is a whole JSON object. -1 if it never is.
pid_t ReadInitPid(int info_fd) {
  std::string text;
  char buffer[512];
  for (int i = 0; i < 64 && text.size() < 8192; ++i) {
    pollfd readable{info_fd, POLLIN, 0};
    if (::poll(&readable, 1, 5000) <= 0) return -1;
    const ssize_t n = ::read(info_fd, buffer, sizeof(buffer));
    if (n <= 0) return -1;
    text.append(buffer, static_cast<size_t>(n));
    const nlohmann::json info = nlohmann::json::parse(text, nullptr, false);
    if (!info.is_object()) continue;
    const auto pid = info.find("child-pid");
    return pid != info.end() && pid->is_number_integer() ? pid->get<pid_t>() : -1;
  }
  return -1;
}

UniqueFd OpenProcess(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// The only child of the sandbox's pid 1, or -1.
pid_t FirstChild(pid_t init_pid) {
  const std::string init = std::to_string(init_pid);
  const std::string path = "/proc/" + init + "/task/" + init + "/children";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  if (!fd.valid() || ::read(fd.get(), text, sizeof(text) - 1) <= 0) return -1;
  return static_cast<pid_t>(std::strtol(text, nullptr, 10));
}

Status OpenFolders(pid_t program, SandboxProcess* sandbox) {
  for (const char* folder : kWritable) {
    const std::string path = "/proc/" + std::to_string(program) + "/root" + folder;
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) {
      return SandboxError("cannot reach the sandbox's folder " + std::string(folder) + ": " +
                          ErrnoText(errno));
    }
    sandbox->writable.push_back(std::move(fd));
  }
  sandbox->work = UniqueFd(::fcntl(sandbox->writable[0].get(), F_DUPFD_CLOEXEC, 0));
  return {};
}

}  // namespace

Result<SandboxProcess> LaunchSandbox(const SandboxPolicy& policy,
                                     const std::vector<ProgramFile>& program) {
  RETURN_IF_ERROR(CheckTools(policy));
  RETURN_IF_ERROR(CheckPolicy(policy));
  ASSIGN_OR_RETURN(const PythonInstallation python, LocatePython(policy.python));
  std::vector<ReadOnlyMount> mounts = python.mounts;
  mounts.insert(mounts.end(), policy.read_only.begin(), policy.read_only.end());
  for (const fs::path& socket : policy.sockets) {
    mounts.push_back({socket, "/run/brokers/" + socket.filename().string()});
  }
  std::optional<RootStaging> staging;
  if (::geteuid() == 0) {
    ASSIGN_OR_RETURN(staging, PlanStaging(&mounts));
  }
  SandboxProcess sandbox;
  Handover handover;
  RETURN_IF_ERROR(FillHandover(policy, mounts, program, &handover));
  RETURN_IF_ERROR(Connect(&sandbox, &handover));
  const std::vector<std::string> command = {python.executable, "-u",
                                            kProgramFolder + program[0].name};
  SpawnPlan plan = PlanSpawn(policy, handover, WithLimits(policy.limits, command));
  plan.prepare = staging ? PrepareAsRoot : PrepareAsUser;
  plan.context = staging ? &*staging : nullptr;
  Result<ChildProcess> child = ChildProcess::Spawn(plan);
  if (!child.ok()) {
    return SandboxError("the sandbox cannot be set up: " + child.error().message +
                        "; model-written code only runs confined (docs/sandbox.md)");
  }
  sandbox.process = std::move(child).value();
  return sandbox;
}

Status FinishLaunch(SandboxProcess* sandbox) {
  sandbox->init_pid = ReadInitPid(sandbox->info.get());
  sandbox->info.reset();
  if (sandbox->init_pid <= 1) {
    return SandboxError(
        "bubblewrap did not say which process it started; version 0.8 or newer is needed");
  }
  UniqueFd init = OpenProcess(sandbox->init_pid);
  const pid_t program = FirstChild(sandbox->init_pid);
  if (program > 1) sandbox->program = OpenProcess(program);
  if (!init.valid() || !sandbox->program.valid()) {
    return SandboxError(
        "the sandbox's processes cannot be found in /proc; mount it without hidepid");
  }
  sandbox->process.AdoptInner(std::move(init));
  return OpenFolders(program, sandbox);
}

Error ExplainLaunchFailure(std::string_view output) {
  const std::string first(output.substr(0, output.find('\n')));
  const std::string text = first.empty() ? "it ended without a message" : first;
  auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
  std::string remedy = "see docs/sandbox.md";
  if (says("namespace") || says("uid map")) {
    remedy =
        "user namespaces are not allowed here; on Ubuntu 24.04 add an AppArmor profile for bwrap "
        "or set kernel.apparmor_restrict_unprivileged_userns=0; in a container allow them "
        "(docs/sandbox.md)";
  } else if (says("mount proc")) {
    remedy =
        "/proc cannot be mounted in this container; run it with an unmasked /proc "
        "(docs/sandbox.md)";
  } else if (says("Python 3.9 or newer")) {
    remedy = "set [run] python in inhouse.toml or pass --python";
  } else if (says("nknown option")) {
    remedy = "bubblewrap 0.8 or newer is needed";
  }
  return SandboxError("the sandbox did not start (" + text + "); " + remedy);
}

void InterruptProgram(const SandboxProcess& sandbox) {
  if (sandbox.program.valid()) {
    ::syscall(SYS_pidfd_send_signal, sandbox.program.get(), SIGINT, nullptr, 0);
  }
}

}  // namespace inhouse
