// From a policy to mounts, environment and limits: pure, nothing is run.
#include "agent/kernel/sandbox_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

bool HasRun(const std::vector<std::string>& words, const std::vector<std::string>& run) {
  return std::search(words.begin(), words.end(), run.begin(), run.end()) != words.end();
}

std::string InsideOf(const PythonInstallation& found) {
  std::string all;
  for (const ReadOnlyMount& mount : found.mounts) all += mount.inside + " ";
  return all;
}

// A folder with an interpreter of its own: TempDir/<name>/bin/python.
fs::path MakePython(const TempDir& folder, const std::string& name) {
  const fs::path python = folder.Write(name + "/bin/python", "binary");
  fs::permissions(python, fs::perms(0755));
  folder.Write(name + "/lib/os.py", "");
  folder.Write(name + "/secret.txt", "");
  return python;
}

TEST(LocatePythonTest, SystemInterpreterNeedsNoMount) {
  const auto found = LocatePython("/usr/bin/python3");
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->mounts.empty());
  EXPECT_TRUE(found->executable.starts_with("/usr/bin/python3"));
}

TEST(LocatePythonTest, AScriptThatStartsOneIsNamed) {
  const TempDir folder;
  const fs::path shim = folder.Write("python3", "#!/bin/sh\nexec pyenv exec python3 \"$@\"\n");
  fs::permissions(shim, fs::perms(0755));
  const auto found = LocatePython(shim);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(found.error().message.find("sys.executable"), std::string::npos);
}

TEST(LocatePythonTest, EnvironmentAppearsAtAFixedPlace) {
  const TempDir folder;
  const fs::path python = MakePython(folder, "venv");
  folder.Write("venv/pyvenv.cfg", "home = /usr/bin\n");
  fs::remove(python);
  fs::create_symlink("/usr/bin/python3", python);
  const auto found = LocatePython(python);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->executable, "/opt/venv/bin/python");
  EXPECT_EQ(InsideOf(*found), "/opt/venv/bin /opt/venv/lib /opt/venv/pyvenv.cfg ");
}

TEST(LocatePythonTest, OnlyTheFoldersThatPythonUsesAreShown) {
  const TempDir folder;
  const fs::path python = MakePython(folder, "home");
  const auto found = LocatePython(python);
  ASSERT_TRUE(found.ok());
  const std::string root = fs::canonical(folder.path() / "home").string();
  EXPECT_EQ(InsideOf(*found), root + "/bin " + root + "/lib ");
}

TEST(LocatePythonTest, BaseOutsideUsrIsShownOnceAtItsOwnPath) {
  const TempDir folder;
  const fs::path base = MakePython(folder, "base");
  const fs::path python = MakePython(folder, "venv");
  folder.Write("venv/pyvenv.cfg", "home = " + base.parent_path().string() + "\n");
  fs::remove(python);
  fs::create_symlink(base, python);
  const auto found = LocatePython(python);
  ASSERT_TRUE(found.ok());
  const std::string root = fs::canonical(folder.path() / "base").string();
  EXPECT_EQ(InsideOf(*found),
            root + "/bin " + root + "/lib /opt/venv/bin /opt/venv/lib /opt/venv/pyvenv.cfg ");
}

TEST(LocatePythonTest, EnvironmentMadeFromBinDoesNotShowTheRootFolder) {
  const TempDir folder;
  const fs::path python = MakePython(folder, "venv");
  folder.Write("venv/pyvenv.cfg", "home = /bin\n");
  fs::remove(python);
  fs::create_symlink("/bin/python3", python);
  const auto found = LocatePython(python);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(InsideOf(*found), "/opt/venv/bin /opt/venv/lib /opt/venv/pyvenv.cfg ");
}

TEST(LocatePythonTest, FileThatCannotBeRunIsBadInput) {
  const TempDir folder;
  const auto found = LocatePython(folder.path() / "python");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::kBadInput);
}

