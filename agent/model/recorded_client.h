// Replays the replies of a recording in order, as the model. What stands in a
// trace is read by agent/; here comes the plain list, so that nothing points
// back. A prompt whose digest differs from the recorded one is a warning in the
// reply, or, with `strict`, an error.
//
// Also the fake of tests: replies without a digest go with any prompt.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/model/model_client.h"

namespace inhouse {

struct RecordedReply {
  std::string prompt_sha256{};  // "": any prompt
  std::string content{};
  std::vector<ToolCall> tool_calls{};
  FinishReason finish = FinishReason::kStop;
  Usage usage{};
};

struct RecordedOptions {
  std::vector<RecordedReply> replies{};
  std::string source{};  // the recording's folder, for messages
  bool strict = false;
};

// Errors of Complete: kModel when the replies run out, or (strict) when a
// prompt differs; both name the reply's number and what to do.
std::unique_ptr<ModelClient> MakeRecordedClient(RecordedOptions options);

}  // namespace inhouse
