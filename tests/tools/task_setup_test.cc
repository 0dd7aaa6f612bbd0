#include "tools/task_setup.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

class TaskSetupTest : public ::testing::Test {
 protected:
  fs::path Program(const std::string& relative, const std::string& content =
                                                    "\x7f"
                                                    "ELF") {
    const fs::path path = dir_.Write(relative, content);
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }
  fs::path Folder(const std::string& relative) {
    fs::create_directories(dir_.path() / relative);
    return dir_.path() / relative;
  }
  Result<Task> Make() {
    return MakeTask(arguments_, config_, dir_.path(), [this](const std::string& name) {
      return name == "PATH" ? std::optional<std::string>(path_) : std::nullopt;
    });
  }

  TempDir dir_;
  RunArguments arguments_;
  Config config_;
  std::string path_;
};

TEST_F(TaskSetupTest, DataAndLibrariesAppearInsideReadOnly) {
  config_.run.python = Program("python");
  config_.run.python_path = {Folder("libs"), Folder("more")};
  config_.run.env = {{"DSN", "x"}};
  config_.limits.memory_mb = 100;
  Folder("data");
  arguments_.data = "data";
  arguments_.out = "session/";
  const Result<Task> task = Make();
  ASSERT_TRUE(task.ok()) << task.error().message;
  EXPECT_EQ(task->data_dir, dir_.path() / "data");
  ASSERT_EQ(task->policy.read_only.size(), 3u);
  EXPECT_EQ(task->policy.read_only[0].inside, "/data");
  EXPECT_EQ(task->policy.read_only[1].host, dir_.path() / "libs");
  EXPECT_EQ(task->policy.read_only[1].inside, "/opt/house/0");
  EXPECT_EQ(task->policy.python_path, (std::vector<std::string>{"/opt/house/0", "/opt/house/1"}));
  EXPECT_EQ(task->policy.environment.at(0).first, "DSN");
  EXPECT_EQ(task->policy.limits.memory_bytes, int64_t{100} << 20);
}

TEST_F(TaskSetupTest, TheCommandLineWinsOverTheConfiguration) {
  config_.run.python = Program("python");
  config_.limits.steps = 3;
  config_.limits.seconds = 30;
  config_.run.data = Folder("configured");
  arguments_.steps = 5;
  const Result<Task> task = Make();
  ASSERT_TRUE(task.ok());
  EXPECT_EQ(task->limits.steps, 5);
  EXPECT_EQ(task->limits.seconds, 30);
  EXPECT_EQ(task->data_dir, dir_.path() / "configured");
}

TEST_F(TaskSetupTest, MissingFoldersAreNamed) {
  config_.run.python = Program("python");
  arguments_.data = "absent";
  Result<Task> task = Make();
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(task.error().message.find("absent"), std::string::npos);
  arguments_.data = "";
  config_.run.python_path = {dir_.path() / "nowhere"};
  task = Make();
  ASSERT_FALSE(task.ok());
  EXPECT_NE(task.error().message.find("nowhere"), std::string::npos);
}

TEST_F(TaskSetupTest, PythonIsTheConfiguredOneElseTheNearestVenvElseThatOfPath) {
  const auto python = [this] {
    const Result<Task> task = Make();
    return task.ok() ? task->policy.python : fs::path(task.error().message);
  };
  EXPECT_NE(python().string().find("no Python"), std::string::npos);
  const fs::path in_path = Program("bin/python3");
  // A version manager's stand-in is a script and no interpreter.
  const fs::path shim = Program("shims/python3", "#!/bin/sh\n");
  path_ = "relative:" + shim.parent_path().string() + ":" + in_path.parent_path().string();
  EXPECT_EQ(python(), in_path);
  const fs::path here = Program(".venv/bin/python");
  EXPECT_EQ(python(), here);
  config_.file = Folder("team") / "inhouse.toml";
  const fs::path beside_config = Program("team/.venv/bin/python");
  EXPECT_EQ(python(), beside_config);
  config_.run.python = Program("own/python");
  EXPECT_EQ(python(), config_.run.python);
  config_.run.python = dir_.path() / "gone";
  EXPECT_NE(python().string().find("gone is not a program"), std::string::npos);
}

}  // namespace
}  // namespace inhouse
