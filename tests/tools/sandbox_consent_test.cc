// A weaker sandbox exists by a person's consent alone: at a terminal, or in the
// configuration. Tried with a bubblewrap that is too old.
#include "tools/sandbox_consent.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "agent/kernel/ready_sandbox.h"
#include "agent/kernel/sandbox_layers.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

// Passes on to the real one, but does not know some options.
constexpr const char* kOldBubblewrap =
    "#!/bin/bash\n"
    "args=(); while IFS= read -r -d '' word <&4; do args+=(\"$word\"); done\n"
    "for word in \"${args[@]}\"; do case $word in --size|--disable-userns)\n"
    "  echo \"bwrap: Unknown option $word\" >&2; exit 1;; esac; done\n"
    "shift 3; exec /usr/bin/bwrap \"${args[@]}\" -- \"$@\"\n";

class SandboxConsentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    policy_.python = INHOUSE_SOURCE_DIR "/.venv/bin/python";
    policy_.bubblewrap = folder_.Write("bwrap", kOldBubblewrap);
    fs::permissions(folder_.path(), fs::perms(0755));
    fs::permissions(policy_.bubblewrap, fs::perms(0755));
  }

  Status Settle(const std::string& typed, bool in_is_terminal, bool err_is_terminal) {
    std::istringstream in(typed);
    std::ostringstream out;
    CommandContext context{in, out, err_};
    context.in_is_terminal = in_is_terminal;
    context.err_is_terminal = err_is_terminal;
    return SettleSandbox(config_, context, &policy_);
  }

  TempDir folder_;
  Config config_;
  SandboxPolicy policy_;
  std::ostringstream err_;
};

TEST_F(SandboxConsentTest, NobodyIsAskedWhereThereIsNoTerminal) {
  for (const auto& [in, err] :
       {std::pair(false, false), std::pair(true, false), std::pair(false, true)}) {
    EXPECT_TRUE(Settle("yes\n", in, err).ok());
    EXPECT_TRUE(policy_.weaker.consent.empty());
    EXPECT_TRUE(err_.str().empty());
  }
  const auto started = StartSandbox(policy_);
  ASSERT_FALSE(started.ok()) << "nothing less was started";
  EXPECT_EQ(started.error().kind, ErrorKind::kSandbox);
}

TEST_F(SandboxConsentTest, AnythingButYesRefuses) {
  for (const char* typed : {"", "\n", "y\n", "no\n", "YES\n"}) {
    const Status status = Settle(typed, true, true);
    ASSERT_FALSE(status.ok()) << typed;
    EXPECT_EQ(status.error().kind, ErrorKind::kSandbox);
    EXPECT_TRUE(policy_.weaker.consent.empty());
  }
}

TEST_F(SandboxConsentTest, YesAtTheTerminalIsWrittenDown) {
  const Status status = Settle("yes\n", true, true);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_NE(err_.str().find("bubblewrap is older than 0.8"), std::string::npos) << err_.str();
  EXPECT_EQ(policy_.weaker.consent, "at the terminal");
  EXPECT_TRUE(SandboxLayers(policy_)[0].starts_with(
      "WEAKER than required, agreed to at the terminal; bubblewrap is older"));
  EXPECT_TRUE(StartSandbox(policy_).ok());
}

TEST_F(SandboxConsentTest, TheConfigurationAgreesToo) {
  config_.run.weaker_sandbox = true;
  ASSERT_TRUE(Settle("", false, false).ok());
  EXPECT_TRUE(policy_.weaker.old_bubblewrap);
  EXPECT_NE(err_.str().find("agreed to in inhouse.toml"), std::string::npos) << err_.str();
}

TEST_F(SandboxConsentTest, NothingIsLeftOutWhereAllIsWell) {
  policy_.bubblewrap = "/usr/bin/bwrap";
  config_.run.weaker_sandbox = true;
  ASSERT_TRUE(Settle("", false, false).ok());
  EXPECT_TRUE(policy_.weaker.consent.empty());
  EXPECT_FALSE(policy_.weaker.old_bubblewrap);
}

}  // namespace
}  // namespace inhouse
