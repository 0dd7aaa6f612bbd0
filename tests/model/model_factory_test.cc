#include "agent/model/model_factory.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/model/client_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

Result<std::unique_ptr<ModelClient>> Make(const std::string& spelling, const std::string& base_url,
                                          const std::string& key = "") {
  Result<ModelChoice> choice = ParseModelChoice(spelling);
  if (!choice.ok()) return choice.error();
  choice->base_url = base_url;
  choice->api_key = key;
  return MakeModelClient(std::move(choice).value(), SystemHooks({}));
}

TEST(ModelFactoryTest, ReadsTheSpelling) {
  const ModelChoice choice = ParseModelChoice("openai:qwen3:30b").value();
  EXPECT_EQ(choice.provider, "openai");
  EXPECT_EQ(choice.name, "qwen3:30b");
  for (const char* wrong : {"", "gpt-5", "openai", "openai:", "gemini:x", ":x"}) {
    const Result<ModelChoice> result = ParseModelChoice(wrong);
    ASSERT_FALSE(result.ok()) << wrong;
    EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
  }
}

TEST(ModelFactoryTest, MakesEachKindOfClient) {
  const testing::TempDir folder;
  EXPECT_EQ(Make("openai:gpt-5", "", "k").value()->name(), "openai:gpt-5");
  EXPECT_EQ(Make("anthropic:claude-opus-5", "", "k").value()->name(), "anthropic:claude-opus-5");
  EXPECT_EQ(Make("recorded:some/folder", "").value()->name(), "recorded");
  EXPECT_EQ(Make("exchange:" + (folder.path() / "x").string(), "").value()->name(), "exchange");
}

TEST(ModelFactoryTest, KnowsWhichModelsKeepPromptsOnTheMachine) {
  EXPECT_FALSE(Make("openai:gpt-5", "", "k").value()->is_local());
  EXPECT_TRUE(Make("openai:llama", "http://localhost:11434/v1").value()->is_local());
  EXPECT_FALSE(Make("openai:llama", "http://gpu-box:8000/v1").value()->is_local());
  EXPECT_FALSE(Make("openai:llama", "http://localhost.example.com/v1").value()->is_local());
  EXPECT_TRUE(Make("recorded:x", "").value()->is_local());
}

TEST(ModelFactoryTest, SaysWhatIsMissingBeforeAnythingIsSent) {
  struct Case {
    std::string spelling, base_url, key, part;
  };
  for (const Case& c :
       {Case{"openai:gpt-5", "", "", "key_env"}, Case{"anthropic:claude-opus-5", "", "", "key_env"},
        Case{"openai:x", "localhost:8080", "", "http://"},
        Case{"openai:x", "http://u:p@h/v1", "", "user name"},
        Case{"openai:x", "http://h/v1?a=b", "", "must not hold"},
        Case{"openai:x", "http://h/v1", "two words", "key"}}) {
    const auto result = Make(c.spelling, c.base_url, c.key);
    ASSERT_FALSE(result.ok()) << c.part;
    EXPECT_EQ(result.error().kind, ErrorKind::kBadInput);
    EXPECT_TRUE(testing::Contains(result.error().message, c.part)) << result.error().message;
    EXPECT_FALSE(testing::Contains(result.error().message, "two words"));
  }
}

TEST(ModelFactoryTest, AKeyWithALineEndIsTrimmed) {
  EXPECT_TRUE(Make("openai:gpt-5", "", "sk-123\n").ok());
}

}  // namespace
}  // namespace inhouse
