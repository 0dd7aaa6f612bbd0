#include "agent/kernel/kernel_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

int MillisecondsUntil(KernelChannel::TimePoint deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 1000000000));
}

void SetNonBlocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

// Deeper nesting than any frame of ours has; refused before it is parsed.
bool TooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > 64) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

KernelChannel::KernelChannel(UniqueFd frames, UniqueFd output)
    : frames_(std::move(frames)), output_(std::move(output)) {
  SetNonBlocking(frames_.get());
  SetNonBlocking(output_.get());
}

bool KernelChannel::Send(const nlohmann::json& frame, TimePoint deadline) {
  const std::string body = frame.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto size = static_cast<uint32_t>(body.size());
  std::string bytes(sizeof(size), '\0');
  std::memcpy(bytes.data(), &size, sizeof(size));
  bytes += body;
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::send(frames_.get(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (n > 0) {
      done += static_cast<size_t>(n);
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return false;
    pollfd writable{frames_.get(), POLLOUT, 0};
    const int wait = MillisecondsUntil(deadline);
    if (wait == 0 || (::poll(&writable, 1, wait) < 0 && errno != EINTR)) return false;
  }
  return true;
}

void KernelChannel::DrainOutput(OutputCollector* output) {
  static constexpr int64_t kMaxDrain = int64_t{16} << 20;
  char buffer[65536];
  for (int64_t taken = 0; output_.valid() && taken < kMaxDrain;) {
    const ssize_t n = ::read(output_.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) output_.reset();  // every writer is gone
    if (n <= 0) return;
    if (output != nullptr) output->Add({buffer, static_cast<size_t>(n)});
    taken += n;
  }
}

// False at the end of the stream.
bool KernelChannel::ReadFrames() {
  char buffer[65536];
  const ssize_t n = ::recv(frames_.get(), buffer, sizeof(buffer), 0);
  if (n > 0) buffer_.append(buffer, static_cast<size_t>(n));
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

ChannelEvent KernelChannel::TakeFrame(nlohmann::json* frame) {
  uint32_t size = 0;
  if (buffer_.size() < sizeof(size)) return ChannelEvent::kDeadline;
  std::memcpy(&size, buffer_.data(), sizeof(size));
  if (size > kMaxFrameBytes) return ChannelEvent::kBroken;
  if (buffer_.size() < sizeof(size) + size) return ChannelEvent::kDeadline;
  const std::string_view body(buffer_.data() + sizeof(size), size);
  if (TooDeep(body)) return ChannelEvent::kBroken;
  *frame = nlohmann::json::parse(body, nullptr, false);
  buffer_.erase(0, sizeof(size) + size);
  const bool valid = frame->is_object() && frame->value("v", nlohmann::json()) == 1 &&
                     frame->value("type", nlohmann::json()).is_string() &&
                     frame->value("seq", nlohmann::json()).is_number_integer();
  return valid ? ChannelEvent::kFrame : ChannelEvent::kBroken;
}

ChannelEvent KernelChannel::Next(TimePoint deadline, OutputCollector* output,
                                 nlohmann::json* frame) {
  for (;;) {
    const ChannelEvent taken = TakeFrame(frame);
    if (taken != ChannelEvent::kDeadline) return taken;
    const int wait = MillisecondsUntil(deadline);
    pollfd fds[2] = {{frames_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}};
    const int n = ::poll(fds, 2, wait);
    if (n < 0 && errno != EINTR) return ChannelEvent::kBroken;
    if (n > 0 && fds[1].revents != 0) DrainOutput(output);
    if (n > 0 && fds[0].revents != 0 && !ReadFrames()) return ChannelEvent::kClosed;
    // Whatever keeps coming does not hold the caller beyond the deadline.
    if (wait == 0) return TakeFrame(frame);
  }
}

}  // namespace inhouse
