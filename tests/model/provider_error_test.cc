#include "agent/model/provider_error.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace inhouse {
namespace {

struct Case {
  const char* name;
  int status;
  std::string body;
  std::string message;  // must be part of it
  ErrorClass wanted;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"openai quota", 429,
       R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})",
       "exceeded your current quota", ErrorClass::kQuota},
      {"openai spend limit", 429,
       R"({"error":{"message":"Limit","type":"billing","code":"billing_hard_limit_reached"}})",
       "Limit", ErrorClass::kQuota},
      {"openai rate", 429,
       R"({"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}})",
       "Rate limit", ErrorClass::kRateLimit},
      {"openai context", 400,
       R"({"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
       "maximum context", ErrorClass::kContextFull},
      {"openai tools", 400,
       R"({"error":{"message":"Function tools with reasoning_effort are not supported for gpt-x in /v1/chat/completions. To use function tools, use /v1/responses","type":"invalid_request_error","param":"reasoning_effort","code":null}})",
       "/v1/responses", ErrorClass::kToolsRefused},
      {"openai key", 401,
       R"({"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}})",
       "Incorrect API key", ErrorClass::kKey},
      {"openai model", 404,
       R"({"error":{"message":"The model does not exist","code":"model_not_found"}})",
       "does not exist", ErrorClass::kNotFound},
      {"llama.cpp context", 400,
       R"json({"error":{"code":400,"message":"request (9000 tokens) exceeds the available context size (4096 tokens)","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}})json",
       "exceeds", ErrorClass::kContextFull},
      {"llama.cpp loading", 503,
       R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})", "Loading",
       ErrorClass::kLoading},
      {"llama.cpp tools", 500,
       R"({"error":{"code":500,"message":"tools param requires --jinja flag","type":"server_error"}})",
       "--jinja", ErrorClass::kToolsRefused},
      {"ollama text", 404, R"({"error":"model 'x' not found"})", "model 'x' not found",
       ErrorClass::kNotFound},
      {"ollama tools", 400, R"({"error":{"message":"x does not support tools"}})", "support tools",
       ErrorClass::kToolsRefused},
      {"vllm old shape", 400,
       R"({"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000","type":"BadRequestError","param":null,"code":400})",
       "maximum context", ErrorClass::kContextFull},
      {"vllm tools", 400,
       R"({"error":{"message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","code":400}})",
       "--enable-auto", ErrorClass::kToolsRefused},
      {"anthropic overload", 529,
       R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
       "Overloaded", ErrorClass::kServer},
      {"anthropic context", 400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 250000 tokens > 200000 maximum"}})",
       "too long", ErrorClass::kContextFull},
      {"anthropic sum", 400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000"}})",
       "exceed", ErrorClass::kContextFull},
      {"anthropic credit", 400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}})",
       "credit", ErrorClass::kQuota},
      {"anthropic too large", 413,
       R"({"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}})",
       "exceeds", ErrorClass::kContextFull},
      {"list", 400, R"([{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}])",
       "bad", ErrorClass::kRequest},
      {"fastapi", 422, R"({"detail":[{"loc":["body","x"],"msg":"field required"}]})",
       "field required", ErrorClass::kRequest},
      {"html", 502, "<html><body>Bad Gateway</body></html>", "HTML page", ErrorClass::kServer},
      {"text", 500, "Internal\r\n Server\tError", "Internal Server Error", ErrorClass::kServer},
      {"nothing", 500, "", "no reason", ErrorClass::kServer},
      {"in a stream", 0, R"({"error":{"type":"overloaded_error","message":"Overloaded"}})",
       "Overloaded", ErrorClass::kServer},
      {"number in a stream", 0, R"({"error":{"code":429,"message":"slow down"}})", "slow down",
       ErrorClass::kRateLimit},
  };
  return cases;
}

TEST(ProviderErrorTest, ReadsEveryShapeAndKnowsItsClass) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const ProviderError error = ParseProviderError(c.status, c.body);
    EXPECT_NE(error.message.find(c.message), std::string::npos) << error.message;
    EXPECT_EQ(Classify(error), c.wanted);
    EXPECT_GE(error.status, 400);
    const Error shown = ToError(error, c.wanted, "openai:x at http://h:1");
    EXPECT_EQ(shown.kind, ErrorKind::kModel);
    EXPECT_EQ(shown.message.find('\n'), std::string::npos);
  }
}

TEST(ProviderErrorTest, LongAndHostileMessagesBecomeOneLine) {
  const ProviderError error =
      ParseProviderError(500, "a\x1b[31m\n\n" + std::string(300, 'x') + std::string(200, '\t') +
                                  "ä" + std::string(10'000, 'y'));
  EXPECT_LT(error.message.size(), 420u);
  EXPECT_EQ(error.message.find_first_of("\n\t\x1b"), std::string::npos);
}

TEST(ProviderErrorTest, FindsTheParameterThatIsNamed) {
  const auto names = [](std::string_view message, std::string_view param, std::string_view asked) {
    return NamesParameter({400, "", std::string(param), std::string(message)}, asked);
  };
  EXPECT_TRUE(
      names("Unsupported parameter: 'max_tokens' is not supported", "max_tokens", "max_tokens"));
  EXPECT_TRUE(names("`temperature` is deprecated for this model", "", "temperature"));
  EXPECT_TRUE(names("stream_options: Extra inputs are not permitted", "", "stream_options"));
  EXPECT_FALSE(names("'stop_sequences' is wrong", "", "stop"));
  EXPECT_FALSE(names("use max_completion_tokens", "", "max_tokens"));
  EXPECT_FALSE(names("'stop' and so on", "temperature", "stop"));
  EXPECT_FALSE(NamesParameter({500, "", "stop", "stop"}, "stop"));
}

}  // namespace
}  // namespace inhouse
