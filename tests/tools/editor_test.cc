#include "tools/editor.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::ReadAll;
using testing::TempDir;

VariableLookup Only(const std::string& wanted, const std::string& value) {
  return [=](const std::string& name) {
    return name == wanted ? std::optional<std::string>(value) : std::nullopt;
  };
}

TEST(EditorTest, TheEditorMayHaveOptionsAndThePathBlanks) {
  const TempDir dir;
  const auto file = dir.Write("a file.py", "old = 1\n");
  ASSERT_TRUE(EditFile(file, Only("EDITOR", "sed -i s/old/new/")).ok());
  EXPECT_EQ(ReadAll(file), "new = 1\n");
}

TEST(EditorTest, VisualComesFirst) {
  const TempDir dir;
  const auto file = dir.Write("f", "x");
  const auto both = [](const std::string& name) {
    return std::optional<std::string>(name == "VISUAL" ? "true" : "false");
  };
  EXPECT_TRUE(EditFile(file, both).ok());
}

TEST(EditorTest, AnEditorThatFailsIsNamed) {
  const TempDir dir;
  const Status status = EditFile(dir.Write("f", "x"), Only("EDITOR", "false"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(status.error().message.find("'false'"), std::string::npos);
}

}  // namespace
}  // namespace inhouse
