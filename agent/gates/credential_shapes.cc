#include "agent/gates/credential_shapes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace inhouse {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsUpper(c) || IsLower(c) || IsDigit(c); }
bool IsTokenByte(char c) { return IsAlnum(c) || c == '_' || c == '-' || c == '.'; }
bool IsBase64Byte(char c) { return IsTokenByte(c) || c == '/' || c == '+' || c == '='; }

struct Format {
  std::string_view prefix;
  size_t length;  // of what follows, at least
  std::string_view what;
};

constexpr Format kFormats[] = {{"AKIA", 16, "an AWS access key"},
                               {"ASIA", 16, "an AWS access key"},
                               {"ghp_", 30, "a GitHub token"},
                               {"gho_", 30, "a GitHub token"},
                               {"ghu_", 30, "a GitHub token"},
                               {"ghs_", 30, "a GitHub token"},
                               {"ghr_", 30, "a GitHub token"},
                               {"github_pat_", 30, "a GitHub token"},
                               {"glpat-", 18, "a GitLab token"},
                               {"xoxb-", 20, "a Slack token"},
                               {"xoxp-", 20, "a Slack token"},
                               {"xoxa-", 20, "a Slack token"},
                               {"xoxr-", 20, "a Slack token"},
                               {"xapp-", 20, "a Slack token"},
                               {"AIza", 35, "a Google API key"},
                               {"ya29.", 30, "a Google access token"},
                               {"GOCSPX-", 20, "a Google client secret"},
                               {"sk-ant-", 24, "an Anthropic API key"},
                               {"sk-", 32, "an API key"},
                               {"sk_live_", 16, "a Stripe key"},
                               {"rk_live_", 16, "a Stripe key"},
                               {"npm_", 30, "an npm token"},
                               {"pypi-", 40, "a PyPI token"},
                               {"hf_", 30, "a Hugging Face token"},
                               {"SG.", 40, "a SendGrid key"},
                               {"dapi", 32, "a Databricks token"}};

// The run of token characters from `begin` on.
std::string_view TokenAt(std::string_view value, size_t begin) {
  size_t end = begin;
  while (end < value.size() && IsTokenByte(value[end])) ++end;
  return value.substr(begin, end - begin);
}

// "sk-xxxxxxxx…" and AWS's documented AKIAIOSFODNN7EXAMPLE are nobody's keys.
bool IsRealKey(std::string_view rest, const Format& format) {
  return rest.size() >= format.length && EntropyBits(rest) >= 2.5 &&
         std::any_of(rest.begin(), rest.end(), IsDigit) &&
         rest.find("EXAMPLE") == std::string_view::npos;
}

bool HoldsFormat(std::string_view value, const Format& format) {
  for (size_t at = value.find(format.prefix); at != std::string_view::npos;
       at = value.find(format.prefix, at + 1)) {
    if (at > 0 && IsTokenByte(value[at - 1])) continue;
    if (IsRealKey(TokenAt(value, at + format.prefix.size()), format)) return true;
  }
  return false;
}

