// Starting the sandbox: what is missing is said in one line with the remedy,
// and nothing less confined is started in its place.
#include "agent/kernel/sandbox_launcher.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "agent/kernel/launch_failure.h"
#include "agent/kernel/sandbox_layers.h"
#include "agent/kernel/sandbox_watch.h"
#include "agent/kernel/weaker_sandbox.h"
#include "tests/kernel/kernel_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::SmallPolicy;
using testing::TempDir;

Error StartError(const SandboxPolicy& policy) {
  const auto sandbox = StartSandbox(policy);
  if (!sandbox.ok()) return sandbox.error();
  ADD_FAILURE() << "it started";
  return {};
}

bool IsOneLine(const std::string& text) {
  return !text.empty() && text.find('\n') == std::string::npos;
}

int OpenDescriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

TEST(SandboxLauncherTest, MissingBubblewrapIsASandboxErrorWithTheRemedy) {
  SandboxPolicy policy = SmallPolicy();
  policy.bubblewrap = "/nonexistent/bwrap";
  const Error error = StartError(policy);
  EXPECT_EQ(error.kind, ErrorKind::kSandbox);
  EXPECT_TRUE(IsOneLine(error.message));
  EXPECT_NE(error.message.find("install bubblewrap"), std::string::npos) << error.message;
}

TEST(SandboxLauncherTest, BubblewrapThatIsTooOldIsASandboxError) {
  const TempDir folder;
  SandboxPolicy policy = SmallPolicy();
  policy.bubblewrap = folder.Write(
      "bwrap", "#!/bin/sh\necho 'bwrap: Unknown option --disable-userns' >&2\nexit 1\n");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(policy.bubblewrap, fs::perms(0755));
  const Error error = StartError(policy);
  EXPECT_EQ(error.kind, ErrorKind::kSandbox);
  EXPECT_NE(error.message.find("0.8 or newer is needed"), std::string::npos) << error.message;
}

TEST(SandboxLauncherTest, ProgramThatIsNoSandboxIsNotTrusted) {
  const TempDir folder;
  SandboxPolicy policy = SmallPolicy();
  policy.bubblewrap = folder.Write("bwrap", "#!/bin/sh\nexit 0\n");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(policy.bubblewrap, fs::perms(0755));
  const Error error = StartError(policy);
  EXPECT_EQ(error.kind, ErrorKind::kSandbox);
  EXPECT_NE(error.message.find("it ended without a message"), std::string::npos) << error.message;
}

