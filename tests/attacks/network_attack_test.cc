// No way to the network, nor to sockets of the host.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "indexer/base/unique_fd.h"
#include "tests/attacks/attack_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::AttackTest;
using testing::Describe;
using testing::SmallPolicy;

class NetworkAttackTest : public AttackTest {};

// A listening socket of the host; `name` may start with NUL (abstract).
UniqueFd Listen(const std::string& name) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

TEST_F(NetworkAttackTest, SocketsOfEveryFamilyButUnixAreRefused) {
  const CellResult result = Attack(
      "sorted({f for f in range(50) for kind in (1, 2, 3, 5)\n"
      "        if refused(lambda: socket.socket(f, kind)).startswith('DONE') and f != 1})");
  EXPECT_EQ(result.display, "[]") << Describe(result);
}

TEST_F(NetworkAttackTest, InternetConnectionsAndNamesFail) {
  ExpectRefused("socket.create_connection(('127.0.0.1', 80), 1)");
  ExpectRefused("socket.create_connection(('::1', 80), 1)");
  ExpectRefused("socket.getaddrinfo('example.org', 80)");
  ExpectRefused("__import__('urllib.request').request.urlopen('http://127.0.0.1/', timeout=1)");
}

TEST_F(NetworkAttackTest, OnlyItsOwnInterfacesAreSeen) {
  const CellResult result =
      Attack("[l.split(':')[0].strip() for l in open('/proc/net/dev').readlines()[2:]]");
  EXPECT_TRUE(result.display == "['lo']" || result.error_type == "PermissionError")
      << Describe(result);
}

TEST_F(NetworkAttackTest, AbstractSocketsOfTheHostAreNotThere) {
  const std::string name = std::string(1, '\0') + "inhouse-attack-" + std::to_string(::getpid());
  const UniqueFd listener = Listen(name);
  ExpectRefused("socket.socket(socket.AF_UNIX).connect(b'\\0" + name.substr(1) + "')");
}

TEST(ShownSocketAttackTest, SocketsInShownFoldersAreCovered) {
  const testing::TempDir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  folder.Write("a/seed.csv", "1");
  const std::string open = (folder.path() / "open.sock").string();
  const std::string closed = (folder.path() / "a/closed.sock").string();
  const UniqueFd first = Listen(open), second = Listen(closed);
  std::filesystem::permissions(open, std::filesystem::perms(0777));
  std::filesystem::permissions(closed, std::filesystem::perms(0700));
  SandboxPolicy policy = SmallPolicy();
  policy.read_only = {{folder.path(), "/data"}};
  const auto kernel = testing::Start(policy);
  const CellResult result = testing::RunCell(*kernel, R"(
import socket
reached = []
for path in ('/data/open.sock', '/data/a/closed.sock'):
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        reached.append(path)
    except OSError:
        pass
reached, open('/data/a/seed.csv').read())");
  EXPECT_EQ(result.display, "([], '1')") << Describe(result);
}

// A pipe that the host reads from, or writes to, is a way in and out; reading takes from others.
TEST(ShownSocketAttackTest, PipesInShownFoldersAreCovered) {
  const testing::TempDir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  std::filesystem::permissions(folder.path() / "pipe", std::filesystem::perms(0666));
  SandboxPolicy policy = SmallPolicy();
  policy.read_only = {{folder.path(), "/data"}};
  const auto kernel = testing::Start(policy);
  for (const char* way : {"os.O_RDONLY", "os.O_RDWR"}) {
    const CellResult result = testing::RunCell(
        *kernel, "import os\nos.open('/data/pipe', os.O_NONBLOCK | " + std::string(way) + ")");
    EXPECT_EQ(result.error_type, "PermissionError") << Describe(result);
  }
}

// What cannot be listed is not looked into, and ends nothing.
TEST(ShownSocketAttackTest, AFolderThatCannotBeListedHidesNoOtherSocket) {
  if (::geteuid() == 0) GTEST_SKIP() << "started by root such a folder is refused";
  const testing::TempDir folder;
  std::vector<UniqueFd> listeners;
  for (int i = 0; i < 8; ++i) {
    const std::string name = "folder" + std::to_string(i);
    folder.Write(name + "/seed.csv", "1");
    listeners.push_back(Listen(folder.path() / name / "s"));
    if (i % 2 == 1)
      std::filesystem::permissions(folder.path() / name, std::filesystem::perms(0000));
  }
  SandboxPolicy policy = SmallPolicy();
  policy.read_only = {{folder.path(), "/data"}};
  const auto kernel = testing::Start(policy);
  const CellResult result = testing::RunCell(*kernel, R"(
import socket
reached = 0
for i in range(8):
    try: socket.socket(socket.AF_UNIX).connect(f'/data/folder{i}/s'); reached += 1
    except OSError: pass
reached)");
  for (int i = 1; i < 8; i += 2) {
    std::filesystem::permissions(folder.path() / ("folder" + std::to_string(i)),
                                 std::filesystem::perms(0755));
  }
  EXPECT_EQ(result.display, "0") << Describe(result);
}

TEST_F(NetworkAttackTest, SocketFilesOfTheHostAreNotThere) {
  const testing::TempDir folder;
  const std::string path = (folder.path() / "s").string();
  const UniqueFd listener = Listen(path);
  ExpectRefused("socket.socket(socket.AF_UNIX).connect('" + path + "')");
  for (const char* known : {"/run/docker.sock", "/var/run/docker.sock",
                            "/run/dbus/system_bus_socket", "/run/systemd/private"}) {
    ExpectRefused("socket.socket(socket.AF_UNIX).connect('" + std::string(known) + "')");
  }
}

TEST_F(NetworkAttackTest, SocketPairsOfOtherFamiliesAreRefused) {
  ExpectRefused("socket.socketpair(socket.AF_INET)");
  EXPECT_TRUE(Attack("socket.socketpair()[0].family").display.find("AF_UNIX") != std::string::npos);
}

TEST(BrokerTest, ANamedBrokerSocketIsReachableAndNothingElseOfItsFolder) {
  const testing::TempDir folder;
  const std::filesystem::path path = folder.path() / "cdp.sock";
  const UniqueFd listener = Listen(path.string());
  folder.Write("beside", "x");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(path, std::filesystem::perms(0666));
  SandboxPolicy policy = SmallPolicy();
  policy.sockets = {path};
  const auto kernel = testing::Start(policy);
  const CellResult result = testing::RunCell(
      *kernel,
      "import os, socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('/run/brokers/cdp.sock')\n"
      "os.listdir('/run/brokers')");
  EXPECT_EQ(result.display, "['cdp.sock']") << Describe(result);
}

}  // namespace
}  // namespace inhouse
