#include "tools/model_setup.h"

#include <gtest/gtest.h>

#include <map>

namespace inhouse {
namespace {

class ModelSetupTest : public ::testing::Test {
 protected:
  Result<ModelChoice> Choose() {
    return ChooseModel(arguments_, config_, "/here", [this](const std::string& name) {
      const auto it = variables_.find(name);
      return it == variables_.end() ? std::nullopt : std::optional<std::string>(it->second);
    });
  }
  std::string Key() {
    const Result<ModelChoice> choice = Choose();
    return choice.ok() ? choice->api_key : choice.error().message;
  }

  RunArguments arguments_;
  Config config_;
  std::map<std::string, std::string> variables_ = {
      {"OPENAI_API_KEY", "usual"}, {"ANTHROPIC_API_KEY", "other"}, {"TEAM_KEY", "team"}};
};

TEST_F(ModelSetupTest, WithoutAModelItSaysHowToNameOne) {
  const Result<ModelChoice> choice = Choose();
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(choice.error().kind, ErrorKind::kUsage);
  EXPECT_NE(choice.error().message.find("--model"), std::string::npos);
}

TEST_F(ModelSetupTest, TheCommandLineWinsOverTheConfiguration) {
  config_.model = {"openai", "", "m", "", false};
  EXPECT_EQ(Choose()->name, "m");
  arguments_.model = "anthropic:n";
  EXPECT_EQ(Choose()->provider, "anthropic");
  EXPECT_EQ(Choose()->name, "n");
}

TEST_F(ModelSetupTest, TheUsualKeyGoesToTheProviderAndToATypedServer) {
  arguments_.model = "openai:m";
  EXPECT_EQ(Key(), "usual");
  arguments_.base_url = "http://127.0.0.1:1/v1";
  EXPECT_EQ(Key(), "usual");
  arguments_.model = "anthropic:m";
  EXPECT_EQ(Key(), "other");
}

TEST_F(ModelSetupTest, AConfiguredServerGetsOnlyTheKeyThatIsNamedForIt) {
  config_.model = {"openai", "http://elsewhere/v1", "m", "", false};
  EXPECT_EQ(Key(), "");
  EXPECT_EQ(Choose()->base_url, "http://elsewhere/v1");
  config_.model.key_env = "TEAM_KEY";
  EXPECT_EQ(Key(), "team");
  config_.model.key_env = "ABSENT";
  EXPECT_NE(Key().find("the variable ABSENT"), std::string::npos);
}

TEST_F(ModelSetupTest, AnotherProvidersSettingsAreNotUsed) {
  config_.model = {"openai", "http://elsewhere/v1", "m", "TEAM_KEY", false};
  arguments_.model = "anthropic:n";
  EXPECT_EQ(Choose()->base_url, "");
  EXPECT_EQ(Key(), "other");
}

TEST_F(ModelSetupTest, PricesOfTheTeamCountForItsModel) {
  config_.model = {"openai", "http://elsewhere/v1", "m", "", false};
  config_.model.prices = Prices{1, 2, 3, 4};
  config_.limits.usd = 0.01;
  const auto made = [this] {
    return SetUpModel(arguments_, config_, "/here",
                      [](const std::string&) { return std::optional<std::string>(); }, {});
  };
  const auto client = made();
  ASSERT_TRUE(client.ok()) << client.error().message;
  ASSERT_TRUE((*client)->info().prices.has_value());
  EXPECT_EQ((*client)->info().prices->output, 4);
  config_.model.prices.reset();
  EXPECT_FALSE(made().ok()) << "a price that is not known is refused";
  config_.limits.allow_unknown_price = true;
  EXPECT_TRUE(made().ok()) << "unless the user says otherwise";
}

TEST_F(ModelSetupTest, FoldersAreRelativeToWhereTheyWereWritten) {
  arguments_.model = "exchange:box";
  EXPECT_EQ(Choose()->name, "/here/box");
  arguments_.model = "";
  config_.file = "/team/inhouse.toml";
  config_.model.provider = "recorded";
  config_.model.name = "../runs/1";
  EXPECT_EQ(Choose()->name, "/runs/1");
  EXPECT_EQ(Key(), "");
}

}  // namespace
}  // namespace inhouse
