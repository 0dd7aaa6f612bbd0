#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "indexer/base/check.h"

namespace inhouse::testing {
namespace {

constexpr size_t kMaxRequest = size_t{16} << 20;

void MakePipe(UniqueFd* read_end, UniqueFd* write_end) {
  std::array<int, 2> ends{};
  CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
  *read_end = UniqueFd(ends[0]);
  *write_end = UniqueFd(ends[1]);
}

void WriteByte(int fd) {
  const char byte = 'x';
  CHECK(::write(fd, &byte, 1) == 1);
}

// The value of "content-length" in a request head, 0 if there is none.
size_t ContentLength(std::string head) {
  std::ranges::transform(head, head.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  const size_t at = head.find("\ncontent-length:");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Closing with a zero linger time sends a reset.
void Reset(int fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

}  // namespace

std::string Answer(std::string_view status_line, std::string_view headers, std::string_view body) {
  return "HTTP/1.1 " + std::string(status_line) + "\r\n" + std::string(headers) +
         "Connection: close\r\n\r\n" + std::string(body);
}

std::string JsonAnswer(std::string_view status_line, std::string_view body,
                       std::string_view headers) {
  return Answer(status_line, "Content-Type: application/json\r\n" + std::string(headers), body);
}

std::string SseHead() { return Answer("200 OK", "Content-Type: text/event-stream\r\n", ""); }
std::string SseAnswer(std::string_view body) { return SseHead() + std::string(body); }

ScriptedServer::ScriptedServer(std::vector<ServerScript> scripts) : scripts_(std::move(scripts)) {
  MakePipe(&stop_read_, &stop_write_);
  MakePipe(&signal_read_, &signal_write_);
  listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(listener_.get(), generic, size) == 0);
  CHECK(::listen(listener_.get(), 16) == 0);
  CHECK(::getsockname(listener_.get(), generic, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

ScriptedServer::~ScriptedServer() {
  WriteByte(stop_write_.get());
  thread_.join();
}

std::string ScriptedServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void ScriptedServer::Signal() { WriteByte(signal_write_.get()); }

std::vector<ServedRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool ScriptedServer::WaitReadable(int fd) const {
  std::array<pollfd, 2> waits = {pollfd{fd, POLLIN, 0}, pollfd{stop_read_.get(), POLLIN, 0}};
  while (::poll(waits.data(), waits.size(), -1) < 0 && errno == EINTR) {
  }
  return waits[1].revents == 0;
}

void ScriptedServer::Run() {
  for (size_t i = 0; WaitReadable(listener_.get()); ++i) {
    const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.valid() && i < scripts_.size()) Serve(connection.get(), scripts_[i]);
  }
}

bool ScriptedServer::ReadRequest(int connection) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (text.size() < kMaxRequest) {
    const size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos && text.size() >= end + 4 + ContentLength(text.substr(0, end))) {
      const std::lock_guard lock(mutex_);
      requests_.push_back({text.substr(0, end), text.substr(end + 4)});
      return true;
    }
    if (!WaitReadable(connection)) return false;
    const ssize_t n = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (n <= 0) return false;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  return false;
}

void ScriptedServer::Serve(int connection, const ServerScript& script) {
  const bool reads = script.empty() || script[0].kind != ServerStep::Kind::kDoNotRead;
  if (reads && !ReadRequest(connection)) return;
  char byte = 0;
  for (const ServerStep& step : script) {
    switch (step.kind) {
      case ServerStep::Kind::kDoNotRead: break;
      case ServerStep::Kind::kSend:
        if (!SendAll(connection, step.bytes)) return;
        break;
      case ServerStep::Kind::kAwaitSignal:
        if (!WaitReadable(signal_read_.get()) || ::read(signal_read_.get(), &byte, 1) != 1) return;
        break;
      case ServerStep::Kind::kAwaitClose:
        while (WaitReadable(connection) && ::recv(connection, &byte, 1, 0) > 0) {
        }
        return;
      case ServerStep::Kind::kReset: Reset(connection); return;
    }
  }
}

}  // namespace inhouse::testing
