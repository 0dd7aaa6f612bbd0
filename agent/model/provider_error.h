// What a model server says when it refuses: its error bodies in all their
// shapes, what class of failure they mean, and the one line for the user. Pure.
//
// Shapes: {"error": {message, type, code, param}}, {"error": "text"} (Ollama),
// {"object": "error", "message", …} (vLLM), {"detail": …} (FastAPI),
// {"type": "error", "error": {…}} (Anthropic), [{"error": …}], plain text, HTML.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "indexer/base/result.h"

namespace inhouse {

struct ProviderError {
  int status = 0;       // HTTP, or what an event inside a 200 stream stands for
  std::string code;     // code and type, joined by a blank when both are there
  std::string param;    // the parameter that is to blame, if the server names it
  std::string message;  // one line, at most 400 bytes
};

enum class ErrorClass {
  kContextFull,
  kToolsRefused,
  kQuota,
  kKey,       // missing, wrong, or not allowed to use the model
  kNotFound,  // no such model or path, or no model server at all
  kLoading,   // a local server is loading its model
  kRateLimit,
  kServer,   // overload and failures of the server
  kRequest,  // anything else it does not like about the request
};

// `status` 0: an event inside a 200 stream; the status is then taken from the
// body, or from the error's type.
ProviderError ParseProviderError(int status, std::string_view body);
// The same for JSON that was parsed already. True if it is an error at all.
bool IsErrorObject(const nlohmann::json& value);

ErrorClass Classify(const ProviderError& error);

// True if a 400 or 422 names that parameter of the request.
bool NamesParameter(const ProviderError& error, std::string_view parameter);

// kModel: "openai:gpt-x at https://host:443: …; remedy".
Error ToError(const ProviderError& error, ErrorClass error_class, std::string_view who);

}  // namespace inhouse
