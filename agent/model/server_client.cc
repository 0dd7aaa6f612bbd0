#include "agent/model/server_client.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "agent/model/tool_call_assembler.h"

namespace inhouse {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr size_t kMaxReason = 200;  // bytes of a failure in a warning
constexpr int kMaxRounds = 64;      // attempts and adjustments of one call together
// A server that keeps the connection open after the reply's end is not waited for longer.
constexpr milliseconds kLinger{200};
constexpr std::chrono::hours kNoEnd{24 * 365};

// When the run has no more time for this call.
Clock::time_point EndOf(const ChatRequest& request) {
  return Clock::now() + (request.time_left.count() > 0 ? request.time_left : milliseconds(kNoEnd));
}

// At least 1 ms: 0 would mean no deadline.
milliseconds LeftUntil(Clock::time_point end) {
  return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(end - Clock::now()));
}

Error Interrupted() { return {ErrorKind::kInterrupted, "interrupted while the model answered"}; }

// The number after `mark`, if there is one.
std::optional<int> NumberAfter(std::string_view text, std::string_view mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  int number = 0;
  const char* begin = text.data() + at + mark.size();
  const auto [end, code] = std::from_chars(begin, text.data() + text.size(), number);
  return code == std::errc() ? std::optional(number) : std::nullopt;
}

// A refusal of "assistant message prefill", however it is worded.
bool NamesPrefill(const ProviderError& error) {
  return error.status == 400 && (error.message.find("prefill") != std::string::npos ||
                                 error.message.find("must end with a user") != std::string::npos);
}

// Bytes of a prompt with runs of blanks counted once: these cost few tokens.
int64_t PromptBytes(const ChatRequest& request) {
  int64_t bytes = 0;
  for (const Message& message : request.messages) {
    char before = 0;
    for (const char c : message.content) {
      bytes += c == ' ' && before == ' ' ? 0 : 1;
      before = c;
    }
  }
  return bytes;
}

// Ollama cuts prompts silently at its context, 4k tokens by default. No tokenizer
// in use makes tokens of more than about 5 bytes on average of prose and code; at
// a count just below a multiple of 1024, the size of a window, 4.5 is suspicious.
bool LooksCut(const ChatRequest& request, const Usage& usage) {
  if (!usage.reported || usage.input_tokens < 256) return false;
  const int64_t below = (1024 - usage.input_tokens % 1024) % 1024;
  const bool at_window = below <= 32;
  return PromptBytes(request) * 10 > usage.input_tokens * (at_window ? 45 : 60);
}

}  // namespace

