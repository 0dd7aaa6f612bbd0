// From a policy to what gVisor, podman and the filter are told: pure.
#include "agent/kernel/container_config.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/kernel/sandbox_cgroup.h"
#include "agent/kernel/sandbox_layers.h"
#include "agent/kernel/seccomp_filter.h"
#include "agent/kernel/weaker_sandbox.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::TempDir;

bool HasRun(const std::vector<std::string>& words, const std::vector<std::string>& run) {
  return std::search(words.begin(), words.end(), run.begin(), run.end()) != words.end();
}

SandboxPolicy PolicyOf(SandboxKind kind) {
  SandboxPolicy policy;
  policy.kind = kind;
  policy.environment = {{"CDP_DSN", "x"}};
  policy.limits.work_bytes = 1000;
  policy.limits.processes = 7;
  return policy;
}

TEST(SandboxKindTest, NamesAreThoseOfTheOption) {
  for (const char* name : {"bubblewrap", "gvisor", "podman"})
    EXPECT_STREQ(SandboxKindName(*SandboxKindNamed(name)), name);
  for (const char* name : {"", "none", "weaker", "Podman", "docker"})
    EXPECT_FALSE(SandboxKindNamed(name)) << name;
}

TEST(GvisorConfigTest, SaysWhatBubblewrapWouldHold) {
  const json config = GvisorConfig(PolicyOf(SandboxKind::kGvisor), {"python", "x.py"});
  EXPECT_EQ(config["process"]["cwd"], "/work");
  EXPECT_EQ(config["process"]["noNewPrivileges"], true);
  EXPECT_TRUE(config["process"]["capabilities"].empty());
  const auto args = config["process"]["args"].get<std::vector<std::string>>();
  EXPECT_TRUE(HasRun(args, {"python", "x.py"}));
  const auto env = config["process"]["env"].get<std::vector<std::string>>();
  EXPECT_EQ(std::count(env.begin(), env.end(), "CDP_DSN=x"), 1);
  std::string writable;
  for (const json& mount : config["mounts"]) {
    if (mount["type"] == "bind") writable += mount["destination"].get<std::string>() + " ";
  }
  EXPECT_EQ(writable, "/work /tmp /dev/shm /home/user ");
  EXPECT_FALSE(config["linux"]["seccomp"]["syscalls"].empty());
}

TEST(GvisorConfigTest, ReachesHostSocketsOnlyForBrokers) {
  SandboxPolicy policy = PolicyOf(SandboxKind::kGvisor);
  EXPECT_FALSE(HasRun(GvisorCommand(policy), {"--host-uds=open"}));
  EXPECT_TRUE(HasRun(GvisorCommand(policy), {"--network=none"}));
  policy.sockets = {"/run/x.sock"};
  EXPECT_TRUE(HasRun(GvisorCommand(policy), {"--host-uds=open"}));
}

TEST(BubblewrapArgumentsTest, AroundGvisorTheFilterIsLeftToIt) {
  const auto words =
      BubblewrapArguments(PolicyOf(SandboxKind::kGvisor), {}, {5, 6, 7, 8, {{9, "main.py"}}});
  EXPECT_FALSE(HasRun(words, {"--seccomp"}));
  EXPECT_FALSE(HasRun(words, {"--disable-userns"}));
  EXPECT_FALSE(HasRun(words, {"CDP_DSN"}));
  EXPECT_TRUE(HasRun(words, {"--unshare-net"}));
  EXPECT_TRUE(HasRun(words, {"--cap-drop", "ALL"}));
  EXPECT_TRUE(HasRun(words, {"--ro-bind-data", "8", "/run/gvisor/config.json"}));
}

TEST(BubblewrapArgumentsTest, WeakerPartsAreLeftOutAlone) {
  SandboxPolicy policy = PolicyOf(SandboxKind::kBubblewrap);
  policy.weaker = {"in a test", true, false};
  auto words = BubblewrapArguments(policy, {}, {5, 6, 7, -1, {}});
  EXPECT_FALSE(HasRun(words, {"--disable-userns"}));
  EXPECT_FALSE(HasRun(words, {"--size"}));
  EXPECT_TRUE(HasRun(words, {"--seccomp", "5"}));
  EXPECT_TRUE(HasRun(words, {"--proc", "/proc"}));
  policy.weaker = {"in a test", false, true};
  words = BubblewrapArguments(policy, {}, {5, 6, 7, -1, {}});
  EXPECT_TRUE(HasRun(words, {"--ro-bind", "/proc", "/proc"}));
  EXPECT_TRUE(HasRun(words, {"--disable-userns"}));
}

