#include "indexer/source_revision.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

class SourceRevisionTest : public ::testing::Test {
 protected:
  void Git(const std::string& arguments) {
    const std::string command = "git -C '" + dir_.path().string() +
                                "' -c user.name=t -c user.email=t@t " + arguments +
                                " >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_.path() / name) << text;
  }
  testing::TempDir dir_;
};

TEST_F(SourceRevisionTest, NoRepositoryHasNone) { EXPECT_EQ(SourceRevision({dir_.path()}), ""); }

TEST_F(SourceRevisionTest, ACommitAndWhetherTheTreeIsDirty) {
  Git("init");
  Write("a.py", "x = 1\n");
  Git("add .");
  Git("commit -m one");
  const std::string clean = SourceRevision({dir_.path()});
  EXPECT_GE(clean.size(), 7u);
  EXPECT_EQ(clean.find("dirty"), std::string::npos);
  Write("a.py", "x = 2\n");
  EXPECT_EQ(SourceRevision({dir_.path()}), clean + "-dirty");
}

// Indexing runs nothing of what it reads.
TEST_F(SourceRevisionTest, ProgramsThatTheRepositoryNamesDoNotRun) {
  Git("init");
  Write("a.py", "x = 1\n");
  Write(".gitattributes", "*.py filter=own\n");
  Git("add .");
  Git("commit -m one");
  const std::string ran = (dir_.path() / "ran").string();
  Write("program.sh", "#!/bin/sh\ntouch '" + ran + "'\ncat\n");
  const std::string program = (dir_.path() / "program.sh").string();
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  Git("config filter.own.clean '" + program + "'");
  Git("config filter.own.required true");
  Git("config core.fsmonitor '" + program + "'");
  Write("a.py", "x = 22\n");
  EXPECT_NE(SourceRevision({dir_.path()}).find("dirty"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(ran));
}

// Its configuration may stand elsewhere.
TEST_F(SourceRevisionTest, FiltersOfAnIncludedConfigurationDoNotRun) {
  Git("init");
  Write("a.py", "x = 1\n");
  Write(".gitattributes", "*.py filter=own\n");
  Git("add .");
  Git("commit -m one");
  const std::string ran = (dir_.path() / "ran").string();
  Write("more", "[filter \"own\"]\n  clean = touch '" + ran + "'; cat\n");
  Git("config include.path ../more");
  Write("a.py", "x = 22\n");
  EXPECT_NE(SourceRevision({dir_.path()}).find("dirty"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(ran));
}

// git would go on to the outer one, or take the folder itself for a bare one.
TEST_F(SourceRevisionTest, AFolderThatOnlyLooksLikeARepositoryIsNone) {
  Git("init");
  Write("a.py", "x = 1\n");
  Git("add .");
  Git("commit -m one");
  const std::string outer = SourceRevision({dir_.path()});
  std::filesystem::create_directories(dir_.path() / "empty/.git");
  std::filesystem::create_directories(dir_.path() / "odd/.git");
  Write("odd/.git/HEAD", "nothing\n");
  EXPECT_EQ(SourceRevision({dir_.path() / "empty"}), outer);
  EXPECT_EQ(SourceRevision({dir_.path() / "odd"}), "");
  EXPECT_EQ(outer.size(), 40u);
}

TEST_F(SourceRevisionTest, ARepositoryWithoutACommitHasNone) {
  Git("init");
  Write("a.py", "x = 1\n");
  EXPECT_EQ(SourceRevision({dir_.path()}), "");
}

TEST_F(SourceRevisionTest, AWorktreeHasItsOwn) {
  Git("init");
  Write("a.py", "x = 1\n");
  Git("add .");
  Git("commit -m one");
  Git("worktree add ../" + dir_.path().filename().string() + "/tree -b other");
  Write("tree/a.py", "x = 2\n");
  EXPECT_EQ(SourceRevision({dir_.path() / "tree"}), SourceRevision({dir_.path()}) + "-dirty");
}

TEST_F(SourceRevisionTest, SeveralRootsOfOneRepositoryCountOnce) {
  Git("init");
  std::filesystem::create_directory(dir_.path() / "a");
  std::filesystem::create_directory(dir_.path() / "b");
  Write("a/x.py", "");
  Write("b/x.py", "");
  Git("add .");
  Git("commit -m one");
  const std::string both = SourceRevision({dir_.path() / "a", dir_.path() / "b"});
  EXPECT_EQ(both, SourceRevision({dir_.path() / "a"}));
}

}  // namespace
}  // namespace inhouse
