// An HTTP server on loopback that behaves, and misbehaves, as a script says:
// which bytes, in which pieces, when it hangs, resets or closes.
//
//   ScriptedServer server({{Send(SseAnswer("data: [DONE]\n\n"))}, {ResetConnection()}});
//   … request to server.url("/v1/chat/completions") …
//   server.requests()[0].body
//
// The n-th connection runs the n-th script: the whole request is read first,
// then the steps run, then the connection is closed. Further connections are
// closed at once. There are no sleeps: `AwaitSignal` waits for the test,
// `AwaitClose` for the client. One thread of its own; stops when destroyed.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "indexer/base/unique_fd.h"

namespace inhouse::testing {

struct ServerStep {
  enum class Kind { kSend, kAwaitSignal, kAwaitClose, kReset, kDoNotRead };
  Kind kind;
  std::string bytes;
};
using ServerScript = std::vector<ServerStep>;

inline ServerStep Send(std::string bytes) { return {ServerStep::Kind::kSend, std::move(bytes)}; }
inline ServerStep AwaitSignal() { return {ServerStep::Kind::kAwaitSignal, {}}; }
inline ServerStep AwaitClose() { return {ServerStep::Kind::kAwaitClose, {}}; }
inline ServerStep ResetConnection() { return {ServerStep::Kind::kReset, {}}; }
// As the first step: speaks without having read a request.
inline ServerStep DoNotRead() { return {ServerStep::Kind::kDoNotRead, {}}; }

// Whole answers; the body ends with the connection.
std::string Answer(std::string_view status_line, std::string_view headers, std::string_view body);
std::string JsonAnswer(std::string_view status_line, std::string_view body,
                       std::string_view headers = "");
std::string SseAnswer(std::string_view body);
// The head of an event stream alone; the body follows in further steps.
std::string SseHead();

struct ServedRequest {
  std::string head;  // request line and headers
  std::string body;
};

class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<ServerScript> scripts);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int port() const { return port_; }
  std::string url(std::string_view path = "") const;
  // Lets one AwaitSignal pass, now or later.
  void Signal();
  std::vector<ServedRequest> requests() const;

 private:
  void Run();
  void Serve(int connection, const ServerScript& script);
  bool ReadRequest(int connection);
  bool WaitReadable(int fd) const;  // false when the server is to stop

  const std::vector<ServerScript> scripts_;
  UniqueFd listener_, stop_read_, stop_write_, signal_read_, signal_write_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<ServedRequest> requests_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace inhouse::testing
