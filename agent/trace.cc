#include "agent/trace.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMaxTraceBytes = int64_t{256} << 20;
constexpr int64_t kMaxBlobBytes = int64_t{64} << 20;
constexpr int kMaxDepth = 64;
constexpr std::array kTypes = {"task",        "retrieval", "prompt", "reply",  "action",
                               "observation", "finding",   "gate",   "review", "end"};

bool IsType(std::string_view type) {
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Calls `change` with every value inside `root`, from the outside in, without recursion.
template <typename Change>
Status VisitValues(json* root, Change change) {
  std::vector<json*> pending = {root};
  while (!pending.empty()) {
    json* value = pending.back();
    pending.pop_back();
    RETURN_IF_ERROR(change(value));
    if (!value->is_structured()) continue;
    for (json& inner : *value) pending.push_back(&inner);
  }
  return {};
}

// Deeper text is no trace of ours, and would cost stack later.
bool NestsWithin(std::string_view line, int limit) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      if (++depth > limit) return false;
    } else if (!in_string && (c == '}' || c == ']')) {
      --depth;
    }
  }
  return true;
}

json ParseLine(std::string_view line) {
  if (!NestsWithin(line, kMaxDepth)) return json(json::value_t::discarded);
  return json::parse(line.begin(), line.end(), nullptr, false);
}

bool IsBlobReference(const json& value) {
  return value.is_object() && value.size() == 2 && value.contains("bytes") &&
         value.contains("blob") && value["blob"].is_string() &&
         value["blob"].get_ref<const std::string&>().size() == 64;
}

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

class FileTrace : public TraceWriter {
 public:
  FileTrace(fs::path folder, std::function<int64_t()> clock_ms, UniqueFd fd, int64_t size,
            int64_t next)
      : folder_(std::move(folder)),
        clock_ms_(std::move(clock_ms)),
        fd_(std::move(fd)),
        size_(size),
        next_(next) {}

  Status Append(int step, std::string_view type, const json& data) override {
    CHECK(IsType(type) && data.is_object());
    json body = data;
    RETURN_IF_ERROR(VisitValues(&body, [&](json* value) { return MoveToBlob(value); }));
    const std::string line = Dump({{"v", kTraceVersion},
                                   {"seq", next_},
                                   {"t_ms", clock_ms_()},
                                   {"step", step},
                                   {"type", std::string(type)},
                                   {"data", std::move(body)}}) +
                             "\n";
    Status written = Write(line);
    if (!written.ok()) {
      // Half a line would make the rest unreadable.
      if (::ftruncate(fd_.get(), size_) != 0) return Annotate(written.error(), "torn line left");
      return written;
    }
    size_ += static_cast<int64_t>(line.size());
    ++next_;
    return {};
  }

 private:
  fs::path Path() const { return folder_ / "trace.jsonl"; }

  Status Write(std::string_view line) {
    if (const int failed = WriteAll(fd_.get(), line); failed != 0)
      return StorageError("cannot write " + Path().string() + ": " + ErrnoText(failed));
    if (::fdatasync(fd_.get()) != 0) {
      return StorageError("cannot write " + Path().string() + ": " + ErrnoText(errno));
    }
    return {};
  }

  Status MoveToBlob(json* value) {
    if (!value->is_string()) return {};
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() <= kTraceBlobBytes) return {};
    const std::string digest = Sha256Hex(text);
    const fs::path path = folder_ / "blobs" / digest;
    std::error_code missing;
    if (fs::file_size(path, missing) != text.size()) {
      RETURN_IF_ERROR(MakeFolder(path.parent_path()));
      RETURN_IF_ERROR(WriteFileDurably(path, text));
    }
    *value = json{{"blob", digest}, {"bytes", text.size()}};
    return {};
  }

  const fs::path folder_;
  const std::function<int64_t()> clock_ms_;
  const UniqueFd fd_;
  int64_t size_;
  int64_t next_;
};

struct Kept {
  size_t bytes = 0;  // of the text, up to the end of its last whole line
  int64_t next = 0;  // sequence number of the line that follows
};

