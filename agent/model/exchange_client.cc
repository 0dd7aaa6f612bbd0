#include "agent/model/exchange_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include "agent/model/exchange_format.h"
#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kLookMilliseconds = 200;
constexpr int kMaxNumber = 999'999;
constexpr int kMaxEntries = 1'000'000;  // of the folder, when the numbering is continued
constexpr int kMaxClaims = 1000;        // numbers tried when others write into the folder too

std::string Id(int number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d", number);
  return text.data();
}

// 7 for "0007.prompt.json" and "0007.reply.md"; 0 for other names.
int NumberOf(const std::string& name) {
  const size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  const std::string rest = name.substr(digits);
  if (digits < 4 || digits > 6) return 0;
  if (!rest.starts_with(".prompt.") && !rest.starts_with(".reply.")) return 0;
  int number = 0;
  std::from_chars(name.data(), name.data() + digits, number);
  return number;
}

int LastNumber(const fs::path& folder) {
  int last = 0;
  int entries = 0;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    if (++entries > kMaxEntries) break;
    last = std::max(last, NumberOf(it->path().filename().string()));
  }
  return last;
}

// Gives a finished file its name unless that is taken: true if it was given.
Result<bool> PublishNew(const fs::path& temporary, const fs::path& path) {
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
    return true;
  }
  // Some network file systems know no such rename; there the look before must do.
  const bool unsupported = errno == EINVAL || errno == ENOSYS;
  if (unsupported && !fs::exists(path) && ::rename(temporary.c_str(), path.c_str()) == 0) {
    return true;
  }
  const int error_number = errno;
  ::unlink(temporary.c_str());
  if (error_number == EEXIST || unsupported) return false;
  return StorageError("cannot write " + path.string() + ": " + ErrnoText(error_number));
}

enum class ReplyKind { kNone, kEmpty, kMarkdown, kJson };

class ExchangeClient : public ModelClient {
 public:
  explicit ExchangeClient(ExchangeOptions options) : options_(std::move(options)) {}

  std::string name() const override { return "exchange"; }
  bool is_local() const override { return true; }
  ModelInfo info() const override {
    return {.native_tools = options_.native_tools, .prices = Prices{}};
  }
  Result<Reply> Complete(const ChatRequest& request,
                         const std::function<void(std::string_view)>& on_text) override;

 private:
  Result<std::string> WritePrompt(const ChatRequest& request);
  Result<bool> Claim(const ExchangeHeader& header, const ChatRequest& request);
  std::chrono::seconds WaitFor(const ChatRequest& request) const;
  Result<ReplyKind> AwaitReply(const std::string& id, const UniqueFd& watch,
                               std::chrono::seconds wait_for);
  Error StaysEmpty(const std::string& id) const;
  Result<ReplyKind> Look(const std::string& id) const;
  Result<Reply> ReadReply(const std::string& id, ReplyKind kind, const ChatRequest& request) const;
  fs::path ReplyPath(const std::string& id, ReplyKind kind) const;

  const ExchangeOptions options_;
};

fs::path ExchangeClient::ReplyPath(const std::string& id, ReplyKind kind) const {
  return options_.folder / (id + (kind == ReplyKind::kJson ? ".reply.json" : ".reply.md"));
}

// Takes the number by publishing NNNN.prompt.json; false if it is taken already.
Result<bool> ExchangeClient::Claim(const ExchangeHeader& header, const ChatRequest& request) {
  const fs::path temporary =
      options_.folder / ("." + header.id + ".prompt." + std::to_string(::getpid()) + ".new");
  RETURN_IF_ERROR(WriteFileDurably(temporary, ExchangePromptJson(header, request)));
  return PublishNew(temporary, options_.folder / (header.id + ".prompt.json"));
}

Result<std::string> ExchangeClient::WritePrompt(const ChatRequest& request) {
  const int64_t deadline = options_.unix_seconds() + WaitFor(request).count();
  const int first = LastNumber(options_.folder) + 1;
  for (int number = first; number < first + kMaxClaims && number <= kMaxNumber; ++number) {
    const ExchangeHeader header{Id(number), deadline};
    ASSIGN_OR_RETURN(const bool claimed, Claim(header, request));
    if (!claimed) continue;
    RETURN_IF_ERROR(WriteFileDurably(options_.folder / (header.id + ".prompt.md"),
                                     ExchangePromptMarkdown(header, request)));
    return header.id;
  }
  return StorageError("no free number for a prompt in " + options_.folder.string() +
                      "; move its old files away");
}

