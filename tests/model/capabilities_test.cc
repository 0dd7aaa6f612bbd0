#include "agent/model/capabilities.h"

#include <gtest/gtest.h>

#include <vector>

namespace inhouse {
namespace {

TEST(CapabilitiesTest, TheLongestBeginOfTheNameWins) {
  EXPECT_EQ(LookUpCapabilities("openai", "gpt-5-mini-2025-08-07").prices->input, 0.25);
  EXPECT_EQ(LookUpCapabilities("openai", "gpt-5").prices->input, 1.25);
  EXPECT_EQ(LookUpCapabilities("anthropic", "claude-opus-5-5").prices->output, 20);
  EXPECT_EQ(LookUpCapabilities("anthropic", "claude-opus-5").prices->output, 25);
}

TEST(CapabilitiesTest, KnowsWhatModelsRefuse) {
  const ModelCapabilities reasoning = LookUpCapabilities("openai", "gpt-5.6-terra");
  EXPECT_EQ(reasoning.limit_field, LimitField::kMaxCompletionTokens);
  EXPECT_FALSE(reasoning.temperature);
  EXPECT_FALSE(reasoning.stop);
  EXPECT_FALSE(reasoning.native_tools);
  const ModelCapabilities plain = LookUpCapabilities("openai", "gpt-4.1");
  EXPECT_EQ(plain.limit_field, LimitField::kMaxTokens);
  EXPECT_TRUE(plain.temperature && plain.stop && plain.native_tools);
  EXPECT_FALSE(LookUpCapabilities("anthropic", "claude-sonnet-5").temperature);
  EXPECT_FALSE(LookUpCapabilities("anthropic", "claude-sonnet-4-6").prefill);
  EXPECT_TRUE(LookUpCapabilities("anthropic", "claude-haiku-4-5").temperature);
}

TEST(CapabilitiesTest, AnUnknownModelHasNoPriceAndTakesEverything) {
  const ModelCapabilities unknown = LookUpCapabilities("openai", "qwen3-coder:30b");
  EXPECT_FALSE(unknown.prices.has_value());
  EXPECT_EQ(unknown.context_tokens, 0);
  EXPECT_TRUE(unknown.temperature && unknown.stop && unknown.native_tools);
  EXPECT_EQ(LookUpCapabilities("openai", "claude-opus-5").context_tokens, 0);
}

TEST(CapabilitiesTest, RowsOfTheCallerExtendAndReplace) {
  ModelCapabilities mine;
  mine.context_tokens = 32'768;
  mine.prices = Prices{1, 2, 3, 4};
  const std::vector<CapabilityRow> extra = {{"openai", "qwen3", mine}, {"openai", "gpt-5", mine}};
  EXPECT_EQ(LookUpCapabilities("openai", "qwen3-coder", extra).context_tokens, 32'768);
  EXPECT_EQ(LookUpCapabilities("openai", "gpt-5", extra).prices->output, 4);
  EXPECT_EQ(LookUpCapabilities("openai", "gpt-5-mini", extra).prices->output, 2);
}

TEST(CapabilitiesTest, CostCountsCachedTokensAsSuch) {
  const Prices prices{2, 0.2, 2.5, 10};
  Usage usage;
  usage.input_tokens = 1'000'000;
  usage.cached_tokens = 600'000;
  usage.cache_write_tokens = 200'000;
  usage.output_tokens = 100'000;
  EXPECT_NEAR(CostUsd(prices, usage), 0.2 * 2 + 0.6 * 0.2 + 0.2 * 2.5 + 0.1 * 10, 1e-12);
  EXPECT_NEAR(WorstCaseUsd(prices, 1000, 100), 1000 * 2.5e-6 + 100 * 1e-5, 1e-12);
  EXPECT_GE(WorstCaseUsd(prices, usage.input_tokens, usage.output_tokens), CostUsd(prices, usage));
}

}  // namespace
}  // namespace inhouse
