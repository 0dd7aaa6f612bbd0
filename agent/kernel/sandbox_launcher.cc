#include "agent/kernel/sandbox_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/kernel/container_config.h"
#include "agent/kernel/hidden_places.h"
#include "agent/kernel/podman_launcher.h"
#include "agent/kernel/root_staging.h"
#include "agent/kernel/seccomp_filter.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrlimit = "usr/bin/prlimit";  // below the system's root
constexpr const char* kBash = "usr/bin/bash";        // in front of the program (container_config.h)
constexpr const char* kOwnKernel = "own-kernel";     // said to the program: its uid is gVisor's
constexpr const char* kHostProc = "host-proc";       // and /proc is not the sandbox's own
constexpr const char* kPasswd =
    "user:x:1000:1000:user:/home/user:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";

Error SandboxError(const std::string& what) { return {ErrorKind::kSandbox, what}; }

// Descriptors as the child sees them.
enum ChildFd { kFrames = 3, kArgs, kSeccomp, kInfo, kPasswdFd, kBundle, kProgram };

Result<UniqueFd> MemoryFile(const char* name, std::string_view content) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return SandboxError("cannot make a memory file: " + ErrnoText(errno));
  if (const int failed = WriteAll(file.get(), content); failed != 0)
    return SandboxError("cannot fill a memory file: " + ErrnoText(failed));
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

Status CheckTool(const fs::path& program, const std::string& package, const std::string& remedy) {
  if (::access(program.c_str(), X_OK) == 0) return {};
  return SandboxError(program.string() +
                      " is missing: model-written code only runs confined; install " + package +
                      " (Debian: apt-get install " + remedy + ")");
}

Status CheckTools(const SandboxPolicy& policy) {
  if (policy.kind == SandboxKind::kPodman) {
    RETURN_IF_ERROR(CheckTool(policy.podman, "podman, or choose another sandbox", "podman"));
  } else {
    RETURN_IF_ERROR(CheckTool(policy.bubblewrap, "bubblewrap 0.8 or newer", "bubblewrap"));
  }
  if (policy.kind == SandboxKind::kGvisor) {
    RETURN_IF_ERROR(CheckTool(policy.runsc, "gVisor's runsc, or choose another sandbox", "runsc"));
  }
  const fs::path system = policy.root.empty() ? "/" : policy.root;
  if (policy.kind != SandboxKind::kBubblewrap) {
    RETURN_IF_ERROR(CheckTool(system / kBash, "bash", "bash"));
  }
  return CheckTool(system / kPrlimit, "util-linux", "util-linux");
}

// Everything bubblewrap is handed, alive until it has been started.
struct Handover {
  UniqueFd filter, passwd, args, output, info, frames, null, bundle, line;
  std::vector<UniqueFd> program;
};

