#include "tools/spending_limit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace inhouse {
namespace {

// Costs what the test says; 1 USD a million tokens in, 2 USD out.
class PricedModel : public ModelClient {
 public:
  PricedModel(bool priced, Usage usage) : priced_(priced), usage_(usage) {}
  std::string name() const override { return "priced"; }
  bool is_local() const override { return false; }
  ModelInfo info() const override {
    ModelInfo info;
    if (priced_) info.prices = Prices{1, 1, 1, 2};
    return info;
  }
  Result<Reply> Complete(const ChatRequest&,
                         const std::function<void(std::string_view)>&) override {
    Reply reply;
    reply.usage = usage_;
    return reply;
  }

 private:
  bool priced_;
  Usage usage_;
};

Usage Reported(int64_t input, int64_t output) {
  Usage usage;
  usage.input_tokens = input;
  usage.output_tokens = output;
  usage.reported = true;
  return usage;
}

// Calls until one is refused (at most 100); each may have 1,000 tokens of reply.
int CallsWithin(double usd, Usage usage) {
  auto client = LimitSpending(std::make_unique<PricedModel>(true, usage), usd);
  ChatRequest request;
  request.max_tokens = 1000;  // at most 0.002 USD, and the prompt of one token
  for (int calls = 0; calls < 100; ++calls) {
    const Result<Reply> reply = (*client)->Complete(request, {});
    if (reply.ok()) continue;
    EXPECT_EQ(reply.error().kind, ErrorKind::kLimit);
    const std::string limit = fmt::format("the limit of {:g} US dollars", usd);
    EXPECT_TRUE(reply.error().message.starts_with(limit + " (--usd, [limits] usd) would be passed"))
        << reply.error().message;
    return calls;
  }
  return 100;
}

TEST(SpendingLimitTest, NoCallIsMadeThatCouldPassTheLimit) {
  // 0.001 USD a call; before the n-th call (n-1) × 0.001 + 0.002001 must fit into 0.010.
  EXPECT_EQ(CallsWithin(0.010, Reported(0, 500)), 8);
  EXPECT_EQ(CallsWithin(0.001, Reported(0, 0)), 0);
}

TEST(SpendingLimitTest, WithoutReportedUsageTheDearestOutcomeCounts) {
  EXPECT_EQ(CallsWithin(0.010, Usage()), 4);
}

TEST(SpendingLimitTest, UnknownPricesAreRefusedWithTheRemedy) {
  const auto client = LimitSpending(std::make_unique<PricedModel>(false, Usage()), 1);
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(client.error().message.find("[model] prices"), std::string::npos);
  EXPECT_NE(client.error().message.find("allow_unknown_price"), std::string::npos);
}

TEST(SpendingLimitTest, ARunThatGoesOnStartsFromWhatItSpent) {
  RecordedRun run;
  run.replies.resize(2);
  run.replies[0].usage = Reported(1000, 2000);  // 0.005
  run.calls = {{0, 0}, {3000, 1000}};           // not reported: 0.003 + 0.002
  const double spent = SpentUsd(Prices{1, 1, 1, 2}, run);
  EXPECT_NEAR(spent, 0.010, 1e-9);
  auto client = LimitSpending(std::make_unique<PricedModel>(true, Reported(0, 0)), 0.01, spent);
  EXPECT_EQ((*client)->Complete({}, {}).error().kind, ErrorKind::kLimit);
}

}  // namespace
}  // namespace inhouse
