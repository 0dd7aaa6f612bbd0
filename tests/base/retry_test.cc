#include "indexer/base/retry.h"

#include <gtest/gtest.h>

#include <vector>

namespace inhouse {
namespace {

using std::chrono::milliseconds;

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
constexpr int64_t kNow = 784111777;

FailedAttempt Status(int status, HttpHeaders headers = {}) {
  FailedAttempt attempt;
  attempt.status = status;
  attempt.headers = std::move(headers);
  return attempt;
}

RetryDecision Decide(const FailedAttempt& attempt, double random = 0) {
  return DecideRetry(RetryPolicy{}, attempt, kNow, random);
}

TEST(RetryTest, RetriesTheTransientStatusesAlone) {
  for (const int status : {408, 409, 429, 500, 502, 503, 504, 529}) {
    EXPECT_TRUE(Decide(Status(status)).retry) << status;
  }
  for (const int status : {200, 302, 400, 401, 402, 403, 404, 413, 422}) {
    EXPECT_FALSE(Decide(Status(status)).retry) << status;
  }
}

TEST(RetryTest, RetriesBrokenConnectionsButNotWhatStaysWrong) {
  for (const HttpFailure failure :
       {HttpFailure::kResolve, HttpFailure::kConnect, HttpFailure::kConnectDeadline,
        HttpFailure::kFirstByteDeadline, HttpFailure::kIdleDeadline, HttpFailure::kBroken}) {
    FailedAttempt attempt;
    attempt.failure = failure;
    EXPECT_TRUE(Decide(attempt).retry);
  }
  for (const HttpFailure failure :
       {HttpFailure::kBadRequest, HttpFailure::kNoLibrary, HttpFailure::kTls,
        HttpFailure::kTotalDeadline, HttpFailure::kProtocol, HttpFailure::kTooLarge,
        HttpFailure::kCancelled, HttpFailure::kStopped}) {
    FailedAttempt attempt;
    attempt.failure = failure;
    EXPECT_FALSE(Decide(attempt).retry);
  }
}

TEST(RetryTest, BackoffDoublesFromHalfASecondToEight) {
  RetryPolicy policy;
  policy.max_attempts = 100;
  const std::vector<int> wanted = {500, 1000, 2000, 4000, 8000, 8000, 8000};
  for (size_t i = 0; i < wanted.size(); ++i) {
    FailedAttempt attempt = Status(500);
    attempt.number = static_cast<int>(i) + 1;
    EXPECT_EQ(DecideRetry(policy, attempt, kNow, 0).wait, milliseconds(wanted[i]));
    EXPECT_EQ(DecideRetry(policy, attempt, kNow, 0.8).wait, milliseconds(wanted[i] * 8 / 10));
  }
}

TEST(RetryTest, WaitsAsLongAsTheServiceAsks) {
  struct Case {
    HttpHeaders headers;
    int wait_ms;
  };
  const std::vector<Case> cases = {
      {{{"retry-after-ms", "1500"}, {"retry-after", "9"}}, 1500},
      {{{"retry-after", "2.5"}}, 2500},
      {{{"retry-after", "0"}}, 0},
      {{{"retry-after", "120"}}, 120'000},
      {{{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}}, 10'000},
      {{{"retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"}}, 500},  // past: the usual backoff
      {{{"retry-after", "soon"}}, 500},
      {{{"retry-after-ms", "nan"}}, 500},
      {{{"retry-after", "-3"}}, 500},
  };
  for (const Case& c : cases) {
    const RetryDecision decision = Decide(Status(429, c.headers));
    EXPECT_TRUE(decision.retry) << c.headers[0].second;
    EXPECT_EQ(decision.wait, milliseconds(c.wait_ms)) << c.headers[0].second;
  }
}

TEST(RetryTest, AWaitOver120SecondsIsNotWaited) {
  for (const HttpHeaders& headers :
       {HttpHeaders{{"retry-after", "121"}}, HttpHeaders{{"retry-after-ms", "120001"}},
        HttpHeaders{{"retry-after", "1e300"}},
        HttpHeaders{{"retry-after", "Sun, 06 Nov 1994 09:49:37 GMT"}}}) {
    const RetryDecision decision = Decide(Status(429, headers));
    EXPECT_FALSE(decision.retry);
    EXPECT_NE(decision.reason.find("longer than the limit of 120.0 s"), std::string::npos);
  }
}

TEST(RetryTest, XShouldRetryDecides) {
  EXPECT_FALSE(Decide(Status(429, {{"x-should-retry", "false"}})).retry);
  EXPECT_TRUE(Decide(Status(400, {{"x-should-retry", "true"}})).retry);
  EXPECT_TRUE(Decide(Status(500, {{"x-should-retry", "maybe"}})).retry);
}

TEST(RetryTest, ASpentQuotaIsNeverRetriedARateLimitIs) {
  for (const char* code : {"insufficient_quota", "billing_hard_limit_reached", "billing_error",
                           "spend_limit_exceeded", "credit_balance_too_low"}) {
    FailedAttempt attempt = Status(429, {{"x-should-retry", "true"}});
    attempt.error_code = code;
    EXPECT_FALSE(Decide(attempt).retry) << code;
  }
  for (const char* code : {"rate_limit_exceeded", "rate_limit_error", "tokens", "requests", ""}) {
    FailedAttempt attempt = Status(429);
    attempt.error_code = code;
    EXPECT_TRUE(Decide(attempt).retry) << code;
  }
}

TEST(RetryTest, NeverAfterTextWasShown) {
  FailedAttempt attempt = Status(529, {{"x-should-retry", "true"}});
  attempt.shown = true;
  EXPECT_FALSE(Decide(attempt).retry);
}

TEST(RetryTest, StopsAfterTheLastAttempt) {
  FailedAttempt attempt = Status(500);
  attempt.number = 4;
  EXPECT_TRUE(Decide(attempt).retry);
  attempt.number = 5;
  EXPECT_FALSE(Decide(attempt).retry);
  attempt.loading = true;
  EXPECT_TRUE(Decide(attempt).retry);
  attempt.number = 30;
  EXPECT_FALSE(Decide(attempt).retry);
  FailedAttempt unreachable;
  unreachable.failure = HttpFailure::kConnect;
  unreachable.number = 3;
  EXPECT_FALSE(Decide(unreachable).retry);
}

TEST(RetryTest, ReadsHttpDates) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), kNow);
  EXPECT_EQ(ParseHttpDate("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  EXPECT_EQ(ParseHttpDate("Thu, 29 Feb 2024 12:00:00 GMT"), 1709208000);
  for (const char* text : {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 30 Feb 2024 12:00:00 GMT",
                           "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                           "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace inhouse
