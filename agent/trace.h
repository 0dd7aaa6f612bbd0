// The JSONL trace: every step, prompt, reply, execution and error of a run.
// One event a line: {"v":1,"seq":N,"t_ms":N,"step":N,"type":"…","data":{…}}.
// Types: task, retrieval, prompt, reply, action, observation, finding, gate,
// review, end. Bodies over 4 KiB go to blobs/ by SHA-256 and stand in the line
// as {"blob":"<hex>","bytes":N}. Schema: docs/trace.md. A recording is a trace.
//
// Every event is on disk (fdatasync) before Append returns, so that kill -9
// loses nothing. A TraceWriter belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

inline constexpr int kTraceVersion = 1;
inline constexpr size_t kTraceBlobBytes = 4096;  // longer strings become blobs
// Beside the trace, where it names them: output of cells that was cut, whole.
inline constexpr const char* kCellOutputFolder = "cell-output";
// What brokers answered, by the turns that it names (kernel/broker_record.h).
inline constexpr const char* kBrokerRecordFile = "brokers.record";

class TraceWriter {
 public:
  // Appends to session_dir/trace.jsonl (continues the numbering if it exists;
  // a torn last line is cut off). `clock_ms` gives milliseconds since the run began.
  // Errors: kStorage, kBadInput (the existing trace is of another version).
  static Result<std::unique_ptr<TraceWriter>> Open(const std::filesystem::path& session_dir,
                                                   std::function<int64_t()> clock_ms);
  virtual ~TraceWriter() = default;
  // `type` is one of the types above, `data` an object. A failed Append leaves
  // the file as it was. Errors: kStorage.
  virtual Status Append(int step, std::string_view type, const nlohmann::json& data) = 0;
};

struct TraceEvent {
  int64_t seq = 0, t_ms = 0;
  int step = 0;
  std::string type;
  std::string data;  // JSON text, blobs put back in place
};

// Reads a whole trace back; a torn last line is left out. Errors: kBadInput naming
// file and line (missing, not JSON, another version, a gap in `seq`, a blob
// that is missing or has another digest).
Result<std::vector<TraceEvent>> ReadTrace(const std::filesystem::path& session_dir);

}  // namespace inhouse
