// From words to a model client: "openai:gpt-5-mini", "anthropic:claude-sonnet-5",
// "exchange:FOLDER", "recorded:FOLDER".
//
//   ASSIGN_OR_RETURN(ModelChoice choice, ParseModelChoice("openai:gpt-5-mini"));
//   choice.base_url = …; choice.api_key = …;
//   ASSIGN_OR_RETURN(auto client, MakeModelClient(std::move(choice), SystemHooks(cancelled)));
//
// The environment is read in tools/ alone: the key comes in as a value. Replies
// of a recording are read by agent/ and come in as `recording`.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/capabilities.h"
#include "agent/model/model_client.h"
#include "agent/model/recorded_client.h"
#include "agent/model/server_client.h"

namespace inhouse {

struct ModelChoice {
  std::string provider;  // "openai", "anthropic", "exchange", "recorded"
  std::string name;      // the model's name; the folder of an exchange or a recording
  std::string base_url;  // servers only; empty: the provider's own
  std::string api_key;   // servers only; empty: none is sent
  std::string ca_file;   // servers only; PEM
  std::vector<CapabilityRow> extra_models;
  std::vector<RecordedReply> recording;  // recorded only
  bool strict = false;                   // recorded only: a differing prompt is an error
  std::chrono::seconds exchange_deadline{24 * 3600};
};

// The `--model` spelling, split at the first ':'. Errors: kUsage.
Result<ModelChoice> ParseModelChoice(std::string_view spelling);

// Errors: kBadInput (URL, key, a hosted provider without a key), kStorage (the
// exchange folder), kUsage (unknown provider).
Result<std::unique_ptr<ModelClient>> MakeModelClient(ModelChoice choice, ClientHooks hooks);

}  // namespace inhouse