ClientHooks SystemHooks(std::function<bool()> cancelled) {
  ClientHooks hooks;
  hooks.cancelled = cancelled ? std::move(cancelled) : [] { return false; };
  hooks.random = [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
  hooks.unix_seconds = [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
  };
  hooks.wait = [asked = hooks.cancelled](milliseconds wait) {
    for (const auto end = Clock::now() + wait; Clock::now() < end;) {
      if (asked()) return false;
      const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
      std::this_thread::sleep_for(std::min(milliseconds(50), left));
    }
    return !asked();
  };
  return hooks;
}

struct ServerClient::Attempt {
  HttpResult http;
  std::unique_ptr<StreamReader> reader;
  std::optional<ProviderError> error;  // what the server said, in either place
  bool complete = false;
  bool learned = false;  // the next attempt leaves out what this one was refused for
};

ServerClient::ServerClient(std::unique_ptr<Dialect> dialect, ServerOptions options,
                           ClientHooks hooks)
    : dialect_(std::move(dialect)),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      capabilities_(
          LookUpCapabilities(dialect_->provider(), options_.model, options_.extra_models)) {}

std::string ServerClient::name() const {
  return std::string(dialect_->provider()) + ":" + options_.model;
}

bool ServerClient::is_local() const { return IsLoopbackUrl(options_.base_url); }

ModelInfo ServerClient::info() const {
  return {.context_tokens = capabilities_.context_tokens,
          .max_output_tokens = capabilities_.max_output_tokens,
          .native_tools = capabilities_.native_tools && !tools_refused_,
          .prices = capabilities_.prices};
}

std::string ServerClient::Who() const { return name() + " at " + UrlOrigin(options_.base_url); }

ServerClient::Attempt ServerClient::RunOnce(const ChatRequest& request,
                                            const StreamReader::OnText& on_text,
                                            milliseconds left) {
  HttpRequest http = dialect_->BuildRequest(request, capabilities_, adjustments_);
  http.ca_file = options_.ca_file;
  http.connect_deadline = options_.connect_deadline;
  http.first_byte_deadline = options_.first_byte_deadline;
  http.idle_deadline = options_.idle_deadline;
  http.total_deadline = std::min(options_.total_deadline, left);

  Attempt attempt;
  attempt.reader = std::make_unique<StreamReader>(dialect_->NewDecoder(), request.stop, on_text);
  StreamReader& reader = *attempt.reader;
  std::optional<Clock::time_point> ended;
  HttpHooks hooks;
  hooks.on_data = [&](std::string_view bytes) {
    const bool more = reader.Take(bytes);
    if (reader.ended() && !ended) ended = Clock::now();
    return more;
  };
  hooks.cancelled = [&] {
    return hooks_.cancelled() || (ended && Clock::now() - *ended > kLinger);
  };
  attempt.http = http_.Send(http, hooks);
  if (attempt.http.status >= 200 && attempt.http.status < 300) {
    reader.Finish();
    attempt.error = reader.decoded().error;
    attempt.complete = !attempt.error && reader.complete();
  } else if (attempt.http.status > 0 && attempt.http.failure == HttpFailure::kNone) {
    attempt.error = ParseProviderError(attempt.http.status, attempt.http.body);
    attempt.error->message = WithoutKey(attempt.error->message);
    const std::string_view target = attempt.http.Header("location");
    if (attempt.http.status < 400) attempt.error->message = "it redirects to " + UrlOrigin(target);
  }
  return attempt;
}

// Servers echo a wrong key; it must not get into traces and reports.
std::string ServerClient::WithoutKey(std::string text) const {
  if (options_.api_key.empty()) return text;
  for (size_t at = 0; (at = text.find(options_.api_key, at)) != std::string::npos;) {
    text.replace(at, options_.api_key.size(), "(the key)");
  }
  return text;
}

// The server's own limit on the reply, if the error states one below ours.
bool ServerClient::LearnLimit(const ProviderError& error, int max_tokens) {
  if (!NamesParameter(error, "max_tokens") && !NamesParameter(error, "max_completion_tokens")) {
    return false;
  }
  for (const std::string_view mark : {"at most ", "> "}) {
    const std::optional<int> limit = NumberAfter(error.message, mark);
    if (!limit || *limit <= 0 || *limit >= max_tokens) continue;
    if (adjustments_.longest_reply > 0 && *limit >= adjustments_.longest_reply) continue;
    adjustments_.longest_reply = *limit;
    return true;
  }
  if (error.message.find("too large") == std::string::npos) return false;
  const bool first = adjustments_.omitted.insert("max_tokens").second;
  return adjustments_.omitted.insert("max_completion_tokens").second || first;
}

// Leaves out what the error names, once each. True if another attempt differs from this one.
bool ServerClient::Learn(const ProviderError& error, const ChatRequest& request) {
  if (NamesPrefill(error)) return !std::exchange(adjustments_.no_prefill, true);
  if (LearnLimit(error, request.max_tokens)) return true;
  if (Classify(error) == ErrorClass::kContextFull) return false;
  for (const std::string_view parameter : dialect_->OptionalParameters()) {
    if (!NamesParameter(error, parameter)) continue;
    if (adjustments_.omitted.insert(std::string(parameter)).second) return true;
  }
  return false;
}

RetryDecision ServerClient::Decide(const Attempt& attempt, int number) const {
  FailedAttempt failed;
  failed.number = number;
  failed.failure = attempt.http.failure;
  failed.headers = attempt.http.headers;
  failed.shown = attempt.reader->shown();
  if (attempt.error) {
    const ErrorClass error_class = Classify(*attempt.error);
    failed.failure = HttpFailure::kNone;
    failed.status = attempt.error->status;
    failed.error_code = error_class == ErrorClass::kQuota ? "insufficient_quota" : "";
    failed.loading = error_class == ErrorClass::kLoading;
  } else if (failed.failure == HttpFailure::kNone) {
    failed.failure = HttpFailure::kBroken;  // the stream ended before the reply did
  }
  return DecideRetry(options_.retry, failed, hooks_.unix_seconds(), hooks_.random());
}

// What went wrong, in few words.
std::string ServerClient::FailureOf(const Attempt& attempt) const {
  if (attempt.error) {
    const std::string status = std::to_string(attempt.error->status);
    const std::string said = WithoutKey(attempt.error->message).substr(0, kMaxReason);
    return said.empty() ? "status " + status : "status " + status + ": " + said;
  }
  if (attempt.http.message.empty()) return "the stream ended before the reply did";
  return attempt.http.message.substr(0, attempt.http.message.find(';')).substr(0, kMaxReason);
}

// No further attempt: what was shown as a truncated reply, else an error.
Result<Reply> ServerClient::GiveUp(Attempt& attempt, const RetryDecision& decision) {
  Reply& reply = attempt.reader->decoded().reply;
  std::string message;
  bool lasting = attempt.http.failure == HttpFailure::kTooLarge;
  if (attempt.error) {
    const ErrorClass error_class = Classify(*attempt.error);
    lasting = error_class != ErrorClass::kServer && error_class != ErrorClass::kRateLimit;
    message = ToError(*attempt.error, error_class, Who()).message;
  } else if (!attempt.http.message.empty()) {
    message = name() + ": " + attempt.http.message;
  } else {
    message = Who() +
              ": the stream ended before the reply did; try again, and look into the "
              "server's or a proxy's log if it stays";
  }
  if (reply.content.empty() || lasting) {
    return Error{ErrorKind::kModel, message + " (" + decision.reason + ")"};
  }
  reply.truncated = true;
  reply.finish = FinishReason::kUnknown;
  std::erase_if(reply.tool_calls, [](const ToolCall& c) { return !IsJsonObject(c.arguments); });
  reply.warnings.push_back("the reply broke off: " + message);
  return std::move(reply);
}

Reply ServerClient::Succeed(Attempt& attempt, const ChatRequest& request) const {
  Reply reply = std::move(attempt.reader->decoded().reply);
  if (reply.model.empty()) reply.model = options_.model;
  if (capabilities_.context_tokens == 0 && LooksCut(request, reply.usage)) {
    reply.warnings.push_back(
        "the server counted only " + std::to_string(reply.usage.input_tokens) +
        " prompt tokens, far fewer than were sent: it seems to cut prompts to its context; raise "
        "it (Ollama: OLLAMA_CONTEXT_LENGTH or num_ctx)");
  }
  if (reply.content.empty() && reply.tool_calls.empty() && reply.finish == FinishReason::kLength) {
    reply.warnings.push_back("the token limit was used up before the reply began, by reasoning");
  }
  return reply;
}

// What ends the call without another attempt, or nothing. May learn from a refusal.
std::optional<Result<Reply>> ServerClient::Settle(Attempt& attempt, const ChatRequest& request) {
  if (attempt.complete) return Succeed(attempt, request);
  if (hooks_.cancelled()) return Interrupted();
  if (!attempt.error || attempt.reader->shown()) return {};
  attempt.learned = Learn(*attempt.error, request);
  if (attempt.learned) return {};
  const ErrorClass error_class = Classify(*attempt.error);
  if (error_class == ErrorClass::kContextFull) {
    Reply full;
    full.finish = FinishReason::kContextFull;
    full.warnings.push_back(attempt.error->message);
    return full;
  }
  if (error_class == ErrorClass::kToolsRefused && !request.tools.empty()) {
    tools_refused_ = true;
    return ToError(*attempt.error, error_class, Who());
  }
  return {};
}

// Attempts until one settles the call; says in `warnings` what it waited for.
Result<Reply> ServerClient::Attempts(const ChatRequest& request,
                                     const StreamReader::OnText& on_text,
                                     std::vector<std::string>* warnings) {
  int number = 1;
  const auto end = EndOf(request);
  for (int round = 0; round < kMaxRounds; ++round) {
    Attempt attempt = RunOnce(request, on_text, LeftUntil(end));
    if (std::optional<Result<Reply>> outcome = Settle(attempt, request)) return *std::move(outcome);
    if (attempt.learned) continue;
    const RetryDecision decision = Decide(attempt, number);
    if (!decision.retry || decision.wait >= LeftUntil(end)) return GiveUp(attempt, decision);
    warnings->push_back("attempt " + std::to_string(number++) + " failed (" + FailureOf(attempt) +
                        "); " + decision.reason);
    if (!hooks_.wait(decision.wait)) return Interrupted();
  }
  return Error{ErrorKind::kModel, Who() + " refused " + std::to_string(kMaxRounds) + " attempts"};
}

Result<Reply> ServerClient::Complete(const ChatRequest& request,
                                     const std::function<void(std::string_view)>& on_text) {
  if (!request.tools.empty() && !info().native_tools) {
    return Error{ErrorKind::kModel, Who() + " takes no tools; use tools as JSON in text"};
  }
  const auto started = Clock::now();
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(Reply reply, Attempts(request, on_text, &warnings));
  reply.latency_ms = std::chrono::duration_cast<milliseconds>(Clock::now() - started).count();
  reply.warnings.insert(reply.warnings.begin(), warnings.begin(), warnings.end());
  return reply;
}

}  // namespace inhouse
