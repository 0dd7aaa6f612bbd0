// Whatever goes wrong between host and kernel, a run goes on and loses nothing.
//
// A seed draws a series of cells and, for each, a fault: the interpreter, the
// sandbox's pid 1 or bubblewrap is killed, stopped or held up at a random moment,
// or the cell sends truncated, oversized, garbled, forged or foreign frames, or
// closes the line. After each: an answer within the deadline, grace and one
// restart; the next cell works. At the end: every step stands in the trace, and
// no process, descriptor, mount, user or folder is left.
//
// INHOUSE_CAMPAIGN_STEPS makes it longer (tools/check --long).
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "tests/kernel/kernel_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using std::chrono::milliseconds;
using testing::Describe;
using testing::SmallPolicy;

constexpr int kSteps = 8;  // of each seed, in the default run
constexpr milliseconds kDeadline{400};
// A restart with its rebuild, on a machine that does much else.
constexpr std::chrono::seconds kSlack{90};

int Steps() {
  const char* given = std::getenv("INHOUSE_CAMPAIGN_STEPS");
  return given == nullptr ? kSteps : std::atoi(given);
}

std::string Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<pid_t> Children(pid_t pid) {
  std::vector<pid_t> found;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task/";
  std::error_code code;
  for (const auto& task : std::filesystem::directory_iterator(tasks, code)) {
    std::istringstream children(Slurp(task.path().string() + "/children"));
    for (pid_t child = 0; children >> child;) found.push_back(child);
  }
  return found;
}

// bubblewrap, the sandbox's pid 1, the interpreter and what it started.
std::vector<pid_t> Sandboxed() {
  std::vector<pid_t> all = Children(::getpid());
  for (size_t i = 0; i < all.size(); ++i) {
    for (const pid_t child : Children(all[i])) all.push_back(child);
  }
  return all;
}

std::string UidLine(pid_t pid) {
  std::istringstream status(Slurp("/proc/" + std::to_string(pid) + "/status"));
  std::string line;
  while (std::getline(status, line) && !line.starts_with("Uid:")) continue;
  return line;
}

// Dead, and only not yet reaped by the init that inherited it from a killed bubblewrap.
bool HasEnded(pid_t pid) {
  const std::string status = Slurp("/proc/" + std::to_string(pid) + "/status");
  return status.empty() || status.find("State:\tZ") != std::string::npos;
}

// What a run must leave as it found it.
struct Belongings {
  std::string mounts = Slurp("/proc/self/mountinfo");
  // Where temporary folders are made, and where root stages what it shows.
  std::set<std::string> own = Names(std::getenv("TMPDIR"));
  std::set<std::string> staged = Names("/mnt"), media = Names("/media");
  size_t descriptors = Names("/proc/self/fd").size();

  static std::set<std::string> Names(const char* folder) {
    std::set<std::string> names;
    DIR* entries = ::opendir(folder);
    if (entries == nullptr) return names;
    while (const dirent* entry = ::readdir(entries)) {
      names.insert(entry->d_name);
    }
    ::closedir(entries);
    return names;
  }
};

constexpr const char* kFrameFaults[] = {
    // truncated, garbled, oversized, nested, foreign version, no object, empty
    "os.write(3, struct.pack('<I', 100) + b'{\"v\": 1')",
    "os.write(3, bytes(random.randrange(256) for _ in range(60)))",
    "os.write(3, struct.pack('<I', 2**32 - 1) + b'x' * 1000)",
    "send(b'[' * 500 + b']' * 500)",
    "send(b'{\"v\": 2, \"seq\": 1, \"type\": \"result\"}')",
    "send(b'[1, 2, 3]')",
    "send(b'')",
    // forged: a result of another question, of this one, a call without a name, a reply
    "send(b'{\"v\": 1, \"seq\": 99999, \"type\": \"result\"}')",
    "[send(b'{\"v\": 1, \"seq\": %d, \"type\": \"result\"}' % n) for n in range(1, 60)]",
    "[send(b'{\"v\": 1, \"seq\": %d, \"type\": \"call\"}' % n) for n in range(5)]",
    "send(b'{\"v\": 1, \"seq\": 1, \"type\": \"reply\", \"text\": \"x\"}')",
    "send(b'{\"v\": 1, \"seq\": 1, \"type\": \"ready\", \"escaped\": []}')",
    "send(b'{\"v\": 1, \"seq\": 1, \"type\": \"exit\"}')",
    // the line itself
    "os.close(3)",
    "os.dup2(os.open('/dev/null', os.O_RDWR), 3)",
    "__import__('socket').socket(fileno=os.dup(3)).shutdown(2)",
    "os.fork() or [os.write(3, b'x' * 7) for _ in range(3)]",
};

