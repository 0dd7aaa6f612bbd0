#include "agent/model/provider_error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "agent/model/chat_json.h"
#include "indexer/base/retry.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kMaxMessage = 400;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

template <size_t N>
bool HoldsAny(std::string_view text, const std::array<std::string_view, N>& marks) {
  return std::ranges::any_of(
      marks, [text](std::string_view mark) { return text.find(mark) != std::string_view::npos; });
}

// One line without control bytes, cut at a character's border.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (blank && (line.empty() || line.back() == ' ')) continue;
    if (line.size() >= kMaxMessage && (static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      return line + "…";
    }
    line += blank ? ' ' : c;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::string TextOrNumber(const json& object, std::string_view key) {
  const json& field = Field(object, key);
  if (field.is_number_integer()) return std::to_string(NumberField(object, key));
  return TextField(object, key);
}

// HTTP status that an error inside a 200 stream stands for, by its type.
int StatusOfCode(std::string_view code) {
  static constexpr std::array<std::pair<std::string_view, int>, 11> kStatuses = {{
      {"overloaded", 529},
      {"rate_limit", 429},
      {"insufficient_quota", 429},
      {"timeout", 504},
      {"authentication", 401},
      {"permission", 403},
      {"not_found", 404},
      {"invalid_request", 400},
      {"exceed_context", 400},
      {"context_length", 400},
      {"billing", 402},
  }};
  for (const auto& [mark, status] : kStatuses) {
    if (code.find(mark) != std::string_view::npos) return status;
  }
  return 500;
}

// The object that holds message, type, code; the text itself for {"error": "text"}.
const json& ErrorBody(const json& value) {
  const json& first = value.is_array() && !value.empty() ? value.front() : value;
  const json& error = Field(first, "error");
  if (!error.is_null()) return error;
  const json& detail = Field(first, "detail");
  return detail.is_null() ? first : detail;
}

void TakeFields(const json& body, ProviderError* error) {
  if (body.is_string()) error->message = OneLine(body.get<std::string>());
  if (body.is_array()) error->message = OneLine(DumpJson(body));
  if (!body.is_object()) return;
  error->message = OneLine(TextField(body, "message"));
  error->param = TextField(body, "param");
  const std::string type = TextField(body, "type");
  error->code = TextOrNumber(body, "code");
  if (!type.empty() && type != error->code) error->code += (error->code.empty() ? "" : " ") + type;
  const int64_t number = NumberField(body, "code");
  if (error->status == 0 && number >= 400 && number < 600) error->status = static_cast<int>(number);
}

}  // namespace

ProviderError ParseProviderError(int status, std::string_view body) {
  ProviderError error;
  error.status = status;
  const json value = ParseJson(body);
  if (value.is_discarded()) {
    const bool html = body.find('<') < 64;
    error.message = html ? "it sent an HTML page" : OneLine(body);
  } else {
    TakeFields(ErrorBody(value), &error);
    if (error.message.empty()) error.message = OneLine(body);
  }
  if (error.status == 0) error.status = StatusOfCode(error.code);
  if (error.message.empty()) error.message = "it gave no reason";
  return error;
}

bool IsErrorObject(const json& value) {
  if (!value.is_object()) return false;
  const json& error = Field(value, "error");
  const bool filled = error.is_object() || (error.is_string() && !error.get<std::string>().empty());
  return filled || TextField(value, "object") == "error" || TextField(value, "type") == "error";
}

ErrorClass Classify(const ProviderError& error) {
  static constexpr std::array<std::string_view, 10> kFull = {
      "exceed_context_size",    "context_length_exceeded",
      "maximum context length", "prompt is too long",
      "context size",           "context window",
      "exceed context limit",   "context length",
      "too many tokens",        "model_context_window"};
  static constexpr std::array<std::string_view, 5> kTools = {
      "--jinja", "--enable-auto-tool-choice", "support tools", "function tools", "tool calling"};
  const std::string text = Lower(error.code + " " + error.message);
  if (IsQuotaCode(Lower(error.code)) || text.find("credit balance") != std::string::npos) {
    return ErrorClass::kQuota;
  }
  if (error.status < 400) return ErrorClass::kNotFound;  // a page or a redirect, no model
  if (error.status == 413) return ErrorClass::kContextFull;
  if (error.status != 429 && HoldsAny(text, kFull)) return ErrorClass::kContextFull;
  if (error.status != 429 && HoldsAny(text, kTools)) return ErrorClass::kToolsRefused;
  if (error.status == 401 || error.status == 403) return ErrorClass::kKey;
  if (error.status == 404) return ErrorClass::kNotFound;
  if (error.status == 503 && text.find("loading") != std::string::npos) return ErrorClass::kLoading;
  if (error.status == 429) return ErrorClass::kRateLimit;
  if (error.status == 408 || error.status == 409 || error.status >= 500) return ErrorClass::kServer;
  return ErrorClass::kRequest;
}

bool NamesParameter(const ProviderError& error, std::string_view parameter) {
  if (error.status != 400 && error.status != 422) return false;
  if (!error.param.empty()) return error.param == parameter;
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  const std::string_view text = error.message;
  for (size_t at = text.find(parameter); at != std::string_view::npos;
       at = text.find(parameter, at + 1)) {
    const size_t end = at + parameter.size();
    const bool begins = at == 0 || !is_word(text[at - 1]);
    if (begins && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

Error ToError(const ProviderError& error, ErrorClass error_class, std::string_view who) {
  std::string remedy;
  switch (error_class) {
    case ErrorClass::kContextFull:
      remedy = "shorten the request or use a model with a larger context";
      break;
    case ErrorClass::kToolsRefused:
      remedy = "start the server with tool calls on, or use tools as JSON in text";
      break;
    case ErrorClass::kQuota:
      remedy = "the quota or spending limit is reached: raise it with the provider";
      break;
    case ErrorClass::kKey:
      remedy = "check the key in the variable that [model] key_env names, and what it may use";
      break;
    case ErrorClass::kNotFound:
      remedy = "check the model's name and base_url (it usually ends in /v1)";
      break;
    case ErrorClass::kLoading:
      remedy = "the server is still loading its model: try again later";
      break;
    case ErrorClass::kRateLimit:
      remedy = "too many requests or tokens a minute: try again later";
      break;
    case ErrorClass::kServer: remedy = "the server fails or is overloaded: try again later"; break;
    case ErrorClass::kRequest:
      remedy = "the server refuses the request as it is: check the model's name and options";
      break;
  }
  return {ErrorKind::kModel, std::string(who) + " answered " + std::to_string(error.status) + ": " +
                                 error.message + "; " + remedy};
}

}  // namespace inhouse
