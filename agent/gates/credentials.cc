#include "agent/gates/credentials.h"

#include <algorithm>
#include <array>
#include <string>

#include "agent/gates/credential_shapes.h"
#include "agent/python_text.h"

namespace inhouse {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWord(char c) { return IsLetter(c) || IsDigit(c) || c == '_'; }

// "dbPassword", "DB-PASSWORD" → {"db", "password"}
std::vector<std::string> NameParts(std::string_view name) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < name.size(); ++i) {
    const bool hump =
        i > 0 && name[i] >= 'A' && name[i] <= 'Z' && name[i - 1] >= 'a' && name[i - 1] <= 'z';
    if (!IsWord(name[i]) || name[i] == '_' || hump) {
      if (!parts.back().empty()) parts.emplace_back();
    }
    if (IsLetter(name[i]) || IsDigit(name[i])) parts.back() += LowerCaseAscii(name.substr(i, 1));
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
  return digit && letter && EntropyBits(value) >= 3.0;
}

bool IsSecretValue(NameKind kind, std::string_view value) {
  if (kind == NameKind::kOther || IsPlaceholderSecret(value) || IsEnvironmentName(value))
    return false;
  if (value.find_first_of(" \n\t") != std::string_view::npos) return false;  // a sentence
  if (value.find("/") == 0) return false;                                    // a path
  return kind == NameKind::kPassword || LooksRandom(value);
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
    if (const std::string_view what = KnownKeyFormat(value); !what.empty()) {
      Add(literal, "the script holds " + std::string(what));
    } else if (HasConnectionPassword(value)) {
      Add(literal, "the script holds a connection string with a password");
    } else if (!literal.triple) {
      const std::string name = NameOf(index);
      if (IsSecretValue(KindOfName(name), value)) {
        Add(literal, "the value of '" + name + "' is written into the script");
      } else if (LooksLikeKeyMaterial(value)) {
        AddDoubt(literal);
      }
    }
  }

  void Add(const StringLiteral& literal, const std::string& what) {
    findings_.push_back({"credentials", "error",
                         what + "; read it from the environment (os.environ) in its place",
                         LineOf(script_, literal.begin), 0});
  }

  // By its randomness alone it may also be an id that is no secret.
  void AddDoubt(const StringLiteral& literal) {
    findings_.push_back({"credentials", "warning",
                         "this text is as random as a key; if it is one, read it from the "
                         "environment (os.environ) in its place",
                         LineOf(script_, literal.begin), 0});
  }

  std::string_view script_;
  PythonText text_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> FindCredentials(std::string_view script) { return Finder(script).Find(); }

}  // namespace inhouse