constexpr const char* kPreparation =
    "import os, random, struct, time\n"
    "def send(body): os.write(3, struct.pack('<I', len(body)) + body)\n";

// Does something to a process of the sandbox at a random moment of a cell.
class Saboteur {
 public:
  Saboteur(std::mt19937* random, int signal)
      : after_(milliseconds((*random)() % 120)), which_((*random)()), signal_(signal) {}
  void Start() {
    thread_ = std::thread([this] { Act(); });
  }
  ~Saboteur() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Act() const {
    std::this_thread::sleep_for(after_);
    const std::vector<pid_t> targets = Sandboxed();
    if (targets.empty()) return;
    const pid_t target = targets[which_ % targets.size()];
    ::kill(target, signal_);
    if (signal_ != SIGSTOP || which_ % 2 == 0) return;
    std::this_thread::sleep_for(milliseconds(which_ % 100));  // held up, then let go
    ::kill(target, SIGCONT);
  }

  const milliseconds after_;
  const size_t which_;
  const int signal_;
  std::thread thread_;
};

class FaultCampaignTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(FaultCampaignTest, NothingHangsIsLostOrLeftBehind) {
  const testing::TempDir temporary;
  ::setenv("TMPDIR", temporary.path().c_str(), 1);
  const Belongings before;
  std::mt19937 random(GetParam());
  std::set<std::string> users;
  int answered = 0;
  {
    SandboxPolicy policy = SmallPolicy();
    policy.limits.grace = milliseconds(150);
    const auto kernel = testing::Start(policy);
    for (int step = 0; step < Steps(); ++step) {
      testing::RunCell(*kernel, kPreparation);
      testing::RunCell(*kernel, "kept = 7");
      for (const pid_t pid : Sandboxed()) users.insert(UidLine(pid));
      const unsigned kind = random() % 8;
      std::string code = "for _ in range(15): time.sleep(0.01)";
      int signal = 0;
      if (kind < 5) {
        code = kFrameFaults[random() % std::size(kFrameFaults)];
        if (random() % 2 == 0) code += "\ntime.sleep(0.2)";
      } else {
        signal = kind == 5 ? SIGKILL : kind == 6 ? SIGSTOP : SIGTERM;
      }
      SCOPED_TRACE("seed " + std::to_string(GetParam()) + " step " + std::to_string(step) +
                   " signal " + std::to_string(signal) + "\n" + code);
      const auto started = std::chrono::steady_clock::now();
      Result<CellResult> result = CellResult{};
      {
        Saboteur saboteur(&random, signal);
        if (signal != 0) saboteur.Start();
        result = kernel->Execute(code, kDeadline);
      }
      ASSERT_TRUE(result.ok()) << result.error().message;
      ++answered;
      EXPECT_LT(std::chrono::steady_clock::now() - started, kDeadline + kSlack);
      // The session goes on; what it says about the state is true.
      const CellResult next = testing::RunCell(*kernel, "6 * 7");
      const bool forged_late = next.state_lost;  // noticed only now, and said
      EXPECT_TRUE(next.display == "42" || forged_late || next.outcome != CellOutcome::kOk)
          << Describe(next);
      EXPECT_EQ(testing::RunCell(*kernel, "6 * 7").display, "42") << Describe(next);
    }
  }
  EXPECT_EQ(answered, Steps());
  int status = 0;
  EXPECT_TRUE(::waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD) << "a child is left";
  EXPECT_TRUE(Sandboxed().empty());
  const Belongings after;
  ::unsetenv("TMPDIR");
  EXPECT_EQ(after.mounts, before.mounts);
  EXPECT_EQ(after.own, before.own);
  EXPECT_EQ(after.staged, before.staged);
  EXPECT_EQ(after.media, before.media);
  EXPECT_EQ(after.descriptors, before.descriptors);
  users.erase(UidLine(::getpid()));
  users.erase("");  // of one that had just ended
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    EXPECT_TRUE(pid <= 0 || !users.contains(UidLine(pid)) || HasEnded(pid)) << pid;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FaultCampaignTest, ::testing::Values(1U, 2U));

}  // namespace
}  // namespace inhouse