TEST(SandboxLauncherTest, CausesAreExplainedWithTheirRemedy) {
  const struct {
    const char* output;
    const char* remedy;
  } kCases[] = {
      {"bwrap: No permissions to create new namespace, likely because the kernel does not allow "
       "non-privileged user namespaces.",
       "apparmor_restrict_unprivileged_userns=0"},
      {"bwrap: setting up uid map: Permission denied", "user namespaces are not allowed"},
      {"bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "unmasked /proc"},
      {"bwrap: Unknown option --disable-userns", "0.8 or newer"},
      {"Python 3.9 or newer is needed, this is 3.8.18", "set [run] python in inhouse.toml"},
      {"/bin/ls: unknown option -- 'I'",
       " a Python 3.9 or newer? set [run] python in inhouse.toml"},
      {"", "docs/sandbox.md"}};
  for (const auto& example : kCases) {
    const Error error = ExplainLaunchFailure(SmallPolicy(), example.output);
    EXPECT_EQ(error.kind, ErrorKind::kSandbox);
    EXPECT_NE(error.message.find(example.remedy), std::string::npos) << error.message;
  }
}

// Passes on to the real one, but does not know some options.
SandboxPolicy WithOldBubblewrap(const TempDir& folder) {
  SandboxPolicy policy = SmallPolicy();
  const std::string script =
      "#!/bin/bash\n"
      "args=(); while IFS= read -r -d '' word <&4; do args+=(\"$word\"); done\n"
      "for word in \"${args[@]}\"; do case $word in --size|--disable-userns)\n"
      "  echo \"bwrap: Unknown option $word\" >&2; exit 1;; esac; done\n"
      "shift 3; exec " +
      policy.bubblewrap.string() + " \"${args[@]}\" -- \"$@\"\n";
  policy.bubblewrap = folder.Write("bwrap", script);
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(policy.bubblewrap, fs::perms(0755));
  return policy;
}

TEST(SandboxLauncherTest, WeakerSandboxIsOfferedForAnOldBubblewrapAndRuns) {
  const TempDir folder;
  SandboxPolicy policy = WithOldBubblewrap(folder);
  EXPECT_NE(StartError(policy).message.find("weaker_sandbox"), std::string::npos)
      << "not without a consent";
  const auto offer = FindWeakerSandbox(policy);
  ASSERT_TRUE(offer.ok()) << offer.error().message;
  ASSERT_TRUE(offer->has_value());
  EXPECT_EQ((*offer)->refusal.kind, ErrorKind::kSandbox);
  EXPECT_TRUE((*offer)->parts.old_bubblewrap);
  EXPECT_FALSE((*offer)->parts.host_proc);
  policy.weaker = (*offer)->parts;
  const auto kernel = testing::Start(policy);
  EXPECT_EQ(testing::RunCell(*kernel, "1 + 1").display, "2");
}

TEST(SandboxLauncherTest, NothingWeakerIsOfferedWhereAllIsWellOrNothingHelps) {
  const auto well = FindWeakerSandbox(SmallPolicy());
  ASSERT_TRUE(well.ok()) << well.error().message;
  EXPECT_FALSE(well->has_value());
  const TempDir folder;
  SandboxPolicy policy = SmallPolicy();
  policy.bubblewrap = folder.Write(
      "bwrap", "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(policy.bubblewrap, fs::perms(0755));
  const auto none = FindWeakerSandbox(policy);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kSandbox);
}

TEST(SandboxLauncherTest, HostsProcIsUsedOnlyAsAWeakerSandbox) {
  SandboxPolicy policy = SmallPolicy();
  policy.weaker = {"in a test", false, true};
  const auto kernel = testing::Start(policy);
  const CellResult result = testing::RunCell(*kernel, "open('/proc/1/environ').read()");
  EXPECT_EQ(result.error_type, "PermissionError") << testing::Describe(result);
}

TEST(SandboxLauncherTest, StrongerSandboxThatIsNotInstalledIsASandboxErrorWithTheRemedy) {
  for (const SandboxKind kind : {SandboxKind::kGvisor, SandboxKind::kPodman}) {
    SandboxPolicy policy = SmallPolicy();
    policy.kind = kind;
    policy.runsc = policy.podman = "/nonexistent/program";
    const Error error = StartError(policy);
    EXPECT_EQ(error.kind, ErrorKind::kSandbox);
    EXPECT_TRUE(IsOneLine(error.message));
    EXPECT_NE(error.message.find("apt-get install"), std::string::npos) << error.message;
  }
}

TEST(SandboxLauncherTest, StrongerSandboxThatCannotRunIsASandboxError) {
  const TempDir folder;
  SandboxPolicy policy = SmallPolicy();
  policy.kind = SandboxKind::kPodman;
  policy.podman = folder.Write("podman", "#!/bin/sh\necho 'Error: no runtime' >&2\nexit 125\n");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(policy.podman, fs::perms(0755));
  const Error error = StartError(policy);
  EXPECT_EQ(error.kind, ErrorKind::kSandbox);
  EXPECT_NE(error.message.find("the podman sandbox did not start (Error: no runtime)"),
            std::string::npos)
      << error.message;
}

TEST(SandboxLauncherTest, MissingPythonIsBadInput) {
  SandboxPolicy policy = SmallPolicy();
  policy.python = "/nonexistent/python";
  const Error error = StartError(policy);
  EXPECT_EQ(error.kind, ErrorKind::kBadInput);
  EXPECT_TRUE(IsOneLine(error.message));
  EXPECT_NE(error.message.find("/nonexistent/python"), std::string::npos);
  EXPECT_NE(error.message.find("[run] python"), std::string::npos) << error.message;
}

TEST(SandboxLauncherTest, MissingMountIsBadInput) {
  SandboxPolicy policy = SmallPolicy();
  policy.read_only = {{"/nonexistent/data", "/data"}};
  const Error error = StartError(policy);
  EXPECT_EQ(error.kind, ErrorKind::kBadInput);
  EXPECT_TRUE(IsOneLine(error.message));
  EXPECT_NE(error.message.find("/nonexistent/data"), std::string::npos);
  EXPECT_NE(error.message.find("--data"), std::string::npos);
}

TEST(SandboxLauncherTest, FileThatTheSandboxsUserCannotReadIsNamed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only a launcher with rights changes its user";
  const TempDir folder;
  fs::permissions(folder.path(), fs::perms(0755));
  const fs::path file = folder.Write("data/private.csv", "x");
  fs::permissions(file, fs::perms(0600));
  SandboxPolicy policy = SmallPolicy();
  policy.read_only = {{folder.path() / "data", "/data"}};
  const Error error = StartError(policy);
  EXPECT_EQ(error.kind, ErrorKind::kBadInput);
  EXPECT_NE(error.message.find("private.csv is not readable"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("chmod -R o+rX"), std::string::npos) << error.message;
}

TEST(SandboxLauncherTest, PathsBelowFoldersOfRootAloneAreShown) {
  const TempDir folder;
  folder.Write("closed/data/x.csv", "seen");
  fs::permissions(folder.path() / "closed", fs::perms(0700));
  SandboxPolicy policy = SmallPolicy();
  policy.read_only = {{folder.path() / "closed/data", "/data"}};
  const auto kernel = testing::Start(policy);
  EXPECT_EQ(testing::RunCell(*kernel, "open('/data/x.csv').read()").display, "'seen'");
}

TEST(SandboxLauncherTest, NothingIsLeftOpenOrRunning) {
  { const auto warm = StartSandbox(SmallPolicy()); }
  const int before = OpenDescriptors();
  { const auto sandbox = StartSandbox(SmallPolicy()); }
  SandboxPolicy broken = SmallPolicy();
  broken.python = "/bin/false";
  { const auto failed = StartSandbox(broken); }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(SandboxLauncherTest, UsageIsMeasuredFromOutside) {
  const auto sandbox = StartSandbox(SmallPolicy());
  ASSERT_TRUE(sandbox.ok());
  for (const bool precise : {false, true}) {
    const SandboxUsage usage = MeasureSandbox(sandbox->process, precise);
    EXPECT_EQ(usage.processes, 2);
    EXPECT_GT(usage.memory_bytes, int64_t{2} << 20);
    EXPECT_LT(usage.memory_bytes, int64_t{100} << 20);
    EXPECT_LT(usage.files, 20);
  }
}

TEST(SandboxLauncherTest, LayersNameWhatConfinesAndWhatDoesNot) {
  std::string all;
  for (const std::string& line : SandboxLayers(SmallPolicy())) all += line + "\n";
  EXPECT_NE(all.find("seccomp"), std::string::npos);
  EXPECT_NE(all.find("work folder 8 MiB"), std::string::npos) << all;
  EXPECT_NE(all.find("Landlock"), std::string::npos) << all;
}

}  // namespace
}  // namespace inhouse
