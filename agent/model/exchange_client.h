// A person or another program as the model, by way of a folder: for air-gapped
// use. Each prompt is written as NNNN.prompt.json and, for reading,
// NNNN.prompt.md; the reply is awaited as NNNN.reply.md (bare text) or
// NNNN.reply.json (with tool calls). exchange_format.h has the formats.
//
// All files are published by rename. The numbering goes on from the files that
// exist, and two programs in one folder do not take the same number. The reply
// file is foreign: a link, a FIFO or a device is refused, its size is limited, and
// one that stays empty ends the wait.
// One thread; waits on inotify and looks every 200 ms besides (network folders).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "agent/model/model_client.h"

namespace inhouse {

struct ExchangeOptions {
  std::filesystem::path folder;  // made if it is missing
  std::chrono::seconds deadline{24 * 3600};
  // An empty reply file is one that is being written, for so long.
  std::chrono::milliseconds empty_deadline{60'000};
  int64_t max_reply_bytes = int64_t{4} << 20;
  bool native_tools = false;              // does whoever replies use the .json form?
  std::function<bool()> cancelled;        // polled; may be empty
  std::function<int64_t()> unix_seconds;  // for the deadline that stands in the files
};

// Errors: kStorage (the folder). Errors of Complete: kStorage (writing), kModel
// (no reply by the deadline, or one that cannot be used), kInterrupted.
Result<std::unique_ptr<ModelClient>> MakeExchangeClient(ExchangeOptions options);

}  // namespace inhouse
