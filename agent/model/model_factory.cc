#include "agent/model/model_factory.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/model/anthropic_client.h"
#include "agent/model/exchange_client.h"
#include "agent/model/openai_client.h"

namespace inhouse {
namespace {

constexpr std::array<std::string_view, 4> kProviders = {"openai", "anthropic", "exchange",
                                                        "recorded"};

Error UnknownProvider(std::string_view provider) {
  return {ErrorKind::kUsage, "there is no model provider '" + std::string(provider) +
                                 "'; use openai:NAME, anthropic:NAME, exchange:FOLDER or "
                                 "recorded:FOLDER"};
}

// The provider's own servers refuse every request without a key; say so at once.
Status CheckKey(const ModelChoice& choice) {
  if (!choice.base_url.empty() || !choice.api_key.empty()) return {};
  return BadInput("no key for " + choice.provider + ": set " +
                  (choice.provider == "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY") +
                  " (or what [model] key_env names), or give --base-url for a server of your own");
}

ServerOptions OptionsOf(ModelChoice choice) {
  ServerOptions options;
  options.base_url = std::move(choice.base_url);
  options.model = std::move(choice.name);
  options.api_key = std::move(choice.api_key);
  options.ca_file = std::move(choice.ca_file);
  options.extra_models = std::move(choice.extra_models);
  return options;
}

Result<std::unique_ptr<ModelClient>> MakeServerClient(ModelChoice choice, ClientHooks hooks) {
  RETURN_IF_ERROR(CheckKey(choice));
  if (choice.provider == "anthropic") {
    return MakeAnthropicClient(OptionsOf(std::move(choice)), std::move(hooks));
  }
  return MakeOpenAiClient(OptionsOf(std::move(choice)), std::move(hooks));
}

}  // namespace

Result<ModelChoice> ParseModelChoice(std::string_view spelling) {
  const size_t colon = spelling.find(':');
  ModelChoice choice;
  choice.provider = spelling.substr(0, colon);
  if (std::ranges::find(kProviders, choice.provider) == kProviders.end()) {
    return UnknownProvider(choice.provider);
  }
  if (colon != std::string_view::npos) choice.name = spelling.substr(colon + 1);
  if (!choice.name.empty()) return choice;
  return Error{ErrorKind::kUsage, "--model " + std::string(spelling) +
                                      " names no model or folder; write " + choice.provider +
                                      ":NAME"};
}

Result<std::unique_ptr<ModelClient>> MakeModelClient(ModelChoice choice, ClientHooks hooks) {
  if (choice.provider == "recorded") {
    return MakeRecordedClient({std::move(choice.recording), choice.name, choice.strict});
  }
  if (choice.provider == "exchange") {
    ExchangeOptions options;
    options.folder = choice.name;
    options.deadline = choice.exchange_deadline;
    options.cancelled = hooks.cancelled;
    options.unix_seconds = hooks.unix_seconds;
    return MakeExchangeClient(std::move(options));
  }
  if (choice.provider != "openai" && choice.provider != "anthropic") {
    return UnknownProvider(choice.provider);
  }
  return MakeServerClient(std::move(choice), std::move(hooks));
}

}  // namespace inhouse
