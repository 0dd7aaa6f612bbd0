// When to try a request again, and after what wait. Pure: the attempt that
// failed goes in, "wait so long" or "stop, because" comes out; clock and
// randomness are arguments. The rules are those that hosted model services
// publish (docs: agent/model/README.md):
//   - a spent quota never, text already shown never;
//   - `x-should-retry` decides if it is there;
//   - otherwise 408, 409, 429, 5xx and broken connections;
//   - the wait is `retry-after-ms`, else `retry-after` (seconds or an HTTP
//     date), else 0.5 s doubling to 8 s, less up to a quarter of it at random;
//   - a wait over 120 s is not waited.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "indexer/base/http_client.h"

namespace inhouse {

struct RetryPolicy {
  int max_attempts = 5;              // the first one included
  int max_attempts_unreachable = 3;  // nobody answers at all, or not in time
  int max_attempts_loading = 30;     // while a local server says that it loads its model
  std::chrono::milliseconds first_wait{500};
  std::chrono::milliseconds longest_backoff{8'000};
  std::chrono::milliseconds longest_wait{120'000};
};

// The attempt that has just failed.
struct FailedAttempt {
  int number = 1;  // from 1
  HttpFailure failure = HttpFailure::kNone;
  int status = 0;          // of the answer, or what an error event in a 200 stream stands for
  HttpHeaders headers;     // names in lower case
  std::string error_code;  // the service's own code and type, "" if none
  bool shown = false;      // was any of the reply shown to somebody?
  bool loading = false;    // the server says that it is loading its model
};

struct RetryDecision {
  bool retry = false;
  std::chrono::milliseconds wait{0};
  std::string reason;  // "the service asks to wait 2.0 s", "the quota is spent"
};

// `unix_seconds`: now, for HTTP dates. `random`: from [0, 1).
RetryDecision DecideRetry(const RetryPolicy& policy, const FailedAttempt& attempt,
                          int64_t unix_seconds, double random);

// True for codes that say that money or quota is spent, as against a rate limit.
bool IsQuotaCode(std::string_view code);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7, preferred form) as Unix
// seconds; nothing if it is no such date. Independent of locale and time zone.
std::optional<int64_t> ParseHttpDate(std::string_view text);

}  // namespace inhouse
