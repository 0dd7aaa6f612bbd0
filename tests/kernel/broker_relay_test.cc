// The door to a team's broker: what passes, and what is written down of it.
#include "agent/kernel/broker_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "agent/kernel/script_process.h"
#include "tests/kernel/kernel_harness.h"
#include "tests/support/required.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::TempDir;

// Answers every line with "you said: LINE", or with "N: LINE", N counting
// all lines, if it is to count.
class EchoBroker {
 public:
  explicit EchoBroker(const fs::path& path, bool counts = false)
      : counts_(counts), listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  int asked() const { return asked_; }
  ~EchoBroker() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    for (const UniqueFd& line : lines_) ::shutdown(line.get(), SHUT_RDWR);
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void Serve() {
    for (int fd; (fd = ::accept(listener_.get(), nullptr, nullptr)) >= 0;) {
      lines_.emplace_back(fd);
      threads_.emplace_back([this, fd] { Answer(fd); });
    }
  }
  void Answer(int fd) {
    char line[256];
    for (ssize_t n; (n = ::read(fd, line, sizeof(line))) > 0;) {
      const int number = ++asked_;
      const std::string answer = (counts_ ? std::to_string(number) + ": " : "you said: ") +
                                 std::string(line, static_cast<size_t>(n));
      if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    ::shutdown(fd, SHUT_RDWR);
  }

  const bool counts_;
  std::atomic<int> asked_{0};
  UniqueFd listener_;
  std::vector<UniqueFd> lines_;       // the thread's until it has ended
  std::vector<std::thread> threads_;  // one for each line; likewise
  std::thread thread_;
};

constexpr const char* kAsk =
    "import socket\n"
    "def ask(text, name='echo.sock'):\n"
    "    with socket.socket(socket.AF_UNIX) as line:\n"
    "        line.connect('/run/brokers/' + name)\n"
    "        line.sendall(text)\n"
    "        return line.recv(1000)\n";

class BrokerRelayTest : public ::testing::TestWithParam<SandboxKind> {
 protected:
  void SetUp() override {
    policy_.kind = GetParam();
    policy_.sockets = {folder_.path() / "echo.sock"};
    policy_.broker_log = &log_;
    const auto sandbox = StartSandbox(policy_);
    if (sandbox.ok()) return;
    if (testing::Required(SandboxKindName(GetParam()))) FAIL() << sandbox.error().message;
    GTEST_SKIP() << sandbox.error().message;
  }

  TempDir folder_;
  EchoBroker broker_{folder_.path() / "echo.sock"};
  BrokerLog log_;
  SandboxPolicy policy_ = SmallPolicy();
};

TEST_P(BrokerRelayTest, EachConnectionOfACellIsWrittenDown) {
  const auto kernel = testing::Start(policy_);
  EXPECT_TRUE(RunCell(*kernel, kAsk).broker_uses.empty());
  const CellResult result = RunCell(*kernel, "ask(b'hello'), ask(b'you')");
  EXPECT_EQ(result.display, "(b'you said: hello', b'you said: you')") << Describe(result);
  EXPECT_EQ(result.broker_uses, (std::vector<std::string>{"echo.sock: 5 bytes sent, 15 received",
                                                          "echo.sock: 3 bytes sent, 13 received"}));
  EXPECT_TRUE(RunCell(*kernel, "1").broker_uses.empty());
}

TEST_P(BrokerRelayTest, ConnectionThatIsKeptOpenIsToldOfAgain) {
  const auto kernel = testing::Start(policy_);
  RunCell(*kernel,
          "import socket\nline = socket.socket(socket.AF_UNIX)\n"
          "line.connect('/run/brokers/echo.sock')\nline.sendall(b'one'); line.recv(99)");
  const CellResult result = RunCell(*kernel, "line.sendall(b'three'); line.recv(99)");
  EXPECT_EQ(result.broker_uses, std::vector<std::string>{"echo.sock: 5 bytes sent, 15 received"})
      << Describe(result);
}

INSTANTIATE_TEST_SUITE_P(All, BrokerRelayTest,
                         ::testing::Values(SandboxKind::kBubblewrap, SandboxKind::kGvisor,
                                           SandboxKind::kPodman),
                         [](const auto& test) { return SandboxKindName(test.param); });

TEST(BrokerLogTest, BrokerThatIsGoneIsWrittenDownToo) {
  const TempDir folder;
  SandboxPolicy policy = SmallPolicy();
  BrokerLog log;
  policy.broker_log = &log;
  policy.sockets = {folder.path() / "gone.sock"};
  { const EchoBroker once(policy.sockets[0]); }  // its socket stays, nobody listens
  const auto run = RunScript(policy,
                             std::string(kAsk) +
                                 "try: print(ask(b'x', 'gone.sock'))\n"
                                 "except OSError: print(b'')\n",
                             std::chrono::seconds(60), folder.path() / "out");
  ASSERT_TRUE(run.ok()) << run.error().message;
  EXPECT_EQ(run->output, "b''\n");
  EXPECT_EQ(TakeBrokerLines(&log),
            std::vector<std::string>{"gone.sock: the broker did not answer"});
}

// A kernel whose brokers are recorded.
class RebuiltBrokersTest : public ::testing::Test {
 protected:
  RebuiltBrokersTest() {
    auto record = BrokerRecord::Open(folder_.path() / "record");
    if (record.ok()) record_ = std::move(record).value();
    policy_.sockets = {folder_.path() / "echo.sock"};
    policy_.broker_log = &log_;
    policy_.broker_record = record_.get();
  }
  void SetUp() override { ASSERT_NE(record_, nullptr); }