// Something of the key must follow: the header line alone is a marker to look for.
bool HoldsPrivateKey(std::string_view value) {
  const size_t begin = value.find("-----BEGIN");
  if (begin == std::string_view::npos) return false;
  static constexpr std::string_view kEnd = "PRIVATE KEY-----";
  const size_t end = value.find(kEnd, begin);
  if (end == std::string_view::npos) return false;
  std::string_view rest = value.substr(end + kEnd.size());
  // A line end, also one that is escaped once or twice (JSON in a literal).
  while (!rest.empty() && (rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\\')) {
    const size_t slashes = std::min(rest.find_first_not_of('\\'), rest.size());
    const bool escaped = slashes > 0 && slashes < rest.size() && rest[slashes] == 'n';
    rest.remove_prefix(slashes + (slashes == 0 || escaped ? 1 : 0));
  }
  return !rest.empty() && IsAlnum(rest.front());
}

// header.payload.signature, the first two of them base64url of JSON objects.
bool HoldsWebToken(std::string_view value) {
  for (size_t at = value.find("eyJ"); at != std::string_view::npos;
       at = value.find("eyJ", at + 1)) {
    if (at > 0 && IsTokenByte(value[at - 1])) continue;
    const std::string_view token = TokenAt(value, at);
    const size_t dot = token.find('.');
    if (token.size() >= 40 && dot != std::string_view::npos &&
        token.substr(dot + 1).starts_with("eyJ") &&
        std::count(token.begin(), token.end(), '.') >= 2) {
      return true;
    }
  }
  return false;
}

bool HoldsWebhook(std::string_view value) {
  static constexpr std::string_view kHost = "hooks.slack.com/services/T";
  const size_t at = value.find(kHost);
  return at != std::string_view::npos && value.size() - at > kHost.size() + 24;
}

bool HoldsAccountKey(std::string_view value) {
  static constexpr std::string_view kName = "AccountKey=";
  const size_t at = value.find(kName);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = value.substr(at + kName.size());
  const auto end = std::find_if_not(rest.begin(), rest.end(), IsBase64Byte);
  return end - rest.begin() >= 40;
}

bool HasUrlPassword(std::string_view value) {
  for (size_t at = value.find("://"); at != std::string_view::npos;
       at = value.find("://", at + 3)) {
    const std::string_view rest =
        value.substr(at + 3, value.find_first_of("/ ?\n\"'", at + 3) - at - 3);
    const size_t sign = rest.rfind('@');
    const size_t colon = rest.find(':');
    if (sign == std::string_view::npos || colon == std::string_view::npos || colon > sign) continue;
    const std::string_view password = rest.substr(colon + 1, sign - colon - 1);
    if (!password.empty() && !(password.size() >= 3 && IsPlaceholderSecret(password))) return true;
  }
  return false;
}

// The value of `key=` in "a=b c=d" or "A=b;C=d"; keys in lower case.
bool HasFieldPassword(std::string_view value) {
  const std::string lower = LowerCaseAscii(value);
  const bool is_connection =
      lower.find("host=") != std::string::npos || lower.find("server=") != std::string::npos ||
      lower.find("dbname=") != std::string::npos || lower.find("database=") != std::string::npos ||
      lower.find("data source=") != std::string::npos;
  if (!is_connection) return false;
  for (const std::string_view key : {"password=", "pwd="}) {
    const size_t at = lower.find(key);
    if (at == std::string::npos || (at > 0 && IsAlnum(lower[at - 1]))) continue;
    const size_t begin = at + key.size();
    const size_t end = value.find_first_of("; \t\n&", begin);
    const std::string_view password = value.substr(begin, end - begin);
    if (!password.empty() && !IsPlaceholderSecret(password)) return true;
  }
  return false;
}

int KindOf(char c) { return IsUpper(c) ? 0 : IsLower(c) ? 1 : IsDigit(c) ? 2 : 3; }

template <size_t N>
bool Among(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string LowerCaseAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (IsUpper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view KnownKeyFormat(std::string_view value) {
  if (HoldsPrivateKey(value)) return "a private key";
  for (const Format& format : kFormats) {
    if (HoldsFormat(value, format)) return format.what;
  }
  if (HoldsWebToken(value)) return "a signed token";
  if (HoldsWebhook(value)) return "a Slack webhook";
  return HoldsAccountKey(value) ? "an Azure account key" : "";
}

bool HasConnectionPassword(std::string_view value) {
  return HasUrlPassword(value) || HasFieldPassword(value);
}

double EntropyBits(std::string_view text) {
  std::array<int, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool LooksLikeKeyMaterial(std::string_view value) {
  if (value.size() < 32 || value.size() > 200) return false;
  if (!std::all_of(value.begin(), value.end(), IsBase64Byte)) return false;
  if (std::count(value.begin(), value.end(), '/') > static_cast<int64_t>(value.size() / 12)) {
    return false;  // a path
  }
  const bool mixed = std::any_of(value.begin(), value.end(), IsUpper) &&
                     std::any_of(value.begin(), value.end(), IsLower) &&
                     std::any_of(value.begin(), value.end(), IsDigit);
  if (!mixed || EntropyBits(value) < 4.0) return false;
  size_t changes = 0;
  for (size_t i = 1; i < value.size(); ++i) changes += KindOf(value[i]) != KindOf(value[i - 1]);
  // Random base64 changes at 0.61 of all places; CamelCase and words_with_1 far less often.
  return static_cast<double>(changes) >= 0.45 * static_cast<double>(value.size());
}

bool IsPlaceholderSecret(std::string_view value) {
  static constexpr std::array<std::string_view, 8> kWords = {
      "none", "null", "todo", "changeme", "password", "secret", "token", "example"};
  if (value.size() < 3) return true;
  if (value.find_first_of("<>{}$%") != std::string_view::npos) return true;
  if (value.find_first_not_of("*x.X-_") == std::string_view::npos) return true;
  const std::string lower = LowerCaseAscii(value);
  return Among(std::string_view(lower), kWords) || lower.starts_with("your") ||
         lower.starts_with("env:");
}

}  // namespace inhouse
