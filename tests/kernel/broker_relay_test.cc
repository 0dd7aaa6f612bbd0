// The door to a team's broker: what passes, and what is written down of it.
#include "agent/kernel/broker_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "agent/kernel/script_process.h"
#include "tests/kernel/kernel_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::TempDir;

// Answers every line with "you said: LINE", one connection after the other.
class EchoBroker {
 public:
  explicit EchoBroker(const fs::path& path) : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~EchoBroker() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

 private:
  void Serve() {
    for (int fd; (fd = ::accept(listener_.get(), nullptr, nullptr)) >= 0;) {
      const UniqueFd connection(fd);
      char line[256];
      for (ssize_t n; (n = ::read(fd, line, sizeof(line))) > 0;) {
        const std::string answer = "you said: " + std::string(line, static_cast<size_t>(n));
        if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
      }
    }
  }

  UniqueFd listener_;
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
    if (!sandbox.ok()) GTEST_SKIP() << sandbox.error().message;
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