  TempDir folder_;
  EchoBroker broker_{folder_.path() / "echo.sock", true};
  BrokerLog log_;
  std::unique_ptr<BrokerRecord> record_;
  SandboxPolicy policy_ = SmallPolicy();
};

constexpr const char* kLine =
    "import socket\nline = socket.socket(socket.AF_UNIX)\n"
    "line.connect('/run/brokers/echo.sock')\nline.sendall(b'kept')\nfirst = line.recv(99)";

TEST_F(RebuiltBrokersTest, ARebuiltInterpreterAsksNobodyAgain) {
  const auto kernel = testing::Start(policy_);
  RunCell(*kernel, kAsk);
  RunCell(*kernel, kLine);
  RunCell(*kernel, "a = ask(b'write')");
  RunCell(*kernel, "line.sendall(b'more')\nsecond = line.recv(99)");
  RunCell(*kernel, "ask(b'gone'); 1 / 0");  // did not succeed: not run again
  EXPECT_EQ(broker_.asked(), 4);
  const CellResult died = RunCell(*kernel, "import os; os._exit(3)");
  EXPECT_FALSE(died.state_lost) << Describe(died);
  EXPECT_EQ(broker_.asked(), 4);
  const CellResult now = RunCell(*kernel, "first, a, second");
  EXPECT_EQ(now.display, "(b'1: kept', b'2: write', b'3: more')") << Describe(now);
  ASSERT_EQ(now.warnings.size(), 1U);  // the line is closed
  EXPECT_NE(now.warnings[0].find("connect again"), std::string::npos);
  EXPECT_EQ(RunCell(*kernel, "line.recv(9)").display, "b''");
  EXPECT_EQ(RunCell(*kernel, "ask(b'live')").display, "b'5: live'");
}

TEST_F(RebuiltBrokersTest, AnotherInterpreterIsAnsweredFromTheSameFile) {
  std::vector<int64_t> turns;
  {
    const auto kernel = testing::Start(policy_);
    for (const char* code : {kAsk, "a = ask(b'one')", "b = ask(b'two')"}) {
      turns.push_back(RunCell(*kernel, code).broker_turn);
    }
  }
  EXPECT_EQ(turns, (std::vector<int64_t>{1, 2, 3}));
  auto again = BrokerRecord::Open(folder_.path() / "record");
  ASSERT_TRUE(again.ok()) << again.error().message;
  policy_.broker_record = again->get();
  const auto kernel = testing::Start(policy_);
  const auto rerun = [&](const char* code, int64_t turn) {
    const auto result = kernel->Rerun(code, std::chrono::seconds(20), turn);
    EXPECT_TRUE(result.ok());
    return result.ok() ? *result : CellResult();
  };
  EXPECT_FALSE(rerun(kAsk, 1).brokers_differed);
  EXPECT_FALSE(rerun("a = ask(b'one')", 2).brokers_differed);
  EXPECT_EQ(rerun("a, ask(b'two')", 3).display, "(b'1: one', b'2: two')");
  EXPECT_EQ(broker_.asked(), 2);
  EXPECT_EQ(RunCell(*kernel, "1").broker_turn, 4);
}

TEST_F(RebuiltBrokersTest, WhatAsksSomethingElseIsNotRebuilt) {
  const auto kernel = testing::Start(policy_);
  RunCell(*kernel, kAsk);
  RunCell(*kernel, "import os\na = ask(os.urandom(4))");
  EXPECT_EQ(broker_.asked(), 1);
  const CellResult died = RunCell(*kernel, "os._exit(3)");
  EXPECT_TRUE(died.state_lost) << Describe(died);
  EXPECT_EQ(broker_.asked(), 1);
}

TEST_F(RebuiltBrokersTest, ACellThatSwallowsTheErrorIsNotTakenForRebuilt) {
  const auto kernel = testing::Start(policy_);
  const auto rerun =
      kernel->Rerun(std::string(kAsk) + "try: a = ask(b'x')\nexcept OSError: a = 0\n",
                    std::chrono::seconds(20), 0);
  ASSERT_TRUE(rerun.ok());
  EXPECT_TRUE(rerun->brokers_differed) << Describe(*rerun);
  EXPECT_EQ(broker_.asked(), 0);
}

TEST_F(RebuiltBrokersTest, WhatDoesNotFitTheRecordCannotBeRebuilt) {
  auto small = BrokerRecord::Open(folder_.path() / "small", 300);
  ASSERT_TRUE(small.ok());
  policy_.broker_record = small->get();
  const auto kernel = testing::Start(policy_);
  RunCell(*kernel, kAsk);
  const CellResult large = RunCell(*kernel, "a = ask(b'x' * 200)");
  EXPECT_EQ(broker_.asked(), 1) << Describe(large);
  ASSERT_FALSE(large.broker_uses.empty());
  EXPECT_EQ(large.broker_uses.back(), "not all of this is recorded: it cannot be rebuilt");
  const CellResult died = RunCell(*kernel, "import os; os._exit(3)");
  EXPECT_TRUE(died.state_lost) << Describe(died);
  EXPECT_EQ(broker_.asked(), 1);
}

TEST_F(RebuiltBrokersTest, AScriptIsAnsweredAsItsRunsWere) {
  const std::string script =
      std::string(kAsk) + "try: print(ask(b'job'))\nexcept OSError: print('refused')\n";
  const auto run = [&] {
    const auto done = RunScript(policy_, script, std::chrono::seconds(60), folder_.path() / "out");
    return done.ok() ? done->output : done.error().message;
  };
  EXPECT_EQ(run(), "b'1: job'\n");
  EXPECT_EQ(run(), "b'2: job'\n");
  policy_.ask_brokers = false;
  log_.Take();
  EXPECT_EQ(run(), "b'1: job'\n");
  EXPECT_EQ(TakeBrokerLines(&log_),
            std::vector<std::string>{"echo.sock: 3 bytes sent, 6 received, from the record"});
  EXPECT_EQ(run(), "b'2: job'\n");
  EXPECT_EQ(run(), "refused\n");  // there was no third
  EXPECT_EQ(broker_.asked(), 2);
}

TEST(BrokerLogTest, SocketsOfOneNameAreBadInput) {
  const TempDir folder;
  const TempDir ours;
  const auto relay = BrokerRelay::Start({folder.path() / "a/x.sock", folder.path() / "b/x.sock"},
                                        ours.path(), nullptr);
  ASSERT_FALSE(relay.ok());
  EXPECT_EQ(relay.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(relay.error().message.find("x.sock"), std::string::npos);
}

TEST(BrokerLogTest, MoreConnectionsThanAreKeptAreCounted) {
  BrokerLog log;
  for (size_t i = 0; i < BrokerLog::kMaxConnections + 3; ++i) log.Open("x.sock", true);
  const std::vector<std::string> lines = TakeBrokerLines(&log);
  ASSERT_EQ(lines.size(), BrokerLog::kMaxConnections + 1);
  EXPECT_EQ(lines.back(), "3 more connections");
}

}  // namespace
}  // namespace inhouse
