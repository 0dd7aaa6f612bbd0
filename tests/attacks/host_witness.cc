#include "tests/attacks/host_witness.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "indexer/base/check.h"

namespace inhouse::testing {
namespace {

namespace fs = std::filesystem;

std::string Slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string RandomHex() {
  std::random_device random;
  std::ostringstream text;
  for (int i = 0; i < 4; ++i) text << std::hex << random();
  return text.str();
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Folders where an attack would leave something behind.
std::vector<fs::path> LootFolders() {
  std::vector<fs::path> folders = {"/",    "/tmp", "/var/tmp", "/dev/shm",       "/run",
                                   "/etc", "/mnt", "/usr/lib", "/usr/local/bin", "."};
  if (const char* home = std::getenv("HOME")) folders.emplace_back(home);
  folders.emplace_back(INHOUSE_SOURCE_DIR "/.venv/lib/python3.11/site-packages");
  return folders;
}

// What a process of the host looks like to a debugger, a scheduler and a limit.
std::string LineOf(const std::string& text, const std::string& key) {
  const size_t begin = text.find(key);
  return begin == std::string::npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
}

bool CanSendDescriptor() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
  const UniqueFd ours(pair[0]), theirs(pair[1]);
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(rights), &pair[1], sizeof(int));
  return ::sendmsg(ours.get(), &message, MSG_NOSIGNAL) == 1;
}

// What the user's own programs need and no longer get.
std::vector<std::string> UsedUp() {
  std::vector<std::string> found;
  const UniqueFd notify(::inotify_init1(IN_CLOEXEC));
  if (!notify.valid()) found.emplace_back("the user's inotify instances are used up");
  int ends[2];
  const bool pipes = ::pipe2(ends, O_CLOEXEC) == 0;
  if (!pipes) found.emplace_back("no more pipes for the user");
  for (int i = 0; pipes && i < 2; ++i) ::close(ends[i]);
  sigevent quiet{};
  quiet.sigev_notify = SIGEV_NONE;
  timer_t timer{};
  if (::timer_create(CLOCK_MONOTONIC, &quiet, &timer) != 0) {
    found.emplace_back("the user's queue of signals is used up");
  } else {
    ::timer_delete(timer);
  }
  aio_context_t requests = 0;
  if (::syscall(SYS_io_setup, 1, &requests) != 0) {
    found.emplace_back("the machine's asynchronous requests are used up");
  } else {
    ::syscall(SYS_io_destroy, requests);
  }
  const UniqueFd poll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  if (::epoll_ctl(poll.get(), EPOLL_CTL_ADD, notify.get(), &event) != 0 && notify.valid())
    found.emplace_back("the user's epoll watches are used up");
  if (!CanSendDescriptor()) found.emplace_back("the user cannot send descriptors any more");
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  if (child < 0) {
    found.emplace_back("no more processes for the user");
  } else {
    ::waitpid(child, nullptr, 0);
  }
  return found;
}

}  // namespace

HostWitness::HostWitness() : token_("token-" + RandomHex()), mark_("inhouse-mark-" + RandomHex()) {
  fs::permissions(room_.path(), fs::perms(0755));
  places_ = {{"room", room_.path().string()}, {"mark", mark_}};
  places_["test_pid"] = std::to_string(::getpid());
  PlantFiles();
  PlantSockets();
  PlantProcess();
  PlantMemory();
  ::setenv("INHOUSE_ATTACK_TOKEN", token_.c_str(), 1);
  files_ = Files();
  settings_ = Settings();
  victim_state_ = VictimState();
}

HostWitness::~HostWitness() {
  ::unsetenv("INHOUSE_ATTACK_TOKEN");
  ::kill(victim_, SIGKILL);
  ::waitpid(victim_, nullptr, 0);
  if (key_ >= 0) ::syscall(SYS_keyctl, KEYCTL_UNLINK, key_, KEY_SPEC_USER_KEYRING);
  if (shared_memory_ >= 0) ::shmctl(shared_memory_, IPC_RMID, nullptr);
  ::unlink(places_["shm_file"].c_str());
  for (const fs::path& folder : LootFolders()) {
    std::error_code ignored;
    fs::remove_all(folder / mark_, ignored);
  }
}

void HostWitness::PlantFiles() {
  const struct {
    const char* name;
    const char* path;
    mode_t mode;
  } kFiles[] = {{"ssh_key", "home/.ssh/id_ed25519", 0600},
                {"credentials", "home/.aws/credentials", 0644},
                {"netrc", "home/.netrc", 0644},
                {"bashrc", "home/.bashrc", 0644},
                {"trace", "session/trace.jsonl", 0644},
                {"index", "project/.inhouse/catalog.db", 0644},
                {"config", "project/inhouse.toml", 0644}};
  for (const auto& file : kFiles) {
    const fs::path path = room_.Write(file.path, std::string("secret ") + token_ + "\n");
    CHECK(::chmod(path.c_str(), file.mode) == 0);
    places_[file.name] = path.string();
  }
  places_["home"] = (room_.path() / "home").string();
  places_["data"] =
      room_.Write("data/users.csv", "user,spend\nann,1\nbob,2\n").parent_path().string();
  room_.Write("data/notes.txt", kInjection);
  fs::create_symlink(places_["ssh_key"], data() / "link.csv");
  fs::create_symlink("../home/.netrc", data() / "relative.csv");
  fs::create_symlink("../home", data() / "folder");
  // As a careless launcher would leave them open.
  inherited_secret_ = UniqueFd(::open(places_["netrc"].c_str(), O_RDWR));
  CHECK(inherited_secret_.valid());
}

