// Any bytes from the interpreter: frames, or the line is broken; never more.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "agent/kernel/kernel_channel.h"
#include "agent/kernel/result_frame.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace inhouse;

constexpr size_t kLineBytes = 60'000;  // fits a socket's buffer, so that nobody has to wait

// The reading end of a line that holds the bytes and is closed behind them.
UniqueFd Filled(const uint8_t* data, size_t size) {
  int ends[2];
  FUZZ_EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  FUZZ_EXPECT(write(ends[1], data, size) == static_cast<ssize_t>(size));
  close(ends[1]);
  return UniqueFd(ends[0]);
}

void Read(const nlohmann::json& frame) {
  const CellResult result = ReadResultFrame(frame);
  FUZZ_EXPECT(result.output.size() <= kMaxFrameBytes);
  FUZZ_EXPECT(ReadNamesFrame(frame).size() <= 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  size = std::min(size, kLineBytes);
  const uint8_t output[] = {'o', 'u', 't', 0xFF, '\n'};
  KernelChannel channel(Filled(data, size), Filled(output, sizeof output));
  OutputCollector collected(1024);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (size_t frames = 0; frames <= size / 4 + 1; ++frames) {
    nlohmann::json frame;
    const ChannelEvent event = channel.Next(deadline, &collected, &frame);
    FUZZ_EXPECT(event != ChannelEvent::kDeadline);
    if (event != ChannelEvent::kFrame) return 0;
    Read(frame);
  }
  std::abort();  // more frames than bytes
}
