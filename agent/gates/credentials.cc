#include "agent/gates/credentials.h"

#include <algorithm>
#include <array>
#include <string>

#include "agent/python_text.h"

namespace inhouse {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWord(char c) { return IsLetter(c) || IsDigit(c) || c == '_'; }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// "dbPassword", "DB-PASSWORD" → {"db", "password"}
std::vector<std::string> NameParts(std::string_view name) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < name.size(); ++i) {
    const bool hump =
        i > 0 && name[i] >= 'A' && name[i] <= 'Z' && name[i - 1] >= 'a' && name[i - 1] <= 'z';
    if (!IsWord(name[i]) || name[i] == '_' || hump) {
      if (!parts.back().empty()) parts.emplace_back();
    }
    if (IsLetter(name[i]) || IsDigit(name[i])) parts.back() += LowerCase(name.substr(i, 1));
  }
  if (parts.back().empty()) parts.pop_back();
  return parts;
}

template <size_t N>
bool Among(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

enum class NameKind { kOther, kPassword, kToken };

// What a value with this name would be. The last word decides: a
// "password_column" is a column.
NameKind KindOfName(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kPasswords = {
      "password", "passwd", "pwd", "passphrase", "secret", "credentials"};
  static constexpr std::array<std::string_view, 7> kBefore = {
      "api", "access", "secret", "private", "account", "service", "auth"};
  const std::vector<std::string> parts = NameParts(name);
  if (parts.empty()) return NameKind::kOther;
  const std::string& last = parts.back();
  if (Among(last, kPasswords)) return NameKind::kPassword;
  if (last == "apikey" || last == "token" || last == "bearer") return NameKind::kToken;
  if (last == "key" && parts.size() >= 2 && Among(parts[parts.size() - 2], kBefore)) {
    return NameKind::kToken;
  }
  return NameKind::kOther;
}

bool IsPlaceholder(std::string_view value) {
  static constexpr std::array<std::string_view, 8> kWords = {
      "none", "null", "todo", "changeme", "password", "secret", "token", "example"};
  if (value.size() < 3) return true;
  if (value.find_first_of("<>{}$%") != std::string_view::npos) return true;
  if (value.find_first_not_of("*x.X-_") == std::string_view::npos) return true;
  const std::string lower = LowerCase(value);
  return Among(std::string_view(lower), kWords) || lower.starts_with("your") ||
         lower.starts_with("env:");
}

// "DB_PASSWORD": the name of an environment variable.
bool IsEnvironmentName(std::string_view value) {
  return value.find('_') != std::string_view::npos &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c == '_' || IsDigit(c) || (c >= 'A' && c <= 'Z'); });
}

bool LooksRandom(std::string_view value) {
  if (value.size() < 12 || value.find_first_of(" \n\t") != std::string_view::npos) return false;
  const bool digit = std::any_of(value.begin(), value.end(), IsDigit);
  const bool letter = std::any_of(value.begin(), value.end(), IsLetter);
  return digit && letter;
}

bool IsSecretValue(NameKind kind, std::string_view value) {
  if (kind == NameKind::kOther || IsPlaceholder(value) || IsEnvironmentName(value)) return false;
  if (value.find_first_of(" \n\t") != std::string_view::npos) return false;  // a sentence
  if (value.find("/") == 0) return false;                                    // a path
  return kind == NameKind::kPassword || LooksRandom(value);
}

struct Shape {
  std::string_view prefix;
  size_t length;  // of what follows, at least
  std::string_view what;
};

bool IsTokenByte(char c) { return IsWord(c) || c == '-' || c == '.'; }

// A value that has the shape of a known kind of key, anywhere in the literal.
std::string_view KnownShape(std::string_view value) {
  static constexpr Shape kShapes[] = {
      {"AKIA", 16, "an AWS access key"},     {"ASIA", 16, "an AWS access key"},
      {"ghp_", 30, "a GitHub token"},        {"gho_", 30, "a GitHub token"},
      {"github_pat_", 30, "a GitHub token"}, {"glpat-", 18, "a GitLab token"},
      {"xoxb-", 20, "a Slack token"},        {"xoxp-", 20, "a Slack token"},
      {"AIza", 35, "a Google API key"},      {"sk-", 32, "an API key"},
      {"eyJ", 60, "a signed token"},         {"sk_live_", 16, "an API key"}};
  if (value.find("-----BEGIN") != std::string_view::npos &&
      value.find("PRIVATE KEY-----") != std::string_view::npos) {
    return "a private key";
  }
  for (const Shape& shape : kShapes) {
    for (size_t at = value.find(shape.prefix); at != std::string_view::npos;
         at = value.find(shape.prefix, at + 1)) {
      if (at > 0 && IsTokenByte(value[at - 1])) continue;
      size_t end = at + shape.prefix.size();
      while (end < value.size() && IsTokenByte(value[end])) ++end;
      if (end - at - shape.prefix.size() >= shape.length) return shape.what;
    }
  }
  return {};
}

