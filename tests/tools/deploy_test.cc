#include "tools/deploy.h"

#include <gtest/gtest.h>

#include "indexer/base/digest.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::ReadAll;

class DeployTest : public ::testing::Test {
 protected:
  DeployTest() { dir_.Write("script.py", script_); }
  Status Deploy(const std::string& command) {
    return DeployScript(command, dir_.path(), Sha256Hex(script_));
  }
  std::string In(const std::string& name) const {
    std::string quoted = "'";
    quoted += (dir_.path() / name).string();
    return quoted + "'";
  }

  const std::string script_ = "print('approved')\n";
  testing::TempDir dir_;
};

TEST_F(DeployTest, TheRunnerGetsTheApprovedScriptAndItsDigest) {
  const Status done = Deploy("cat > " + In("got.py") + "; echo $INHOUSE_SCRIPT_SHA256 > " +
                             In("sum") + "; echo $INHOUSE_SESSION > " + In("where"));
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(ReadAll(dir_.path() / "got.py"), script_);
  EXPECT_EQ(ReadAll(dir_.path() / "sum"), Sha256Hex(script_) + "\n");
  EXPECT_EQ(ReadAll(dir_.path() / "where"), dir_.path().string() + "\n");
}

TEST_F(DeployTest, AScriptThatWasChangedSinceIsNotHandedOver) {
  dir_.Write("script.py", "print('changed')\n");
  const Status done = Deploy("touch " + In("ran"));
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().kind, ErrorKind::kBadInput);
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "ran"));
}

TEST_F(DeployTest, AChangeOfTheFileWhileTheRunnerReadsDoesNotMatter) {
  ASSERT_TRUE(Deploy("echo other > " + In("script.py") + "; cat > " + In("got.py")).ok());
  EXPECT_EQ(ReadAll(dir_.path() / "got.py"), script_);
}

TEST_F(DeployTest, AFailureOfTheRunnerIsNamed) {
  const Status done = Deploy("exit 7");
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().kind, ErrorKind::kNegative);
  EXPECT_NE(done.error().message.find("exit code 7"), std::string::npos);
}

}  // namespace
}  // namespace inhouse
