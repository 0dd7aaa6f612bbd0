// Reads the replies out of a recording, for the recorded model client.
//
//   ASSIGN_OR_RETURN(auto replies, LoadRecording("corpus/recordings/lookalike"));
//
// A recording is a session folder (or just its trace.jsonl and blobs/).
#pragma once

#include <filesystem>
#include <vector>

#include "agent/model/recorded_client.h"
#include "agent/trace.h"
#include "indexer/base/result.h"

namespace inhouse {

// The replies in order, with the digests of the prompts that they answered.
// Errors: kBadInput (no trace there, damaged, or one without replies).
Result<std::vector<RecordedReply>> LoadRecording(const std::filesystem::path& folder);

// Those of a trace that was read already; may be none.
std::vector<RecordedReply> RepliesOf(const std::vector<TraceEvent>& events);

}  // namespace inhouse
