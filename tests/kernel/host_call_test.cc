// Questions of a running cell to the host.
#include <nlohmann/json.hpp>

#include "tests/kernel/kernel_harness.h"

namespace inhouse {
namespace {

using nlohmann::json;
using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::Start;

TEST(HostCallTest, FindApiAndShowApiAreAnswered) {
  std::vector<std::string> asked;
  const auto kernel = Start(SmallPolicy(), [&](std::string_view name, std::string_view arguments) {
    asked.push_back(std::string(name) + " " + std::string(arguments));
    return Result<std::string>("cdp_client.query(sql)\nreads the warehouse");
  });
  const CellResult found = RunCell(*kernel, "find_api('read the \"warehouse\"')");
  EXPECT_EQ(found.display, "cdp_client.query(sql)\nreads the warehouse") << Describe(found);
  EXPECT_EQ(RunCell(*kernel, "len(show_api('cdp_client.query'))").display, "41");
  EXPECT_EQ(asked, (std::vector<std::string>{R"(find_api {"query":"read the \"warehouse\""})",
                                             R"(show_api {"name":"cdp_client.query"})"}));
}

TEST(HostCallTest, RefusedQuestionIsAnErrorOfTheCell) {
  const auto kernel = Start(SmallPolicy(), [](std::string_view, std::string_view) {
    return Result<std::string>(BadInput("no index"));
  });
  const CellResult result = RunCell(*kernel, "find_api('x')");
  EXPECT_EQ(result.error_type, "LookupError") << Describe(result);
  EXPECT_EQ(result.error_message, "no index");
}

TEST(HostCallTest, WithoutAHostTheAnswerSaysSo) {
  const auto kernel = Start(SmallPolicy());
  const CellResult result = RunCell(*kernel, "show_api('x')");
  EXPECT_NE(result.error_message.find("no house API index"), std::string::npos);
}

TEST(HostCallTest, AnswerOfManyBytesArrivesWhole) {
  const auto kernel = Start(SmallPolicy(), [](std::string_view, std::string_view) {
    return Result<std::string>(std::string(3 << 20, 'x'));
  });
  EXPECT_EQ(RunCell(*kernel, "len(find_api('x'))").display, "3145728");
}

TEST(HostCallTest, EndlessQuestionsEndWithAnError) {
  int asked = 0;
  const auto kernel = Start(SmallPolicy(), [&](std::string_view, std::string_view) {
    ++asked;
    return Result<std::string>("answer");
  });
  const CellResult result = RunCell(*kernel, "while True: find_api('x')");
  EXPECT_EQ(result.error_type, "LookupError") << Describe(result);
  EXPECT_EQ(asked, 1000);
  EXPECT_EQ(RunCell(*kernel, "1 + 1").display, "2");
}

}  // namespace
}  // namespace inhouse
