#include "indexer/base/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace inhouse {
namespace {

using std::chrono::milliseconds;

std::string_view FindHeader(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::optional<double> Number(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

// In seconds; what the service asks for, if it asks for anything sensible.
std::optional<double> AskedWait(const HttpHeaders& headers, int64_t unix_seconds) {
  std::optional<double> seconds = Number(FindHeader(headers, "retry-after-ms"));
  if (seconds) *seconds /= 1000;
  const std::string_view after = FindHeader(headers, "retry-after");
  if (!seconds) seconds = Number(after);
  if (!seconds) {
    if (const auto date = ParseHttpDate(after)) seconds = static_cast<double>(*date - unix_seconds);
  }
  if (seconds && *seconds < 0) return {};
  return seconds;
}

bool IsTransient(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::kResolve:
    case HttpFailure::kConnect:
    case HttpFailure::kConnectDeadline:
    case HttpFailure::kFirstByteDeadline:
    case HttpFailure::kIdleDeadline:
    case HttpFailure::kBroken: return true;
    default: return false;
  }
}

int MostAttempts(const RetryPolicy& policy, const FailedAttempt& attempt) {
  if (attempt.loading) return policy.max_attempts_loading;
  const bool answered =
      attempt.failure == HttpFailure::kNone || attempt.failure == HttpFailure::kBroken;
  return answered ? policy.max_attempts : policy.max_attempts_unreachable;
}

bool IsTransientStatus(int status) {
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

std::string Seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  return text.data();
}

RetryDecision Stop(std::string reason) { return {false, milliseconds(0), std::move(reason)}; }

// Why there must be no further attempt; "" if there may be one.
std::string Forbidden(const RetryPolicy& policy, const FailedAttempt& attempt) {
  if (IsQuotaCode(attempt.error_code)) return "the quota or spending limit is reached";
  if (attempt.shown) return "part of the reply was shown already";
  const std::string_view wish = FindHeader(attempt.headers, "x-should-retry");
  if (wish == "false") return "the service says that trying again is of no use";
  const bool transient =
      wish == "true" || attempt.loading || IsTransient(attempt.failure) ||
      (attempt.failure == HttpFailure::kNone && IsTransientStatus(attempt.status));
  if (!transient) return "trying again would not help";
  if (attempt.number < MostAttempts(policy, attempt)) return "";
  return "it failed " + std::to_string(attempt.number) + " times";
}

}  // namespace

RetryDecision DecideRetry(const RetryPolicy& policy, const FailedAttempt& attempt,
                          int64_t unix_seconds, double random) {
  if (std::string why = Forbidden(policy, attempt); !why.empty()) return Stop(std::move(why));
  if (const auto asked = AskedWait(attempt.headers, unix_seconds)) {
    if (*asked * 1000 > static_cast<double>(policy.longest_wait.count())) {
      return Stop("the service asks to wait " + Seconds(*asked) + ", longer than the limit of " +
                  Seconds(static_cast<double>(policy.longest_wait.count()) / 1000));
    }
    const auto wait = milliseconds(static_cast<int64_t>(std::ceil(*asked * 1000)));
    return {true, wait, "the service asks to wait " + Seconds(*asked)};
  }
  const int doublings = std::clamp(attempt.number - 1, 0, 20);
  const double full =
      std::min(static_cast<double>(policy.first_wait.count()) * std::pow(2, doublings),
               static_cast<double>(policy.longest_backoff.count()));
  const double wait = full * (1 - 0.25 * std::clamp(random, 0.0, 1.0));
  return {true, milliseconds(static_cast<int64_t>(wait)),
          "next attempt in " + Seconds(wait / 1000)};
}

bool IsQuotaCode(std::string_view code) {
  static constexpr std::array<std::string_view, 7> kMarks = {
      "insufficient_quota", "quota_exceeded", "billing", "spend", "credit", "payment", "balance"};
  return std::ranges::any_of(
      kMarks, [code](std::string_view mark) { return code.find(mark) != std::string_view::npos; });
}

std::optional<int64_t> ParseHttpDate(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  // "Sun, 06 Nov 1994 08:49:37 GMT": every field stands at a fixed place.
  if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return {};
  const size_t month = kMonths.find(text.substr(8, 3));
  const auto field = [&text](size_t from, size_t count) {
    int value = -1;
    std::from_chars(text.data() + from, text.data() + from + count, value);
    return value;
  };
  if (month == std::string_view::npos || month % 3 != 0) return {};
  const int day = field(5, 2), year = field(12, 4);
  const int hour = field(17, 2), minute = field(20, 2), second = field(23, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return {};
  const auto date = std::chrono::year(year) / static_cast<int>(month / 3 + 1) / day;
  if (!date.ok() || year < 1970) return {};
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

}  // namespace inhouse
