// From the command line and inhouse.toml to a model client.
//
// A key goes only where it was meant to go: the provider's usual variable
// (OPENAI_API_KEY, ANTHROPIC_API_KEY) is read for the provider's own server and
// for a --base-url that the user wrote; a base_url of the configuration gets
// the key that its key_env names, or none.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "agent/model/model_factory.h"
#include "indexer/base/result.h"
#include "tools/config.h"
#include "tools/run_arguments.h"

namespace inhouse {

// Without the replies of a recording. Errors: kUsage (no model named),
// kBadInput (the variable of key_env is not set).
Result<ModelChoice> ChooseModel(const RunArguments& arguments, const Config& config,
                                const std::filesystem::path& working_folder,
                                const VariableLookup& variable);

// ChooseModel, the recording's replies, the client, and `[limits] usd` around
// it. Errors: those of ChooseModel, LoadRecording, MakeModelClient, LimitSpending.
Result<std::unique_ptr<ModelClient>> SetUpModel(const RunArguments& arguments, const Config& config,
                                                const std::filesystem::path& working_folder,
                                                const VariableLookup& variable,
                                                std::function<bool()> interrupted);

}  // namespace inhouse