Status FillHandover(const SandboxPolicy& policy, const std::vector<ReadOnlyMount>& mounts,
                    const std::vector<ProgramFile>& program,
                    const std::vector<std::string>& command, Handover* handover) {
  ASSIGN_OR_RETURN(handover->filter, CompileSeccompFilter());
  ASSIGN_OR_RETURN(handover->passwd, MemoryFile("passwd", kPasswd));
  if (policy.kind == SandboxKind::kGvisor) {
    ASSIGN_OR_RETURN(handover->bundle, MemoryFile("bundle", GvisorConfig(policy, command).dump()));
  }
  BubblewrapFds numbers{kSeccomp, kInfo, kPasswdFd, kBundle, {}};
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
  RETURN_IF_ERROR(MakePipe(&handover->line, &sandbox->line));
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
  plan.fds = {{handover.output.get(), 2},
              {handover.args.get(), kArgs},
              {handover.info.get(), kInfo},
              {handover.passwd.get(), kPasswdFd}};
  if (policy.kind == SandboxKind::kGvisor) {  // container_config.h
    plan.fds.push_back({handover.frames.get(), 0});
    plan.fds.push_back({handover.line.get(), 1});
    plan.fds.push_back({handover.bundle.get(), kBundle});
  } else {
    plan.fds.push_back({handover.null.get(), 0});
    plan.fds.push_back({handover.output.get(), 1});
    plan.fds.push_back({handover.frames.get(), kFrames});
    plan.fds.push_back({handover.filter.get(), kSeccomp});
  }
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
  for (const char* folder : kWritableFolders) {
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

// Broker sockets are shown through a relay of ours, which keeps the log.
Status OpenBrokers(const SandboxPolicy& policy, std::vector<ReadOnlyMount>* mounts,
                   SandboxProcess* sandbox) {
  if (policy.sockets.empty()) return {};
  ASSIGN_OR_RETURN(sandbox->brokers, BrokerRelay::Start(policy.sockets, sandbox->scratch->path(),
                                                        policy.broker_log, policy.broker_record));
  const std::vector<ReadOnlyMount>& shown = sandbox->brokers->mounts();
  mounts->insert(mounts->end(), shown.begin(), shown.end());
  return {};
}

Status Spawn(SpawnPlan plan, const Preparation& preparation, SandboxProcess* sandbox) {
  plan.prepare = PrepareSandbox;
  plan.context = &preparation;
  Result<ChildProcess> child = ChildProcess::Spawn(plan);
  if (!child.ok()) {
    return SandboxError("the sandbox cannot be set up: " + child.error().message +
                        "; model-written code only runs confined (docs/sandbox.md)");
  }
  sandbox->process = std::move(child).value();
  return {};
}

// Where our own limits are lower, they stay: what sets the sandbox's could not raise them.
void FitLimits(SandboxLimits* limits) {
  const auto fit = [](int kind, int64_t wanted) {
    rlimit own{};
    const bool found = ::getrlimit(static_cast<__rlimit_resource_t>(kind), &own) == 0;
    if (!found || own.rlim_max == RLIM_INFINITY) return wanted;
    return std::min(wanted, static_cast<int64_t>(own.rlim_max));
  };
  limits->memory_bytes = fit(RLIMIT_AS, limits->memory_bytes);
  limits->file_bytes = fit(RLIMIT_FSIZE, limits->file_bytes);
  limits->cpu = std::chrono::seconds(fit(RLIMIT_CPU, limits->cpu.count()));
  limits->processes = static_cast<int>(fit(RLIMIT_NPROC, limits->processes));
  limits->open_files = static_cast<int>(fit(RLIMIT_NOFILE, limits->open_files));
}

Status LaunchBubblewrap(const SandboxPolicy& policy, std::vector<ReadOnlyMount> mounts,
                        const std::vector<ProgramFile>& program,
                        const std::vector<std::string>& command, SandboxProcess* sandbox) {
  const bool gvisor = policy.kind == SandboxKind::kGvisor;
  // gVisor's own /proc has none, and the kernel lets it mount no /proc below one with covered
  // files.
  if (gvisor) {
    mounts.push_back({policy.runsc, kRunscInside});
  } else {
    HideProc(&mounts);
  }
  Preparation preparation;
  SandboxLimits limits = policy.limits;
  // Each of its processes is two here, and it has threads of its own.
  if (gvisor) limits.processes = 2 * limits.processes + 256;
  sandbox->cgroup = SandboxCgroup::Make(limits);
  preparation.cgroup_joins = sandbox->cgroup.JoinFiles();
  if (::geteuid() == 0) {
    ASSIGN_OR_RETURN(preparation.staging, PlanStaging(&mounts));
    preparation.staged = true;
  }
  Handover handover;
  RETURN_IF_ERROR(FillHandover(policy, mounts, program, command, &handover));
  RETURN_IF_ERROR(Connect(sandbox, &handover));
  if (!gvisor) sandbox->line.reset();
  return Spawn(PlanSpawn(policy, handover, gvisor ? GvisorCommand(policy) : command), preparation,
               sandbox);
}

Status WriteProgram(const fs::path& folder, const std::vector<ProgramFile>& program) {
  RETURN_IF_ERROR(MakeFolder(folder));
  ::chmod(folder.c_str(), 0755);
  for (const ProgramFile& file : program) {
    RETURN_IF_ERROR(WriteFileDurably(folder / file.name, file.content));
    ::chmod((folder / file.name).c_str(), 0644);
  }
  return {};
}

// podman looks for its own settings and storage there.
std::vector<std::string> PodmanOwnEnvironment() {
  std::vector<std::string> environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"};
  const passwd* user = ::getpwuid(::geteuid());
  if (user != nullptr) environment.push_back(std::string("HOME=") + user->pw_dir);
  const std::string runtime = "/run/user/" + std::to_string(::geteuid());
  if (::access(runtime.c_str(), W_OK) == 0) environment.push_back("XDG_RUNTIME_DIR=" + runtime);
  return environment;
}

Status LaunchPodman(const SandboxPolicy& policy, std::vector<ReadOnlyMount> mounts,
                    const std::vector<ProgramFile>& program,
                    const std::vector<std::string>& command, SandboxProcess* sandbox) {
  const fs::path folder = sandbox->scratch->path();
  if (policy.root.empty()) mounts.insert(mounts.begin(), {"/usr", "/usr", true});
  RETURN_IF_ERROR(WriteProgram(folder / "program", program));
  RETURN_IF_ERROR(WriteProgram(folder / "etc", {{"passwd", kPasswd}}));
  mounts.push_back({folder / "etc/passwd", "/etc/passwd"});
  mounts.push_back({folder / "program", "/opt/inhouse"});
  Preparation preparation;
  ASSIGN_OR_RETURN(const PodmanPlan container,
                   PreparePodman(policy, folder, &mounts, &preparation));
  Handover handover;
  RETURN_IF_ERROR(Connect(sandbox, &handover));
  handover.null = UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  SpawnPlan plan;
  plan.program = policy.podman.string();
  plan.arguments = PodmanArguments(policy, mounts, container, command);
  plan.environment = PodmanOwnEnvironment();
  plan.fds = {{handover.null.get(), 0},           {handover.output.get(), 1},
              {handover.output.get(), 2},         {handover.frames.get(), kPodmanFrames},
              {handover.line.get(), kPodmanLine}, {handover.output.get(), kPodmanOutput}};
  sandbox->pid_file = container.pid;
  sandbox->has_own_cgroup = container.limits_memory;
  return Spawn(plan, preparation, sandbox);
}

}  // namespace

SandboxProcess& SandboxProcess::operator=(SandboxProcess&& other) noexcept {
  if (this == &other) return *this;
  process.Kill();
  process = std::move(other.process);
  cgroup = std::move(other.cgroup);
  brokers = std::move(other.brokers);
  scratch = std::move(other.scratch);
  frames = std::move(other.frames);
  output = std::move(other.output);
  info = std::move(other.info);
  line = std::move(other.line);
  pid_file = std::move(other.pid_file);
  has_own_cgroup = other.has_own_cgroup;
  init_pid = other.init_pid;
  program = std::move(other.program);
  work = std::move(other.work);
  writable = std::move(other.writable);
  return *this;
}

Result<SandboxProcess> LaunchSandbox(const SandboxPolicy& given,
                                     const std::vector<ProgramFile>& program) {
  SandboxPolicy policy = given;
  FitLimits(&policy.limits);
  ASSIGN_OR_RETURN(std::vector<ReadOnlyMount> mounts, SystemMounts(policy));
  RETURN_IF_ERROR(CheckTools(policy));
  RETURN_IF_ERROR(CheckPolicy(policy));
  ASSIGN_OR_RETURN(const PythonInstallation python, LocatePython(policy.python));
  mounts.insert(mounts.end(), python.mounts.begin(), python.mounts.end());
  mounts.insert(mounts.end(), policy.read_only.begin(), policy.read_only.end());
  HideSpeakingFiles(policy.read_only, &mounts);
  const bool podman = policy.kind == SandboxKind::kPodman;
  SandboxProcess sandbox;
  if (podman || !policy.sockets.empty()) {
    ASSIGN_OR_RETURN(sandbox.scratch, ScratchFolder::Make("sandbox"));
  }
  RETURN_IF_ERROR(OpenBrokers(policy, &mounts, &sandbox));
  std::vector<std::string> interpreter = {python.executable, "-u",
                                          kProgramFolder + program[0].name};
  if (policy.kind == SandboxKind::kGvisor) interpreter.emplace_back(kOwnKernel);
  if (policy.weaker.host_proc) interpreter.emplace_back(kHostProc);
  const std::vector<std::string> command = WithLimits(policy, interpreter);
  RETURN_IF_ERROR((podman ? LaunchPodman : LaunchBubblewrap)(policy, std::move(mounts), program,
                                                             command, &sandbox));
  return sandbox;
}

Status FinishLaunch(SandboxProcess* sandbox) {
  const bool podman = !sandbox->pid_file.empty();
  sandbox->init_pid =
      podman ? ReadContainerPid(sandbox->pid_file) : ReadInitPid(sandbox->info.get());
  sandbox->info.reset();
  if (sandbox->init_pid <= 1) {
    return SandboxError(
        podman ? "podman did not say which process it started"
               : "bubblewrap did not say which process it started; version 0.8 or newer is needed");
  }
  UniqueFd init = OpenProcess(sandbox->init_pid);
  const pid_t program = FirstChild(sandbox->init_pid);
  if (program > 1) sandbox->program = OpenProcess(program);
  if (!init.valid() || !sandbox->program.valid()) {
    return SandboxError(
        "the sandbox's processes cannot be found in /proc; mount it without hidepid");
  }
  sandbox->process.AdoptInner(std::move(init));
  if (sandbox->has_own_cgroup) sandbox->cgroup = SandboxCgroup::Of(sandbox->init_pid);
  return OpenFolders(program, sandbox);
}

void InterruptProgram(const SandboxProcess& sandbox) {
  if (sandbox.line.valid()) {
    [[maybe_unused]] const ssize_t written = ::write(sandbox.line.get(), "\n", 1);
  } else if (sandbox.program.valid()) {
    ::syscall(SYS_pidfd_send_signal, sandbox.program.get(), SIGINT, nullptr, 0);
  }
}

}  // namespace inhouse
