// What a session's trace says of a run that broke off, in the form in which it
// can be gone through again. Plain values.
//
//   ASSIGN_OR_RETURN(const RecordedRun run, LoadRecordedRun("my-session"));
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/gates/gates.h"
#include "agent/kernel/kernel.h"
#include "agent/model/recorded_client.h"
#include "agent/task.h"
#include "agent/trace.h"
#include "indexer/base/result.h"

namespace inhouse {

struct RecordedCell {
  int step = 0;
  CellResult result;               // figures without their pixels
  std::vector<std::string> names;  // live after it
};

// How large a call was, for what it may have cost.
struct RecordedCall {
  int64_t estimated_tokens = 0, max_tokens = 0;
};

struct RecordedRun {
  std::string request, strategy;
  TaskLimits limits;                    // as it was begun with, or last resumed with
  std::vector<std::string> data_files;  // that it had then
  std::vector<RecordedReply> replies;
  std::vector<RecordedCall> calls;  // of the replies, in the same order
  std::vector<RecordedCell> cells;
  // By step: what the gates said, where that is recorded whole; without the outputs.
  std::map<int, GateReport> checks;
  std::vector<std::string> follow_ups;  // messages of the person, in order
  std::vector<int64_t> follow_up_ms;    // when each of them came
  std::vector<std::string> patterns;    // digests of the approved scripts that it was shown
  std::map<std::string, int> events;    // by type: how many there are
  std::string outcome;                  // of the last end event, "" if there is none
  int last_action_step = 0;             // the last step whose action is recorded
  int64_t last_t_ms = 0;
};

// The request and what was said later, one message a line.
std::string RequestOf(const RecordedRun& run);

// Errors: kBadInput (no trace, damaged, or not even begun).
Result<RecordedRun> LoadRecordedRun(const std::filesystem::path& session_dir);

}  // namespace inhouse
