// What both servers' clients do with options and requests before sending. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "agent/model/server_client.h"

namespace inhouse {

// Fills in the default base_url, cuts its trailing slashes, trims the key.
// Errors: kBadInput (no model name, an unusable base_url or key).
Status CompleteOptions(std::string_view default_base_url, ServerOptions* options);

// max_tokens, held within what the model and the server allow.
int LongestReply(const ChatRequest& request, const ModelCapabilities& model,
                 const Adjustments& adjustments);

// The tool's JSON schema; that of "any object" if its text is no JSON object.
nlohmann::json ParseToolSchema(const ToolSpec& tool);

}  // namespace inhouse
