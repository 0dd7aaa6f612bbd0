// Anthropic messages: POST {base_url}/v1/messages, streamed.
// base_url: "https://api.anthropic.com" (the default); a trailing /v1 is dropped.
#pragma once

#include <memory>

#include "agent/model/server_client.h"

namespace inhouse {

// Errors: kBadInput (base_url or model name).
Result<std::unique_ptr<ModelClient>> MakeAnthropicClient(ServerOptions options, ClientHooks hooks);

// The request alone: leading system messages on top, turns of one role merged,
// tool results first in their turn, at most four cache marks (the last ones),
// thinking blocks of earlier replies unchanged.
HttpRequest BuildAnthropicRequest(const ServerOptions& options, const ChatRequest& request,
                                  const ModelCapabilities& model, const Adjustments& adjustments);

}  // namespace inhouse