TEST(SystemMountsTest, ARootFileSystemTakesTheHostsPlace) {
  const TempDir folder;
  folder.Write("usr/bin/python3", "");
  folder.Write("etc/ld.so.cache", "");
  SandboxPolicy policy = PolicyOf(SandboxKind::kBubblewrap);
  policy.root = folder.path();
  EXPECT_FALSE(SystemMounts(policy).ok()) << "no merged /usr";
  fs::create_symlink("usr/bin", folder.path() / "bin");
  const auto mounts = SystemMounts(policy);
  ASSERT_TRUE(mounts.ok()) << mounts.error().message;
  ASSERT_EQ(mounts->size(), 2u);
  EXPECT_EQ((*mounts)[0].host, folder.path() / "usr");
  EXPECT_EQ((*mounts)[1].inside, "/etc/ld.so.cache");
  EXPECT_FALSE(HasRun(BubblewrapArguments(policy, {}, {}), {"--ro-bind", "/usr", "/usr"}));
}

TEST(PodmanArgumentsTest, SayWhatBubblewrapWouldHold) {
  PodmanPlan plan{"runc", "/s/root", "/s/env", "/s/seccomp", "/s/pid", 5000, true};
  const auto words = PodmanArguments(PolicyOf(SandboxKind::kPodman), {{"/h/data", "/data"}}, plan,
                                     {"python", "x.py"});
  const std::vector<std::vector<std::string>> kWanted = {{"--network", "none"},
                                                         {"--cap-drop", "all"},
                                                         {"--security-opt", "no-new-privileges"},
                                                         {"--security-opt", "seccomp=/s/seccomp"},
                                                         {"--user", "1000:1000"},
                                                         {"--uidmap", "0:5000:2000"},
                                                         {"--volume", "/h/data:/data:ro"},
                                                         {"--rootfs", "/s/root"},
                                                         {"--pids-limit", "15"},
                                                         {"python", "x.py"}};
  for (const auto& run : kWanted) EXPECT_TRUE(HasRun(words, run)) << run.back();
  EXPECT_TRUE(HasRun(words, {"--read-only"}));
  for (const std::string& word : words) {
    EXPECT_FALSE(word == "--privileged" || word == "--net=host") << word;
    EXPECT_EQ(word.find("CDP_DSN"), std::string::npos) << "others read command lines";
  }
  plan.first_uid = 0;
  plan.limits_memory = false;
  const auto users = PodmanArguments(PolicyOf(SandboxKind::kPodman), {}, plan, {"python", "x.py"});
  EXPECT_TRUE(HasRun(users, {"--userns=keep-id:uid=1000,gid=1000"}));
  EXPECT_FALSE(HasRun(users, {"--memory"}));
}

TEST(PodmanEnvironmentTest, ValueOfSeveralLinesIsBadInput) {
  SandboxPolicy policy = PolicyOf(SandboxKind::kPodman);
  ASSERT_TRUE(PodmanEnvironment(policy).ok());
  EXPECT_NE(PodmanEnvironment(policy)->find("\nCDP_DSN=x\n"), std::string::npos);
  policy.environment = {{"A", "x\nLD_PRELOAD=/data/evil.so"}};
  EXPECT_FALSE(PodmanEnvironment(policy).ok());
}

TEST(SkeletonTest, HasAPlaceForEveryMount) {
  const TempDir folder;
  const fs::path file = folder.Write("x.sock", "");
  std::string all;
  for (const SkeletonEntry& entry : Skeleton({{folder.path(), "/opt/house/0"}, {file, "/run/x"}}))
    all += entry.path + (entry.target.empty() ? "" : ">" + entry.target) + " ";
  EXPECT_NE(all.find("bin>usr/bin "), std::string::npos) << all;
  EXPECT_NE(all.find("opt/house/0/ "), std::string::npos) << all;
  EXPECT_NE(all.find("run/x "), std::string::npos) << all;
}

TEST(SeccompProfileTest, IsTheFilterInTheRuntimesWords) {
  const std::vector<SeccompRule> rules = SeccompRules();
  const json profile = SeccompProfile(rules, true);
  EXPECT_EQ(profile["syscalls"].size(), rules.size());
  const json fewer = SeccompProfile(rules, false);
  EXPECT_EQ(fewer["syscalls"].size(), rules.size() - 8);
  int masked = 0;
  for (const json& call : profile["syscalls"]) {
    const std::string name = call["names"][0];
    if (name == "socket") {
      EXPECT_EQ(call["errnoRet"], EAFNOSUPPORT);
      EXPECT_EQ(call["args"][0]["op"], "SCMP_CMP_NE");
      EXPECT_EQ(call["args"][0]["value"], 1);
    }
    EXPECT_TRUE(name != "prlimit64" || call["args"].size() == 2);
    if (call.contains("args") && call["args"][0]["op"] == "SCMP_CMP_MASKED_EQ") ++masked;
  }
  EXPECT_EQ(masked, 7 + 6 + 2 + 3 + 2 + 1);
}

