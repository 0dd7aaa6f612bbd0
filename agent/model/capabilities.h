// What each model takes and costs: one table, by provider and begin of the
// model's name (the longest begin wins), which a caller may extend.
//
//   ModelCapabilities c = LookUpCapabilities("openai", "gpt-5-mini", extra_rows);
//
// A model that stands in no row is an unknown server's: all parameters are sent
// and what a 400 names is left out (server_client.h); its prices are unknown.
// Sources and date of the rows: capabilities.cc. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/model/model_client.h"

namespace inhouse {

// How the longest reply is stated to an OpenAI-compatible server.
enum class LimitField { kMaxTokens, kMaxCompletionTokens };

struct ModelCapabilities {
  LimitField limit_field = LimitField::kMaxTokens;
  bool temperature = true;   // false: only the default is accepted
  bool stop = true;          // false: `stop` is refused; it is cut here instead
  bool native_tools = true;  // false: refuses tools on this interface
  bool prefill = true;       // false: the last message may not be the assistant's
  int64_t context_tokens = 0;
  int64_t max_output_tokens = 0;
  std::optional<Prices> prices;
};

struct CapabilityRow {
  std::string provider;      // "openai" or "anthropic"
  std::string model_prefix;  // "gpt-5-mini" also stands for "gpt-5-mini-2025-08-07"
  ModelCapabilities capabilities;
};

// Rows of `extra` come before built-in rows with a prefix of the same length.
ModelCapabilities LookUpCapabilities(std::string_view provider, std::string_view model,
                                     std::span<const CapabilityRow> extra = {});

// What a call has cost, in US dollars.
double CostUsd(const Prices& prices, const Usage& usage);

// The most that a call can cost: all input at the dearest rate, all output used.
double WorstCaseUsd(const Prices& prices, int64_t input_tokens, int64_t max_output_tokens);

}  // namespace inhouse
