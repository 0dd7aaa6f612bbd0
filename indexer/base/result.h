// Failure as a value. Whatever can fail returns `Status` (nothing to hand back)
// or `Result<T>` (a T or an Error). Nothing in this program throws across a
// file boundary: exceptions of third-party code end where they were called.
//
//   Result<std::string> ReadFile(const Path& path);
//   ASSIGN_OR_RETURN(std::string text, ReadFile(path));
//   RETURN_IF_ERROR(Publish(text));
//
// An Error's message is one line that names the thing, the place and the
// remedy; its kind decides the exit code of the command (docs: README.md).
// Values are moved, never shared; both types are as thread-safe as T.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace inhouse {

// What kind of remedy is needed. The numbers are the program's exit codes.
enum class ErrorKind {
  kNegative = 1,       // a negative answer: nothing found, refused, gate failed
  kUsage = 2,          // the command line is wrong
  kBadInput = 3,       // a path, data or configuration that must be mended
  kIndex = 4,          // index missing, corrupt, or from a newer version
  kModel = 5,          // model unreachable, refused the key, out of quota
  kSandbox = 6,        // no sandbox, or the kernel is lost for good
  kLimit = 7,          // a limit was reached: steps, tokens, money, time
  kStorage = 8,        // disk full or not writable
  kInterrupted = 130,  // the user pressed Ctrl-C
};

struct Error {
  ErrorKind kind;
  std::string message;
};

// Success, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return !error_.has_value(); }
  // Precondition: !ok().
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

// A T, or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  // Preconditions: ok().
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  // Precondition: !ok().
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

inline Error BadInput(std::string message) { return {ErrorKind::kBadInput, std::move(message)}; }
inline Error StorageError(std::string message) { return {ErrorKind::kStorage, std::move(message)}; }
inline Error IndexError(std::string message) { return {ErrorKind::kIndex, std::move(message)}; }

// The same error with "what: " in front of its message.
inline Error Annotate(const Error& error, const std::string& what) {
  return {error.kind, what + ": " + error.message};
}

}  // namespace inhouse

#define INHOUSE_CONCAT_INNER(a, b) a##b
#define INHOUSE_CONCAT(a, b) INHOUSE_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                                 \
  do {                                                        \
    if (auto inhouse_status = (expr); !inhouse_status.ok()) { \
      return inhouse_status.error();                          \
    }                                                         \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  INHOUSE_ASSIGN_OR_RETURN(INHOUSE_CONCAT(inhouse_result_, __LINE__), lhs, expr)
#define INHOUSE_ASSIGN_OR_RETURN(tmp, lhs, expr) \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return tmp.error();             \
  lhs = std::move(tmp).value()