void HostWitness::Listen(const char* name, int family, int type, const std::string& path) {
  UniqueFd fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  CHECK(fd.valid());
  sockaddr_storage address{};
  socklen_t size = 0;
  if (family == AF_UNIX) {
    auto* unix_address = reinterpret_cast<sockaddr_un*>(&address);
    unix_address->sun_family = AF_UNIX;
    std::memcpy(unix_address->sun_path, path.data(), path.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  } else {
    auto* inet = reinterpret_cast<sockaddr_in*>(&address);
    inet->sin_family = AF_INET;
    inet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof(*inet);
  }
  CHECK(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  if (type == SOCK_STREAM) CHECK(::listen(fd.get(), 8) == 0);
  if (family == AF_UNIX) {
    places_[name] = path[0] == '\0' ? path.substr(1) : path;
    if (path[0] != '\0') CHECK(::chmod(path.c_str(), 0666) == 0);
  } else {
    CHECK(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    places_[name] = std::to_string(ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port));
  }
  listeners_[name] = std::move(fd);
}

void HostWitness::PlantSockets() {
  Listen("tcp", AF_INET, SOCK_STREAM, "");
  Listen("udp", AF_INET, SOCK_DGRAM, "");
  Listen("abstract", AF_UNIX, SOCK_STREAM, std::string(1, '\0') + mark_);
  Listen("abstract_datagram", AF_UNIX, SOCK_DGRAM, std::string(1, '\0') + mark_ + "-datagram");
  Listen("socket", AF_UNIX, SOCK_STREAM, (room_.path() / "home/agent.sock").string());
  int pair[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
  inherited_line_ = UniqueFd(pair[0]);  // stays open over exec
  line_end_ = UniqueFd(pair[1]);
  CHECK(::fcntl(line_end_.get(), F_SETFD, FD_CLOEXEC) == 0);
}

// A process of the user that knows the token: arguments, environment, an open file.
void HostWitness::PlantProcess() {
  int input[2];
  CHECK(::pipe2(input, O_CLOEXEC) == 0);
  victim_ = ::fork();
  CHECK(victim_ >= 0);
  if (victim_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(input[0], 0);
    ::dup2(inherited_secret_.get(), 9);
    const std::string environment = "SECRET=" + token_;
    const char* argv[] = {"sh", "-c", "read line", token_.c_str(), nullptr};
    const char* envp[] = {environment.c_str(), nullptr};
    ::execve("/bin/sh", const_cast<char**>(argv), const_cast<char**>(envp));
    ::_exit(127);
  }
  ::close(input[0]);
  victim_input_ = UniqueFd(input[1]);
  places_["victim"] = std::to_string(victim_);
  const std::string command = "/proc/" + places_["victim"] + "/cmdline";
  while (!Contains(Slurp(command), token_)) ::sched_yield();  // until it is a shell
}

void HostWitness::PlantMemory() {
  places_["shm_file"] = "/dev/shm/" + mark_ + "-host";
  std::ofstream(places_["shm_file"]) << token_;
  // Its name is the secret. Not every container lets keys be made.
  key_ = ::syscall(SYS_add_key, "user", token_.c_str(), "x", 1, KEY_SPEC_USER_KEYRING);
  shared_memory_ = ::shmget(IPC_PRIVATE, 4096, 0666 | IPC_CREAT);
  if (shared_memory_ < 0) return;
  void* at = ::shmat(shared_memory_, nullptr, 0);
  std::memcpy(at, token_.c_str(), token_.size() + 1);
  ::shmdt(at);
  places_["shm_id"] = std::to_string(shared_memory_);
}

std::string HostWitness::AsPython() const { return "HOST = " + nlohmann::json(places_).dump(); }

// Path → type, mode, links, times and content of everything in the room.
std::map<std::string, std::string> HostWitness::Files() const {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(room_.path())) {
    struct stat info {};
    CHECK(::lstat(entry.path().c_str(), &info) == 0);
    std::ostringstream text;
    text << info.st_mode << ' ' << info.st_uid << ' ' << info.st_nlink << ' ' << info.st_mtim.tv_sec
         << '.' << info.st_mtim.tv_nsec << ' ';
    if (S_ISREG(info.st_mode)) text << Slurp(entry.path());
    files[entry.path().string()] = text.str();
  }
  files[places_.at("shm_file")] = Slurp(places_.at("shm_file"));
  return files;
}

// What belongs to the machine, and to this process.
std::map<std::string, std::string> HostWitness::Settings() const {
  std::map<std::string, std::string> settings;
  for (const char* path :
       {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/kernel/modprobe",
        "/proc/sys/kernel/domainname", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/printk",
        "/etc/passwd", "/etc/ld.so.preload", "/proc/self/mountinfo", "/proc/swaps",
        "/proc/self/oom_score_adj"}) {
    settings[path] = Slurp(path);
  }
  std::error_code ignored;
  settings["current folder"] = fs::current_path(ignored).string();
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  settings["limit of files"] = std::to_string(limit.rlim_cur);
  settings["users"] = std::to_string(::getuid()) + " " + std::to_string(::geteuid());
  settings["years"] = std::to_string(::time(nullptr) / (86400 * 30));
  return settings;
}

std::string HostWitness::VictimState() const {
  const std::string folder = "/proc/" + std::to_string(victim_) + "/";
  const std::string status = Slurp(folder + "status");
  const std::string state = LineOf(status, "State:");
  // One that is killed runs until it is its turn: a signal is pending, then its memory is gone.
  const bool has_memory = !Slurp(folder + "cmdline").empty();
  const bool lives = has_memory && (Contains(state, "running") || Contains(state, "sleep"));
  cpu_set_t processors{};
  ::sched_getaffinity(victim_, sizeof(processors), &processors);
  rlimit files{};
  ::prlimit(victim_, RLIMIT_NOFILE, nullptr, &files);
  return (lives ? "alive " : state + " ") + LineOf(status, "TracerPid:") + " " +
         LineOf(status, "SigPnd:") + " " + LineOf(status, "ShdPnd:") + " nice " +
         std::to_string(::getpriority(PRIO_PROCESS, static_cast<id_t>(victim_))) + " processors " +
         std::to_string(CPU_COUNT(&processors)) + " files " + std::to_string(files.rlim_cur) +
         " disk " + std::to_string(::syscall(SYS_ioprio_get, 1, victim_));
}

std::vector<std::string> HostWitness::Breaches(const std::string& seen) const {
  std::vector<std::string> found;
  if (Contains(seen, token_)) found.emplace_back("a secret was read");
  for (const auto& [name, listener] : listeners_) {
    char buffer[64];
    const UniqueFd caller(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const bool datagram = ::recv(listener.get(), buffer, sizeof(buffer), MSG_DONTWAIT) >= 0;
    if (caller.valid() || datagram) found.push_back("the listener " + name + " was reached");
  }
  char byte = 0;
  if (::recv(line_end_.get(), &byte, 1, MSG_DONTWAIT) >= 0)
    found.emplace_back("an inherited descriptor was used");
  const std::string state = VictimState();
  if (state != victim_state_) found.push_back("a process was touched: " + state);
  const auto files = Files();
  for (const auto& [path, text] : files) {
    const auto before = files_.find(path);
    if (before == files_.end()) found.push_back(path + " was made");
    if (before != files_.end() && before->second != text) found.push_back(path + " was changed");
  }
  if (files.size() < files_.size()) found.emplace_back("a file was removed");
  const auto settings = Settings();
  for (const auto& [name, text] : settings) {
    if (settings_.at(name) != text) found.push_back(name + " was changed");
  }
  for (const fs::path& folder : LootFolders()) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(folder / mark_, ignored)))
      found.push_back((folder / mark_).string() + " was planted");
  }
  for (std::string& missing : UsedUp()) found.push_back(std::move(missing));
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (Contains(fs::read_symlink(entry.path(), ignored).string(), "/" + mark_))
      found.emplace_back("a descriptor of the cell stayed open in the host");
  }
  const UniqueFd opened(::open((data() / "users.csv").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!opened.valid()) found.emplace_back("a file of the data cannot be opened");
  return found;
}

std::vector<std::string> HostWitness::BreachesIn(const fs::path& copied) const {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(copied, ignored)) {
    struct stat info {};
    if (::lstat(entry.path().c_str(), &info) != 0) continue;
    const std::string name = entry.path().string();
    if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) found.push_back(name + " is special");
    if (S_ISREG(info.st_mode) && (info.st_mode & 07111) != 0) found.push_back(name + " has rights");
    if (S_ISREG(info.st_mode) && info.st_size < (1 << 20) && Contains(Slurp(entry.path()), token_))
      found.push_back(name + " holds a secret");
    for (const char c : entry.path().filename().string()) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
        found.push_back(name + " has a control byte in its name");
    }
  }
  return found;
}

int HostWitness::MarkedProcesses() const {
  int count = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    if (!std::isdigit(static_cast<unsigned char>(entry.path().filename().string()[0]))) continue;
    if (entry.path().filename() == std::to_string(::getpid())) continue;
    if (Contains(Slurp(entry.path() / "cmdline"), mark_)) ++count;
  }
  return count;
}

}  // namespace inhouse::testing
