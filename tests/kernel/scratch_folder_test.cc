// Temporary folders go with their object, and those of a killed program with the next one.
#include "agent/kernel/scratch_folder.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

class ScratchFolderTest : public ::testing::Test {
 protected:
  ScratchFolderTest() { ::setenv("TMPDIR", place_.path().c_str(), 1); }
  ~ScratchFolderTest() override { ::unsetenv("TMPDIR"); }

  long Count() const {
    return std::distance(fs::directory_iterator(place_.path()), fs::directory_iterator());
  }
  // As a program that is killed leaves it: with something in it.
  static void LeaveOne(const std::string& name) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto folder = ScratchFolder::Make(name);
      if (folder.ok()) fs::create_directory((*folder)->path() / "inner");
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
  }

  const testing::TempDir place_;
};

TEST_F(ScratchFolderTest, GoesWithItsObject) {
  {
    const auto folder = ScratchFolder::Make("test");
    ASSERT_TRUE(folder.ok()) << folder.error().message;
    EXPECT_EQ(fs::status((*folder)->path()).permissions(), fs::perms::owner_all);
    EXPECT_EQ(Count(), 1);
  }
  EXPECT_EQ(Count(), 0);
}

TEST_F(ScratchFolderTest, WhatAKilledProgramLeftIsRemovedAndNothingElse) {
  fs::create_directory(place_.path() / "inhouse-test.notes");
  const auto in_use = ScratchFolder::Make("test");
  LeaveOne("test");
  LeaveOne("other");
  EXPECT_EQ(Count(), 4);
  const auto next = ScratchFolder::Make("test");
  ASSERT_TRUE(in_use.ok() && next.ok());
  EXPECT_EQ(Count(), 4) << "two in use, one of another name, one that is none";
  EXPECT_TRUE(fs::exists((*in_use)->path()));
}

TEST_F(ScratchFolderTest, AnotherProgramsFolderStays) {
  int line[2];
  ASSERT_EQ(::pipe(line), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto folder = ScratchFolder::Make("test");
    if (::write(line[1], "x", 1) == 1) ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(line[0], &byte, 1), 1);
  const auto own = ScratchFolder::Make("test");
  EXPECT_EQ(Count(), 2);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(line[0]);
  ::close(line[1]);
}

}  // namespace
}  // namespace inhouse