// Is there a reply? An empty file is one that is still being written.
Result<ReplyKind> ExchangeClient::Look(const std::string& id) const {
  ReplyKind seen = ReplyKind::kNone;
  for (const ReplyKind kind : {ReplyKind::kJson, ReplyKind::kMarkdown}) {
    const fs::path path = ReplyPath(id, kind);
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) continue;
    if (!S_ISREG(info.st_mode)) {
      return Error{ErrorKind::kModel,
                   path.string() + " is a link, a pipe or a folder; a reply must be a plain file"};
    }
    if (info.st_size > 0) return kind;
    seen = ReplyKind::kEmpty;
  }
  return seen;
}

// How long a reply is awaited: no longer than the run has time.
std::chrono::seconds ExchangeClient::WaitFor(const ChatRequest& request) const {
  if (request.time_left.count() <= 0) return options_.deadline;
  return std::min(options_.deadline, std::chrono::ceil<std::chrono::seconds>(request.time_left));
}

Error ExchangeClient::StaysEmpty(const std::string& id) const {
  return {ErrorKind::kModel,
          "the reply " + ReplyPath(id, ReplyKind::kMarkdown).string() +
              " (or .json) stays empty; write a reply under another name and rename it"};
}

Result<ReplyKind> ExchangeClient::AwaitReply(const std::string& id, const UniqueFd& watch,
                                             std::chrono::seconds wait_for) {
  const auto end = Clock::now() + wait_for;
  std::optional<Clock::time_point> empty_since;
  while (Clock::now() < end) {
    ASSIGN_OR_RETURN(const ReplyKind kind, Look(id));
    if (kind == ReplyKind::kMarkdown || kind == ReplyKind::kJson) return kind;
    if (kind == ReplyKind::kNone) empty_since.reset();
    if (kind == ReplyKind::kEmpty && !empty_since) empty_since = Clock::now();
    if (empty_since && Clock::now() - *empty_since >= options_.empty_deadline) {
      return StaysEmpty(id);
    }
    if (options_.cancelled && options_.cancelled()) {
      return Error{ErrorKind::kInterrupted, "interrupted while waiting for " + id + ".reply.md"};
    }
    pollfd wait{watch.get(), POLLIN, 0};  // without inotify (-1) this is a plain wait
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    const int most = static_cast<int>(std::clamp<int64_t>(left, 1, kLookMilliseconds));
    if (::poll(&wait, 1, most) > 0) {
      alignas(inotify_event) std::array<char, 4096> events;  // what they say is seen by Look
      if (::read(watch.get(), events.data(), events.size()) < 0 && errno != EINTR) continue;
    }
  }
  return Error{ErrorKind::kModel,
               "no reply " + ReplyPath(id, ReplyKind::kMarkdown).string() + " within " +
                   std::to_string(wait_for.count()) +
                   " s; answer the prompt beside it and resume, or allow more time"};
}

// The file is opened without following a link, so that it cannot be swapped for one.
Result<Reply> ExchangeClient::ReadReply(const std::string& id, ReplyKind kind,
                                        const ChatRequest& request) const {
  const fs::path path = ReplyPath(id, kind);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) {
    return Error{ErrorKind::kModel, "cannot read " + path.string() + ": " + ErrnoText(errno)};
  }
  const fs::path opened = "/proc/self/fd/" + std::to_string(fd.get());
  const Result<std::string> text = ReadFile(opened, options_.max_reply_bytes);
  if (!text.ok()) {
    std::string message = text.error().message;
    const size_t at = message.find(opened.string());
    if (at != std::string::npos) message.replace(at, opened.string().size(), path.string());
    return Error{ErrorKind::kModel, message};
  }
  if (kind == ReplyKind::kMarkdown) return ReadExchangeMarkdown(text.value(), request);
  return ReadExchangeJson(text.value(), request, path.string());
}

Result<Reply> ExchangeClient::Complete(const ChatRequest& request,
                                       const std::function<void(std::string_view)>& on_text) {
  const auto started = Clock::now();
  const UniqueFd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (watch.valid()) {
    ::inotify_add_watch(watch.get(), options_.folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE);
  }
  ASSIGN_OR_RETURN(const std::string id, WritePrompt(request));
  ASSIGN_OR_RETURN(const ReplyKind kind, AwaitReply(id, watch, WaitFor(request)));
  ASSIGN_OR_RETURN(Reply reply, ReadReply(id, kind, request));
  reply.model = "exchange";
  reply.latency_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started).count();
  if (on_text && !reply.content.empty()) on_text(reply.content);
  return reply;
}

}  // namespace

Result<std::unique_ptr<ModelClient>> MakeExchangeClient(ExchangeOptions options) {
  RETURN_IF_ERROR(MakeFolder(options.folder));
  return std::unique_ptr<ModelClient>(std::make_unique<ExchangeClient>(std::move(options)));
}

}  // namespace inhouse
