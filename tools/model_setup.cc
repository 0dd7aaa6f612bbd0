#include "tools/model_setup.h"

#include <algorithm>
#include <utility>

#include "agent/model/capabilities.h"
#include "agent/recorded_run.h"
#include "agent/recording.h"
#include "agent/session.h"
#include "tools/spending_limit.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

bool IsFolderProvider(std::string_view provider) {
  return provider == "exchange" || provider == "recorded";
}

// The provider and the name; a folder comes out absolute.
Result<ModelChoice> Named(const RunArguments& arguments, const Config& config,
                          const fs::path& working_folder) {
  const bool typed = !arguments.model.empty();
  if (!typed && (config.model.provider.empty() || config.model.name.empty())) {
    return Error{ErrorKind::kUsage,
                 "no model: give --model openai:NAME, anthropic:NAME, exchange:FOLDER or "
                 "recorded:FOLDER, or [model] provider and name in inhouse.toml"};
  }
  ASSIGN_OR_RETURN(
      ModelChoice choice,
      ParseModelChoice(typed ? arguments.model : config.model.provider + ":" + config.model.name));
  if (IsFolderProvider(choice.provider)) {
    const fs::path from = typed ? working_folder : config.file.parent_path();
    choice.name = (from / choice.name).lexically_normal().string();
  }
  return choice;
}

Result<std::string> KeyNamedBy(const Config& config, const VariableLookup& variable) {
  const std::optional<std::string> key = variable(config.model.key_env);
  if (key && !key->empty()) return *key;
  return BadInput("the variable " + config.model.key_env + ", which [model] key_env of " +
                  config.file.string() + " names, is not set; put the key into it");
}

// Which server, and the key for it.
Status SetServer(const RunArguments& arguments, const Config& config,
                 const VariableLookup& variable, ModelChoice* choice) {
  // Another provider's settings are not this one's.
  const bool configured = config.model.provider == choice->provider;
  const bool configured_url = arguments.base_url.empty() && configured;
  choice->base_url = configured_url ? config.model.base_url : arguments.base_url;
  if (configured && !config.model.key_env.empty()) {
    ASSIGN_OR_RETURN(choice->api_key, KeyNamedBy(config, variable));
    return {};
  }
  if (configured_url && !choice->base_url.empty()) return {};
  const char* usual = choice->provider == "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY";
  choice->api_key = variable(usual).value_or("");
  return {};
}

// The team knows better what its model costs.
void SetPrices(const Config& config, ModelChoice* choice) {
  if (!config.model.prices || config.model.provider != choice->provider) return;
  ModelCapabilities capabilities = LookUpCapabilities(choice->provider, choice->name);
  capabilities.prices = config.model.prices;
  choice->extra_models.push_back({choice->provider, choice->name, capabilities});
}

// A run that goes on has had the first replies already.
Status DropGiven(const fs::path& session, std::vector<RecordedReply>* replies) {
  ASSIGN_OR_RETURN(const Session opened, Session::Open(session));
  ASSIGN_OR_RETURN(const RecordedRun run, LoadRecordedRun(opened.folder()));
  const size_t given = std::min(run.replies.size(), replies->size());
  replies->erase(replies->begin(), replies->begin() + static_cast<std::ptrdiff_t>(given));
  return {};
}

}  // namespace

Result<ModelChoice> ChooseModel(const RunArguments& arguments, const Config& config,
                                const fs::path& working_folder, const VariableLookup& variable) {
  ASSIGN_OR_RETURN(ModelChoice choice, Named(arguments, config, working_folder));
  choice.strict = arguments.strict;
  if (!IsFolderProvider(choice.provider)) {
    RETURN_IF_ERROR(SetServer(arguments, config, variable, &choice));
    SetPrices(config, &choice);
  }
  return choice;
}

Result<std::unique_ptr<ModelClient>> SetUpModel(const RunArguments& arguments, const Config& config,
                                                const fs::path& working_folder,
                                                const VariableLookup& variable,
                                                std::function<bool()> interrupted) {
  ASSIGN_OR_RETURN(ModelChoice choice, ChooseModel(arguments, config, working_folder, variable));
  if (choice.provider == "recorded") {
    ASSIGN_OR_RETURN(choice.recording, LoadRecording(choice.name));
    if (arguments.resume) {
      RETURN_IF_ERROR(DropGiven(working_folder / arguments.out, &choice.recording));
    }
  }
  ASSIGN_OR_RETURN(std::unique_ptr<ModelClient> client,
                   MakeModelClient(std::move(choice), SystemHooks(std::move(interrupted))));
  const std::optional<double> usd = arguments.usd ? arguments.usd : config.limits.usd;
  if (!usd || client->is_local()) return client;
  const std::optional<Prices> prices = client->info().prices;
  if (!prices && config.limits.allow_unknown_price) return client;
  double spent = 0;
  if (prices && arguments.resume) {
    ASSIGN_OR_RETURN(const RecordedRun run, LoadRecordedRun(working_folder / arguments.out));
    spent = SpentUsd(*prices, run);
  }
  return LimitSpending(std::move(client), *usd, spent);
}

}  // namespace inhouse