TEST(CgroupPlacesTest, VersionOneHasATreeForEachController) {
  const CgroupPlaces places =
      FindCgroupPlaces("8:pids:/\n4:memory:/a/b\n0::/\n",
                       "30 20 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                       "31 20 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
                       "32 20 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(places.version, 1);
  EXPECT_EQ(places.memory,
            (std::vector<fs::path>{"/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/memory/a",
                                   "/sys/fs/cgroup/memory"}));
  EXPECT_EQ(places.processes, std::vector<fs::path>{"/sys/fs/cgroup/pids"});
}

TEST(CgroupPlacesTest, VersionTwoHasOneTree) {
  const CgroupPlaces places =
      FindCgroupPlaces("0::/user.slice/app.scope\n",
                       "30 20 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(places.version, 2);
  EXPECT_EQ(places.memory, (std::vector<fs::path>{"/sys/fs/cgroup/user.slice/app.scope",
                                                  "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"}));
  EXPECT_EQ(FindCgroupPlaces("", "").version, 0);
}

TEST(CgroupTest, IsMadeWhereItsFilesAppearAndGoesWithTheObject) {
  const TempDir folder;  // no control group file system: nothing appears in a new folder
  const CgroupPlaces places{2, {folder.path()}, {}};
  EXPECT_FALSE(SandboxCgroup::MakeBelow(places, {}).valid());
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(CgroupTest, WhatAKilledProgramLeftIsRemoved) {
  const TempDir folder;
  fs::create_directory(folder.path() / "inhouse-2147483000-5");  // no process has that number
  fs::create_directory(folder.path() / ("inhouse-" + std::to_string(::getpid()) + "-5"));
  fs::create_directory(folder.path() / "others");
  SandboxCgroup::MakeBelow({2, {folder.path()}, {}}, {});
  EXPECT_FALSE(fs::exists(folder.path() / "inhouse-2147483000-5"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 2);
}

TEST(DescribeLayersTest, SaysWhichOptionalLayersAreActive) {
  const auto text = [](const SandboxPolicy& policy, const OptionalLayers& found) {
    std::string all;
    for (const std::string& line : DescribeLayers(policy, found)) all += line + "\n";
    return all;
  };
  SandboxPolicy policy = PolicyOf(SandboxKind::kBubblewrap);
  const std::string bare = text(policy, {0, false});
  EXPECT_NE(bare.find("not used: Landlock"), std::string::npos) << bare;
  EXPECT_NE(bare.find("no memory cgroup can be made here"), std::string::npos) << bare;
  EXPECT_NE(bare.find("within 200 ms"), std::string::npos) << "the bound is stated";
  const std::string full = text(policy, {6, true});
  EXPECT_NE(full.find("Landlock (version 6)"), std::string::npos) << full;
  EXPECT_NE(full.find("\nmemory cgroup: 8192 MiB"), std::string::npos) << full;
  EXPECT_EQ(full.find("WEAKER"), std::string::npos);
  policy.weaker = {"at the terminal", false, true};
  EXPECT_EQ(text(policy, {6, true}).find("WEAKER than required, agreed to at the terminal"), 0u);
}

TEST(WeakerSandboxTest, OnlyKnownCausesCanBeLeftOutAndOnce) {
  WeakerSandbox parts;
  EXPECT_FALSE(LeaveOut({ErrorKind::kSandbox, "No permissions to create new namespace"}, &parts));
  EXPECT_FALSE(LeaveOut({ErrorKind::kBadInput, "Unknown option"}, &parts));
  EXPECT_FALSE(LeaveOut({ErrorKind::kSandbox, "its canary could read /etc/shadow"}, &parts));
  EXPECT_TRUE(LeaveOut({ErrorKind::kSandbox, "bwrap: Unknown option --size"}, &parts));
  EXPECT_FALSE(LeaveOut({ErrorKind::kSandbox, "bwrap: Unknown option --info-fd"}, &parts));
  EXPECT_TRUE(LeaveOut({ErrorKind::kSandbox, "Can't mount proc on /newroot/proc"}, &parts));
  EXPECT_TRUE(parts.old_bubblewrap && parts.host_proc);
  EXPECT_EQ(DescribeWeaker(parts).size(), 2u);
}

}  // namespace
}  // namespace inhouse
