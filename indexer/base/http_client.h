// One HTTP request at a time, with every way of hanging bounded: deadlines for
// connecting, for the first byte, for silence between bytes and for the whole;
// a limit on the response; a flag that is polled so that Ctrl-C ends it.
//
//   HttpClient client;
//   HttpResult result = client.Send(request, {.on_data = print});
//   if (result.failure != HttpFailure::kNone) … result.message says what to do
//
// Flow: request → libcurl → on_headers, on_data (2xx only) → HttpResult. The
// only includer of curl. libcurl is loaded on the first request, not at process
// start (it and its 30 libraries cost 6 ms). A client keeps its connection open
// for the next request and belongs to one thread; several threads use several
// clients. Redirects are never followed: they would carry the key elsewhere.
// A proxy named in the environment (HTTPS_PROXY) is used as every libcurl
// program does, except for loopback URLs, which never leave the machine.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http or https, without user information
  HttpHeaders headers;
  std::string body;
  std::string ca_file;                                     // PEM; empty: the system's
  std::chrono::milliseconds connect_deadline{10'000};      // name, TCP and TLS
  std::chrono::milliseconds first_byte_deadline{180'000};  // from the start to the first body byte
  std::chrono::milliseconds idle_deadline{120'000};        // between two body bytes
  std::chrono::milliseconds total_deadline{900'000};
  size_t max_response_bytes = size_t{64} << 20;
};

// Why there is no complete answer. Callers branch on it (retry or not), so it
// stands beside the message instead of only inside an Error.
enum class HttpFailure {
  kNone,
  kBadRequest,  // the URL or a header cannot be sent
  kNoLibrary,   // libcurl cannot be loaded
  kResolve,
  kConnect,
  kTls,
  kConnectDeadline,
  kFirstByteDeadline,
  kIdleDeadline,
  kTotalDeadline,
  kBroken,    // reset, or ended before its stated length
  kProtocol,  // what came was not HTTP
  kTooLarge,
  kCancelled,  // `cancelled` returned true
  kStopped,    // `on_data` returned false: the caller has what it wants
};

struct HttpResult {
  HttpFailure failure = HttpFailure::kNone;
  std::string message;  // one line with the remedy; empty if kNone
  int status = 0;       // 0: no answer came
  HttpHeaders headers;  // names in lower case
  std::string body;     // what `on_data` did not take; of an error answer at most 64 KiB

  // The first header of that (lower-case) name, or "".
  std::string_view Header(std::string_view name) const;
};

struct HttpHooks {
  // The body of a 2xx answer, piece by piece as it arrives; false ends the transfer.
  std::function<bool(std::string_view)> on_data;
  // Polled every 50 ms or more often; true ends the transfer.
  std::function<bool()> cancelled;
};

class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  HttpResult Send(const HttpRequest& request, const HttpHooks& hooks = {});

 private:
  struct Transport;  // libcurl's handles, made on the first Send
  std::unique_ptr<Transport> transport_;
};

struct UrlParts {
  bool tls = false;
  std::string host;  // lower case, IPv6 without brackets
  int port = 0;
  std::string path;  // from the first '/', may be empty
};

// Takes a URL apart, strictly: anything that two readers could understand
// differently (user information, backslashes, blanks, odd hosts) is refused.
// Errors: kBadInput.
Result<UrlParts> ParseUrl(std::string_view url);

// True if the URL can only reach this machine: localhost, 127.0.0.0/8 in plain
// dotted form, ::1. False for whatever ParseUrl refuses. Requests to such URLs
// never go through a proxy.
bool IsLoopbackUrl(std::string_view url);

// "https://host:8080" of a URL, for messages: never its path or query.
std::string UrlOrigin(std::string_view url);

}  // namespace inhouse
