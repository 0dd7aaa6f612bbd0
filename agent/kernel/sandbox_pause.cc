#include "agent/kernel/sandbox_pause.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "agent/kernel/proc_reader.h"

namespace inhouse {
namespace {

using Clock = std::chrono::steady_clock;

// Hostile code only comes near to it; on a machine that does much else each needs its turn to stop.
constexpr std::chrono::seconds kPauseDeadline{5};
constexpr std::chrono::microseconds kWait{20}, kLongestWait{2000};
constexpr size_t kMaxProcesses = 1024;

// A thread as it was seen. `ran` is another whenever it has run in between.
struct SeenThread {
  pid_t id;
  char state;
  std::string ran;
  friend bool operator==(const SeenThread& a, const SeenThread& b) {
    return a.id == b.id && a.state == b.state && a.ran == b.ran;
  }
};

struct Look {
  std::vector<SeenThread> threads;
  bool all_rest = true;
};

// ('t': somebody outside traces it; from inside that is refused.)
bool IsStopped(char state) { return state == 'T' || state == 't' || state == 'Z' || state == 'X'; }

// A call that no signal interrupts ('D') ends in the stop that is pending: nothing of the program
// itself runs.
bool Rests(char state) { return IsStopped(state) || state == 'D'; }

struct State {
  char letter = ' ';  // ' ' for what is gone
  pid_t parent = -1;
};

// "PID (NAME) STATE PARENT …"; the name may hold anything.
State ReadState(const std::string& folder) {
  const std::string text = ReadProc(folder + "stat");
  const size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos || name_end + 4 > text.size()) return {};
  return {text[name_end + 2],
          static_cast<pid_t>(std::strtol(text.c_str() + name_end + 4, nullptr, 10))};
}

// How long and how often a thread was on a processor, to the nanosecond; how often it left one
// where the kernel does not keep that (and which costs more to ask for).
std::string HowMuchItRan(const std::string& folder) {
  std::string times = ReadProc(folder + "schedstat");
  if (!times.empty() && !times.starts_with("0 0 0")) return times;
  const std::string status = ReadProc(folder + "status");
  return status.substr(std::min(status.size(), status.find("voluntary_ctxt_switches:")));
}

std::string FolderOf(pid_t pid) { return "/proc/" + std::to_string(pid) + "/"; }

struct Member {
  pid_t pid, parent;
};

void Signal(int process, int number) {
  ::syscall(SYS_pidfd_send_signal, process, number, nullptr, 0);
}

// A number that was read may be another process's by now: the handle is taken first, and the
// process must still be where it was found.
void Stop(const Member& member, const SandboxProcess& sandbox) {
  if (member.pid == sandbox.init_pid) return Signal(sandbox.process.inner(), SIGSTOP);
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, member.pid, 0)));
  if (!process.valid()) return;
  const pid_t parent = ReadState(FolderOf(member.pid)).parent;
  if (parent == member.parent || parent == sandbox.init_pid) Signal(process.get(), SIGSTOP);
}

std::vector<Member> ChildrenOf(pid_t pid, const std::vector<pid_t>& threads) {
  std::vector<pid_t> children;
  for (const pid_t thread : threads) AppendChildren(pid, thread, &children);
  std::vector<Member> members;
  members.reserve(children.size());
  for (const pid_t child : children) members.push_back({child, pid});
  return members;
}

// Looks at every thread below the sandbox's pid 1, it too, and stops what runs.
Look StopAll(const SandboxProcess& sandbox) {
  Look look;
  std::vector<Member> members = {{sandbox.init_pid, 0}};
  for (size_t i = 0; i < members.size() && i < kMaxProcesses; ++i) {
    const Member member = members[i];
    const std::vector<pid_t> threads = ThreadsOf(member.pid);
    bool stopped = true;
    for (const pid_t thread : threads) {
      const std::string folder = FolderOf(member.pid) + "task/" + std::to_string(thread) + "/";
      const char state = ReadState(folder).letter;
      if (state == ' ') continue;
      look.threads.push_back({thread, state, HowMuchItRan(folder)});
      look.all_rest = look.all_rest && Rests(state);
      stopped = stopped && IsStopped(state);
    }
    if (!stopped) Stop(member, sandbox);
    const std::vector<Member> children = ChildrenOf(member.pid, threads);
    members.insert(members.end(), children.begin(), children.end());
  }
  return look;
}

// The system may let a sleep of microseconds take three times as long.
class PunctualSleep {
 public:
  PunctualSleep() : slack_(::prctl(PR_GET_TIMERSLACK)) { ::prctl(PR_SET_TIMERSLACK, 1UL); }
  ~PunctualSleep() { ::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_)); }
  PunctualSleep(const PunctualSleep&) = delete;
  PunctualSleep& operator=(const PunctualSleep&) = delete;

 private:
  const int slack_;
};

}  // namespace

bool PauseSandbox(const SandboxProcess& sandbox) {
  if (sandbox.init_pid <= 1) return true;
  const auto until = Clock::now() + kPauseDeadline;
  // These two are there in any case, and often alone.
  Signal(sandbox.program.get(), SIGSTOP);
  Signal(sandbox.process.inner(), SIGSTOP);
  const PunctualSleep punctual;
  std::this_thread::sleep_for(kWait);
  Look before = StopAll(sandbox);
  for (int looks = 1;; ++looks) {
    // What does not rest is given the time to.
    if (!before.all_rest) std::this_thread::sleep_for(std::min(looks * kWait, kLongestWait));
    Look now = StopAll(sandbox);
    if (now.all_rest && before.all_rest && now.threads == before.threads) return true;
    if (Clock::now() > until) return false;
    before = std::move(now);
  }
}

void ResumeSandbox(const SandboxProcess& sandbox) {
  if (sandbox.init_pid <= 1) return;
  std::vector<pid_t> pids = {sandbox.init_pid};
  for (size_t i = 0; i < pids.size() && i < kMaxProcesses; ++i) {
    for (const pid_t thread : ThreadsOf(pids[i])) AppendChildren(pids[i], thread, &pids);
    ::kill(pids[i], SIGCONT);
  }
}

}  // namespace inhouse
