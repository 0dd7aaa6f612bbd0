// OpenAI-compatible chat completions: POST {base_url}/chat/completions, streamed.
// Also llama.cpp, Ollama (/v1), vLLM and every compatible server.
// base_url: "https://api.openai.com/v1" (the default), "http://localhost:11434/v1".
#pragma once

#include <memory>

#include "agent/model/server_client.h"

namespace inhouse {

// Errors: kBadInput (base_url or model name).
Result<std::unique_ptr<ModelClient>> MakeOpenAiClient(ServerOptions options, ClientHooks hooks);

// The request alone, for tests and for whoever reads what is sent.
HttpRequest BuildOpenAiRequest(const ServerOptions& options, const ChatRequest& request,
                               const ModelCapabilities& model, const Adjustments& adjustments);

}  // namespace inhouse