TEST(CheckPolicyTest, PlacesOfTheSandboxItselfCannotBeCovered) {
  const TempDir folder;
  for (const char* inside :
       {"/", "/usr", "/etc/ssl", "/proc", "/dev/shm", "/work/x", "/tmp", "/lib/house/0", "/opt",
        "/opt/venv/lib", "/opt/inhouse", "data", "/data/../usr", "/home/user", "/run/x"}) {
    SandboxPolicy policy;
    policy.read_only = {{folder.path(), inside}};
    const Status status = CheckPolicy(policy);
    ASSERT_FALSE(status.ok()) << inside;
    EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  }
  SandboxPolicy policy;
  policy.read_only = {{folder.path(), "/data"}, {folder.path(), "/opt/house/0"}};
  EXPECT_TRUE(CheckPolicy(policy).ok());
}

TEST(CheckPolicyTest, EnvironmentThatIsNoneIsBadInput) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"", "x"}, {"A=B", "x"}, {std::string("A\0B", 3), "x"}, {"A", std::string("x\0y", 3)}}) {
    SandboxPolicy policy;
    policy.environment = {{name, value}};
    EXPECT_FALSE(CheckPolicy(policy).ok()) << name;
  }
}

TEST(CheckPolicyTest, BrokerThatIsNotThereIsBadInput) {
  SandboxPolicy policy;
  policy.sockets = {"/nonexistent/broker.sock"};
  const Status status = CheckPolicy(policy);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("broker.sock"), std::string::npos);
}

TEST(BaseEnvironmentTest, HoldsFixedValuesThenThePolicys) {
  SandboxPolicy policy;
  policy.python_path = {"/opt/house/0", "/opt/house/1"};
  policy.environment = {{"CDP_DSN", "x"}};
  std::map<std::string, std::string> found;
  for (const auto& [name, value] : BaseEnvironment(policy)) found[name] = value;
  EXPECT_EQ(found["PYTHONPATH"], "/opt/house/0:/opt/house/1");
  EXPECT_EQ(found["CDP_DSN"], "x");
  EXPECT_EQ(found["HOME"], "/home/user");
  EXPECT_EQ(found["TZ"], "UTC");
}

TEST(BubblewrapArgumentsTest, EveryRequiredLayerIsAskedFor) {
  SandboxPolicy policy;
  const auto words = BubblewrapArguments(policy, {{"/host/data", "/data"}},
                                         {5, 6, 7, -1, {{8, "kernel_main.py"}}});
  for (const char* word :
       {"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
        "--disable-userns", "--new-session", "--die-with-parent", "--clearenv"}) {
    EXPECT_TRUE(HasRun(words, {word})) << word;
  }
  EXPECT_TRUE(HasRun(words, {"--cap-drop", "ALL"}));
  EXPECT_TRUE(HasRun(words, {"--seccomp", "5"}));
  EXPECT_TRUE(HasRun(words, {"--ro-bind", "/host/data", "/data"}));
  EXPECT_TRUE(HasRun(words, {"--ro-bind-data", "8", "/opt/inhouse/kernel_main.py"}));
  EXPECT_TRUE(HasRun(words, {"--size", "1073741824", "--tmpfs", "/work"}));
  EXPECT_TRUE(HasRun(words, {"--remount-ro", "/dev", "--remount-ro", "/"}));
  EXPECT_FALSE(HasRun(words, {"--bind"})) << "nothing of the host is writable";
  EXPECT_TRUE(HasRun(words, {"--dev-bind", "/dev/full", "/dev/zero"}));
  EXPECT_EQ(std::count(words.begin(), words.end(), "--dev-bind"), 1);
}

TEST(WithLimitsTest, LimitsComeBeforeTheCommand) {
  SandboxPolicy policy;
  policy.limits.processes = 12;
  const auto words = WithLimits(policy, {"python", "x.py"});
  EXPECT_EQ(words.front(), "/usr/bin/prlimit");
  EXPECT_TRUE(HasRun(words, {"--nproc=12:12"}));
  EXPECT_TRUE(HasRun(words, {"--sigpending=1024:1024"})) << "counted for all of a user";
  EXPECT_TRUE(HasRun(words, {"--rtprio=0:0", "--nice=0:0", "--", "python", "x.py"}));
}

}  // namespace
}  // namespace inhouse
