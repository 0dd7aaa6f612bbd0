// An index that follows its sources: what comes of each way to change them.
#include "indexer/source_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "tests/indexer/library.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::Library;

std::string Numbered(std::string name, int number, const char* end) {
  name.append(std::to_string(number)).append(end);
  return name;
}

class SourceWatchTest : public ::testing::Test {
 protected:
  void Start() {
    IndexReport first;
    auto started = SourceWatch::Start(library_.Options(), &first);
    ASSERT_TRUE(started.ok()) << started.error().message;
    watch_ = std::move(*started);
  }
  void Save(const std::string& path, const std::string& text) const {
    std::ofstream(library_.root() / path, std::ios::binary) << text;
  }
  // True once the index has (or has not) the name; updates come in any number.
  bool Becomes(const std::string& name, bool there) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (library_.Has(name) != there) {
      if (std::chrono::steady_clock::now() > end) return false;
      const auto report = watch_->Next(10s);
      if (!report.ok()) {
        ADD_FAILURE() << report.error().message;
        return false;
      }
    }
    return true;
  }

  Library library_;
  std::unique_ptr<SourceWatch> watch_;
};

TEST_F(SourceWatchTest, AWrittenFileAloneIsReadAgain) {
  library_.Write("pkg/a.py", "def old(): pass\n");
  library_.Write("pkg/b.py", "def other(): pass\n");
  Start();
  Save("pkg/a.py", "def fresh(): pass\n");
  const auto report = watch_->Next(60s);
  ASSERT_TRUE(report.ok() && report->has_value());
  EXPECT_EQ((*report)->files_indexed, 1u);
  EXPECT_EQ((*report)->files.size(), 1u);  // nothing else was looked at
  EXPECT_TRUE(library_.Has("pkg.a.fresh"));
}

TEST_F(SourceWatchTest, SavesByRenameCount) {
  library_.Write("a.py", "def old(): pass\n");
  Start();
  Save(".a.py.swp", "def fresh(): pass\n");
  fs::rename(library_.root() / ".a.py.swp", library_.root() / "a.py");
  EXPECT_TRUE(Becomes("a.fresh", true));
  EXPECT_FALSE(library_.Has("a.old"));
}

TEST_F(SourceWatchTest, FilesComeAndGo) {
  library_.Write("a.py", "def stays(): pass\n");
  Start();
  Save("b.py", "def came(): pass\n");
  EXPECT_TRUE(Becomes("b.came", true));
  fs::remove(library_.root() / "b.py");
  EXPECT_TRUE(Becomes("b.came", false));
  fs::create_hard_link(library_.root() / "a.py", library_.root() / "c.py");
  EXPECT_TRUE(Becomes("c.stays", true));
}

TEST_F(SourceWatchTest, NewFoldersAreFollowed) {
  library_.Write("a.py", "def f(): pass\n");
  Start();
  fs::create_directories(library_.root() / "x/y");
  Save("x/y/deep.py", "def first(): pass\n");
  EXPECT_TRUE(Becomes("x.y.deep.first", true));
  Save("x/y/deep.py", "def second(): pass\n");
  EXPECT_TRUE(Becomes("x.y.deep.second", true));
}

TEST_F(SourceWatchTest, RulesThatChangeCount) {
  library_.Write("a.py", "def f(): pass\n");
  library_.Write("b.py", "def f(): pass\n");
  Start();
  Save(".inhouseignore", "b.py\n");
  EXPECT_TRUE(Becomes("b.f", false));
  fs::remove(library_.root() / ".inhouseignore");
  EXPECT_TRUE(Becomes("b.f", true));
}

TEST_F(SourceWatchTest, OtherFilesWakeNobody) {
  library_.Write("a.py", "def f(): pass\n");
  Start();
  Save("notes.txt", "x");
  Save("a.pyc", "x");
  const auto report = watch_->Next(20ms);
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->has_value());
}

// As a switch of branches: files come, go and change while we look.
TEST_F(SourceWatchTest, AFloodEndsInTheStateOfTheFiles) {
  for (int i = 0; i < 60; ++i) {
    library_.Write(Numbered("m", i, ".py"), "def old(): pass\n");
  }
  Start();
  std::jthread writer([this] {
    for (int round = 0; round < 5; ++round) {
      for (int i = 0; i < 60; ++i) {
        const std::string name = Numbered("m", i, ".py");
        if (i % 3 == round % 3) {
          fs::remove(library_.root() / name);
        } else {
          Save(name, Numbered("def round", round, "(): pass\n"));
        }
      }
    }
    Save("last.py", "def last(): pass\n");
  });
  EXPECT_TRUE(Becomes("last.last", true));
  writer.join();
  EXPECT_TRUE(Becomes("m0.round4", true));
  EXPECT_TRUE(Becomes("m59.round4", true));
  EXPECT_TRUE(Becomes("m1.round3", false));
  const std::vector<std::string> names = library_.Names();
  const auto old = std::count_if(names.begin(), names.end(), [](const std::string& name) {
    return name.find(".old") != std::string::npos;
  });
  EXPECT_EQ(old, 0);
  EXPECT_EQ(std::count_if(names.begin(), names.end(),
                          [](const std::string& name) { return name.ends_with(".round4"); }),
            40);
}

TEST_F(SourceWatchTest, AnErrorIsToldAndTriedAgain) {
  library_.Write("a.py", "def old(): pass\n");
  Start();
  const fs::path away = library_.path() / "away";
  fs::rename(library_.root(), away);
  const auto report = watch_->Next(60s);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, ErrorKind::kBadInput);
  EXPECT_TRUE(library_.Has("a.old"));
  fs::rename(away, library_.root());
  Save("a.py", "def fresh(): pass\n");
  EXPECT_TRUE(Becomes("a.fresh", true));
}

}  // namespace
}  // namespace inhouse