// What of an existing trace stands: all but a torn last line.
Kept WholeLines(std::string_view text) {
  Kept kept;
  kept.bytes = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
  while (kept.bytes > 0) {
    const size_t begin = text.substr(0, kept.bytes - 1).rfind('\n') + 1;  // npos + 1 is 0
    const json last = ParseLine(text.substr(begin, kept.bytes - begin));
    if (last.is_object() && last.value("seq", json()).is_number_integer()) {
      kept.next = last["seq"].get<int64_t>() + 1;
      break;
    }
    kept.bytes = begin;
  }
  return kept;
}

Result<Kept> ExistingPart(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return Kept{};
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxTraceBytes));
  return WholeLines(text);
}

Error LineError(const fs::path& path, size_t line, const std::string& what) {
  return BadInput(path.string() + ":" + std::to_string(line) + ": " + what);
}

Status PutBlobBack(const fs::path& folder, json* value) {
  if (!IsBlobReference(*value)) return {};
  const std::string digest = (*value)["blob"].get<std::string>();
  if (!IsHex(digest)) return BadInput("a blob's name is no SHA-256");
  ASSIGN_OR_RETURN(std::string text, ReadFile(folder / "blobs" / digest, kMaxBlobBytes));
  if (Sha256Hex(text) != digest) return BadInput("blobs/" + digest + " was changed");
  *value = std::move(text);
  return {};
}

Result<TraceEvent> ReadEvent(const fs::path& folder, std::string_view line, int64_t wanted_seq) {
  json event = ParseLine(line);
  if (!event.is_object()) return BadInput("no JSON object; the file is no trace, or was damaged");
  const auto number = [&](const char* name) {
    const auto it = event.find(name);
    return it != event.end() && it->is_number_integer() ? it->get<int64_t>() : int64_t{-1};
  };
  if (number("v") != kTraceVersion) {
    return BadInput("trace version " + std::to_string(number("v")) + ", this program reads " +
                    std::to_string(kTraceVersion));
  }
  TraceEvent read;
  read.seq = number("seq");
  read.t_ms = number("t_ms");
  read.step = static_cast<int>(std::clamp<int64_t>(number("step"), 0, 1 << 20));
  if (read.seq != wanted_seq) {
    return BadInput("event " + std::to_string(read.seq) + " where " + std::to_string(wanted_seq) +
                    " was due; lines are missing or mixed up");
  }
  const auto type = event.find("type");
  const auto data = event.find("data");
  if (type == event.end() || !type->is_string() || data == event.end() || !data->is_object()) {
    return BadInput("an event needs a type and a data object");
  }
  read.type = type->get<std::string>();
  RETURN_IF_ERROR(VisitValues(&*data, [&](json* value) { return PutBlobBack(folder, value); }));
  read.data = Dump(*data);
  return read;
}

}  // namespace

Result<std::unique_ptr<TraceWriter>> TraceWriter::Open(const fs::path& session_dir,
                                                       std::function<int64_t()> clock_ms) {
  RETURN_IF_ERROR(MakeFolder(session_dir));
  const fs::path path = session_dir / "trace.jsonl";
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return BadInput(session_dir.string() +
                    ": another run is writing this session; wait for it, or name another --out");
  }
  ASSIGN_OR_RETURN(const Kept kept, ExistingPart(path));
  if (!fd.valid() || ::ftruncate(fd.get(), static_cast<off_t>(kept.bytes)) != 0) {
    return StorageError("cannot write " + path.string() + ": " + ErrnoText(errno));
  }
  return std::unique_ptr<TraceWriter>(
      std::make_unique<FileTrace>(session_dir, std::move(clock_ms), std::move(fd),
                                  static_cast<int64_t>(kept.bytes), kept.next));
}

Result<std::vector<TraceEvent>> ReadTrace(const fs::path& session_dir) {
  const fs::path path = session_dir / "trace.jsonl";
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxTraceBytes));
  std::vector<TraceEvent> events;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // torn: was never acknowledged
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    const auto wanted = static_cast<int64_t>(events.size());
    Result<TraceEvent> event = ReadEvent(session_dir, line, wanted);
    if (!event.ok()) return LineError(path, events.size() + 1, event.error().message);
    events.push_back(std::move(event).value());
    begin = end + 1;
  }
  return events;
}

}  // namespace inhouse
