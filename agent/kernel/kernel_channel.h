// The host's side of the line to the interpreter: framed JSON on one
// descriptor, the cell's output on another, read together.
//
// A frame is a little-endian u32 length and that many bytes of JSON:
// {"v": 1, "seq": N, "type": "…", …}, at most 8 MiB. What arrives is
// untrusted: an oversized, malformed or unversioned frame is kBroken, and the
// caller ends the kernel. Every wait has a deadline. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "agent/kernel/output_collector.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

inline constexpr uint32_t kMaxFrameBytes = 8u << 20;

enum class ChannelEvent { kFrame, kDeadline, kClosed, kBroken };

class KernelChannel {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  KernelChannel() = default;
  KernelChannel(UniqueFd frames, UniqueFd output);

  // False when the other side is gone, or does not read until the deadline.
  bool Send(const nlohmann::json& frame, TimePoint deadline);
  // Waits for the next frame; output that arrives meanwhile goes to `output`.
  ChannelEvent Next(TimePoint deadline, OutputCollector* output, nlohmann::json* frame);
  // Takes what has been written so far without waiting (at most 16 MiB).
  void DrainOutput(OutputCollector* output);

 private:
  ChannelEvent TakeFrame(nlohmann::json* frame);
  bool ReadFrames();

  UniqueFd frames_, output_;
  std::string buffer_;
};

}  // namespace inhouse
