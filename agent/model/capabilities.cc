#include "agent/model/capabilities.h"

#include <algorithm>
#include <array>

namespace inhouse {
namespace {

// Short notes of a row: which parameters the model refuses.
enum Refuses : unsigned {
  kNothing = 0,
  kTemperature = 1,
  kStopSequences = 2,
  kTools = 4,
  kPrefill = 8,
  kOldLimit = 16,  // wants max_completion_tokens
};
constexpr unsigned kReasoning = kTemperature | kStopSequences | kOldLimit;
constexpr unsigned kNewAnthropic = kTemperature | kPrefill;

struct BuiltInRow {
  std::string_view provider, prefix;
  unsigned refuses;
  int64_t context, output;                 // thousands of tokens, 0: not known
  double input, cached, cache_write, out;  // US dollars per million; input 0: not known
};

// Public price and model pages of OpenAI and Anthropic, read on 2026-11-23. Where
// a dearer tariff begins above a prompt length, that length stands as the context.
// Models whose page gives only "from" prices have none here.
constexpr std::array kTable = {
    BuiltInRow{"openai", "gpt-6.1-sol", kReasoning | kTools, 272, 128, 2, 0.1, 2.5, 10},
    BuiltInRow{"openai", "gpt-6-sol", kReasoning | kTools, 272, 128, 2, 0.2, 2.5, 10},
    BuiltInRow{"openai", "gpt-6-luna", kReasoning | kTools, 272, 128, 0.1, 0.01, 0.125, 0.5},
    BuiltInRow{"openai", "gpt-6", kReasoning | kTools, 272, 128, 0, 0, 0, 0},
    BuiltInRow{"openai", "gpt-5.6", kReasoning | kTools, 272, 128, 0, 0, 0, 0},
    BuiltInRow{"openai", "gpt-5.5", kReasoning, 272, 128, 0, 0, 0, 0},
    BuiltInRow{"openai", "gpt-5.4-nano", kReasoning, 400, 128, 0, 0, 0, 0},
    BuiltInRow{"openai", "gpt-5.4-mini", kReasoning, 400, 128, 0.75, 0.075, 0.75, 4.5},
    BuiltInRow{"openai", "gpt-5.4-pro", kReasoning, 272, 128, 0, 0, 0, 0},
    BuiltInRow{"openai", "gpt-5.4", kReasoning, 272, 128, 2.5, 0.25, 2.5, 15},
    BuiltInRow{"openai", "gpt-5-mini", kReasoning, 400, 128, 0.25, 0.025, 0.25, 2},
    BuiltInRow{"openai", "gpt-5-nano", kReasoning, 400, 128, 0.05, 0.005, 0.05, 0.4},
    BuiltInRow{"openai", "gpt-5-pro", kReasoning, 400, 128, 0, 0, 0, 0},
    BuiltInRow{"openai", "gpt-5-2025", kReasoning, 400, 128, 1.25, 0.125, 1.25, 10},
    BuiltInRow{"openai", "gpt-5.", kReasoning, 400, 128, 0, 0, 0, 0},
    BuiltInRow{"openai", "gpt-5", kReasoning, 400, 128, 1.25, 0.125, 1.25, 10},
    BuiltInRow{"openai", "gpt-4.1-mini", kNothing, 1047, 32, 0.4, 0.1, 0.4, 1.6},
    BuiltInRow{"openai", "gpt-4.1-nano", kNothing, 1047, 32, 0.1, 0.025, 0.1, 0.4},
    BuiltInRow{"openai", "gpt-4.1", kNothing, 1047, 32, 2, 0.5, 2, 8},
    BuiltInRow{"openai", "gpt-4o-mini", kNothing, 128, 16, 0.15, 0.075, 0.15, 0.6},
    BuiltInRow{"openai", "gpt-4o", kNothing, 128, 16, 2.5, 1.25, 2.5, 10},
    BuiltInRow{"openai", "o4-mini", kReasoning, 200, 100, 1.1, 0.275, 1.1, 4.4},
    BuiltInRow{"openai", "o3-mini", kReasoning, 200, 100, 1.1, 0.55, 1.1, 4.4},
    BuiltInRow{"openai", "o3-pro", kReasoning, 200, 100, 0, 0, 0, 0},
    BuiltInRow{"openai", "o3", kReasoning, 200, 100, 2, 0.5, 2, 8},
    BuiltInRow{"openai", "o1", kReasoning, 200, 100, 0, 0, 0, 0},
    BuiltInRow{"anthropic", "claude-fable-5-1", kNewAnthropic, 1000, 128, 10, 0.25, 12.5, 50},
    BuiltInRow{"anthropic", "claude-fable", kNewAnthropic, 1000, 128, 0, 0, 0, 0},
    BuiltInRow{"anthropic", "claude-opus-5-5", kNewAnthropic, 1000, 128, 4, 0.2, 5, 20},
    BuiltInRow{"anthropic", "claude-opus-5", kNewAnthropic, 1000, 128, 5, 0.5, 6.25, 25},
    BuiltInRow{"anthropic", "claude-sonnet-5", kNewAnthropic, 1000, 128, 2, 0.2, 2.5, 10},
    BuiltInRow{"anthropic", "claude-haiku-5", kNewAnthropic, 1000, 128, 0, 0, 0, 0},
    BuiltInRow{"anthropic", "claude-opus-4-8", kNewAnthropic, 1000, 128, 5, 0.5, 6.25, 25},
    BuiltInRow{"anthropic", "claude-opus-4-7", kNewAnthropic, 1000, 128, 5, 0.5, 6.25, 25},
    BuiltInRow{"anthropic", "claude-opus-4-6", kPrefill, 200, 128, 5, 0.5, 6.25, 25},
    BuiltInRow{"anthropic", "claude-opus-4-5", kNothing, 200, 64, 5, 0.5, 6.25, 25},
    BuiltInRow{"anthropic", "claude-sonnet-4-6", kPrefill, 200, 64, 3, 0.3, 3.75, 15},
    BuiltInRow{"anthropic", "claude-sonnet-4-5", kNothing, 200, 64, 3, 0.3, 3.75, 15},
    BuiltInRow{"anthropic", "claude-haiku-4-5", kNothing, 200, 64, 1, 0.1, 1.25, 5},
    BuiltInRow{"anthropic", "claude-", kNothing, 200, 8, 0, 0, 0, 0},
};

ModelCapabilities FromRow(const BuiltInRow& row) {
  ModelCapabilities c;
  const auto refuses = [&row](Refuses what) { return (row.refuses & what) != 0; };
  if (refuses(kOldLimit)) c.limit_field = LimitField::kMaxCompletionTokens;
  c.temperature = !refuses(kTemperature);
  c.stop = !refuses(kStopSequences);
  c.native_tools = !refuses(kTools);
  c.prefill = !refuses(kPrefill);
  c.context_tokens = row.context * 1000;
  c.max_output_tokens = row.output * 1000;
  if (row.input > 0) c.prices = Prices{row.input, row.cached, row.cache_write, row.out};
  return c;
}

}  // namespace

ModelCapabilities LookUpCapabilities(std::string_view provider, std::string_view model,
                                     std::span<const CapabilityRow> extra) {
  ModelCapabilities best;
  size_t best_length = 0;
  for (const CapabilityRow& row : extra) {
    if (row.provider != provider || !model.starts_with(row.model_prefix)) continue;
    if (row.model_prefix.size() < best_length) continue;
    best = row.capabilities;
    best_length = row.model_prefix.size();
  }
  for (const BuiltInRow& row : kTable) {
    if (row.provider != provider || !model.starts_with(row.prefix)) continue;
    if (row.prefix.size() <= best_length) continue;
    best = FromRow(row);
    best_length = row.prefix.size();
  }
  return best;
}

double CostUsd(const Prices& prices, const Usage& usage) {
  const int64_t plain = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens;
  const auto of = [](int64_t tokens, double per_million) {
    return static_cast<double>(std::max<int64_t>(tokens, 0)) * per_million / 1e6;
  };
  return of(plain, prices.input) + of(usage.cached_tokens, prices.cached_input) +
         of(usage.cache_write_tokens, prices.cache_write) + of(usage.output_tokens, prices.output);
}

double WorstCaseUsd(const Prices& prices, int64_t input_tokens, int64_t max_output_tokens) {
  const double input = std::max(prices.input, prices.cache_write);
  return (static_cast<double>(input_tokens) * input +
          static_cast<double>(max_output_tokens) * prices.output) /
         1e6;
}

}  // namespace inhouse