// scheme://user:password@host
bool HasDsnPassword(std::string_view value) {
  for (size_t at = value.find("://"); at != std::string_view::npos;
       at = value.find("://", at + 3)) {
    const std::string_view rest =
        value.substr(at + 3, value.find_first_of("/ ?\n\"'", at + 3) - at - 3);
    const size_t sign = rest.rfind('@');
    const size_t colon = rest.find(':');
    if (sign == std::string_view::npos || colon == std::string_view::npos || colon > sign) continue;
    const std::string_view password = rest.substr(colon + 1, sign - colon - 1);
    if (!password.empty() && !(password.size() >= 3 && IsPlaceholder(password))) return true;
  }
  return false;
}

// The word that ends before `end`, "" if there is none.
std::string_view WordBefore(std::string_view text, size_t end) {
  size_t begin = end;
  while (begin > 0 && IsWord(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

size_t SkipBack(std::string_view text, size_t end) {
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t' || text[end - 1] == '(')) --end;
  return end;
}

class Finder {
 public:
  explicit Finder(std::string_view script) : script_(script), text_(ScanPython(script)) {}

  std::vector<Finding> Find() {
    for (size_t i = 0; i < text_.strings.size() && findings_.size() < 20; ++i) Look(i);
    return std::move(findings_);
  }

 private:
  std::string_view Body(const StringLiteral& literal) const {
    return script_.substr(literal.body_begin, literal.body_end - literal.body_begin);
  }

  // The name that the literal is given to: a variable, an argument, a
  // dictionary key, an environment variable whose default it is.
  std::string NameOf(size_t index) const {
    const StringLiteral& literal = text_.strings[index];
    const std::string_view masked = text_.masked;
    size_t at = SkipBack(masked, literal.begin);
    if (at == 0) return "";
    const bool after_string = index > 0;
    const StringLiteral* previous = after_string ? &text_.strings[index - 1] : nullptr;
    if (masked[at - 1] == '=' &&
        !(at > 1 && std::string_view("=!<>").find(masked[at - 2]) != std::string_view::npos)) {
      return NameOfTarget(SkipBack(masked, at - 1), previous);
    }
    if (masked[at - 1] == ':' && previous != nullptr && SkipBack(masked, at - 1) == previous->end) {
      return std::string(Body(*previous));
    }
    if (masked[at - 1] == ',' && previous != nullptr && SkipBack(masked, at - 1) == previous->end) {
      const std::string_view call = WordBefore(masked, SkipBack(masked, previous->begin));
      const bool environment = call == "getenv" || call == "get";
      return environment ? std::string(Body(*previous)) : "";
    }
    return "";
  }

  // What stands before '=': `name`, `name: str`, `config["name"]`.
  std::string NameOfTarget(size_t end, const StringLiteral* previous) const {
    const std::string_view masked = text_.masked;
    if (end > 0 && masked[end - 1] == ']' && previous != nullptr && previous->end == end - 1) {
      return std::string(Body(*previous));
    }
    const std::string_view word = WordBefore(masked, end);
    const size_t before = SkipBack(masked, end - word.size());
    if (before > 0 && masked[before - 1] == ':') {
      return std::string(WordBefore(masked, SkipBack(masked, before - 1)));
    }
    return std::string(word);
  }

  void Look(size_t index) {
    const StringLiteral& literal = text_.strings[index];
    const std::string_view value = Body(literal);
    if (const std::string_view what = KnownShape(value); !what.empty()) {
      Add(literal, "the script holds " + std::string(what));
    } else if (HasDsnPassword(value)) {
      Add(literal, "the script holds a connection string with a password");
    } else if (!literal.triple) {
      const std::string name = NameOf(index);
      if (IsSecretValue(KindOfName(name), value)) {
        Add(literal, "the value of '" + name + "' is written into the script");
      }
    }
  }

  void Add(const StringLiteral& literal, const std::string& what) {
    findings_.push_back({"credentials", "error",
                         what + "; read it from the environment (os.environ) in its place",
                         LineOf(script_, literal.begin), 0});
  }

  std::string_view script_;
  PythonText text_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> FindCredentials(std::string_view script) { return Finder(script).Find(); }

}  // namespace inhouse
