#include "indexer/base/http_client.h"

#include <curl/curl.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <memory>
#include <type_traits>

namespace inhouse {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPoll{50};           // how often `cancelled` is asked
constexpr size_t kMaxHeaders = 256;         // further ones are ignored
constexpr size_t kMaxErrorBody = 64 << 10;  // of an answer that is not 2xx
constexpr int kMaxPolls = 10'000'000;       // a transfer always ends before by its deadline

// The functions of libcurl that are used here, by their own types.
struct CurlLibrary {
  decltype(&::curl_global_init) curl_global_init_ = nullptr;
  decltype(&::curl_easy_init) curl_easy_init_ = nullptr;
  decltype(&::curl_easy_cleanup) curl_easy_cleanup_ = nullptr;
  decltype(&::curl_easy_reset) curl_easy_reset_ = nullptr;
  decltype(&::curl_easy_setopt) curl_easy_setopt_ = nullptr;
  decltype(&::curl_easy_getinfo) curl_easy_getinfo_ = nullptr;
  decltype(&::curl_multi_init) curl_multi_init_ = nullptr;
  decltype(&::curl_multi_cleanup) curl_multi_cleanup_ = nullptr;
  decltype(&::curl_multi_add_handle) curl_multi_add_handle_ = nullptr;
  decltype(&::curl_multi_remove_handle) curl_multi_remove_handle_ = nullptr;
  decltype(&::curl_multi_perform) curl_multi_perform_ = nullptr;
  decltype(&::curl_multi_poll) curl_multi_poll_ = nullptr;
  decltype(&::curl_multi_info_read) curl_multi_info_read_ = nullptr;
  decltype(&::curl_slist_append) curl_slist_append_ = nullptr;
  decltype(&::curl_slist_free_all) curl_slist_free_all_ = nullptr;
  std::string error;  // why it cannot be used; empty if it can
};

template <typename Function>
void Resolve(void* handle, const char* name, Function* function, std::string* error) {
  *function = reinterpret_cast<Function>(::dlsym(handle, name));
  if (*function == nullptr) *error = std::string("libcurl is too old: it has no ") + name;
}

void ResolveAll(void* handle, CurlLibrary* library) {
  std::string* error = &library->error;
  Resolve(handle, "curl_global_init", &library->curl_global_init_, error);
  Resolve(handle, "curl_easy_init", &library->curl_easy_init_, error);
  Resolve(handle, "curl_easy_cleanup", &library->curl_easy_cleanup_, error);
  Resolve(handle, "curl_easy_reset", &library->curl_easy_reset_, error);
  Resolve(handle, "curl_easy_setopt", &library->curl_easy_setopt_, error);
  Resolve(handle, "curl_easy_getinfo", &library->curl_easy_getinfo_, error);
  Resolve(handle, "curl_multi_init", &library->curl_multi_init_, error);
  Resolve(handle, "curl_multi_cleanup", &library->curl_multi_cleanup_, error);
  Resolve(handle, "curl_multi_add_handle", &library->curl_multi_add_handle_, error);
  Resolve(handle, "curl_multi_remove_handle", &library->curl_multi_remove_handle_, error);
  Resolve(handle, "curl_multi_perform", &library->curl_multi_perform_, error);
  Resolve(handle, "curl_multi_poll", &library->curl_multi_poll_, error);
  Resolve(handle, "curl_multi_info_read", &library->curl_multi_info_read_, error);
  Resolve(handle, "curl_slist_append", &library->curl_slist_append_, error);
  Resolve(handle, "curl_slist_free_all", &library->curl_slist_free_all_, error);
}

CurlLibrary LoadCurl() {
  CurlLibrary library;
  void* handle = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    if (handle == nullptr) handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  }
  if (handle == nullptr) {
    library.error = "libcurl.so.4 cannot be loaded; install libcurl4";
    return library;
  }
  ResolveAll(handle, &library);
  if (library.error.empty() && library.curl_global_init_(CURL_GLOBAL_ALL) != CURLE_OK) {
    library.error = "libcurl cannot be initialised";
  }
  return library;
}

// Loading and curl_global_init are once a process by libcurl's own rules, hence
// the one static in this program. It is const after its (thread-safe) making.
const CurlLibrary& Curl() {
  static const CurlLibrary library = LoadCurl();
  return library;
}

std::string LowerTrimmed(std::string_view text, bool lower) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  std::string result(text);
  if (lower) {
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  return result;
}

// All that one Send needs; libcurl's callbacks get a pointer to it.
struct Exchange {
  const HttpRequest& request;
  const HttpHooks& hooks;
  HttpResult result;
  Clock::time_point started = Clock::now();
  Clock::time_point last_byte = started;
  size_t received = 0;

  bool IsSuccess() const { return result.status >= 200 && result.status < 300; }
  void Fail(HttpFailure failure, std::string message) {
    if (result.failure != HttpFailure::kNone) return;
    result.failure = failure;
    result.message = std::move(message);
  }
};

// A status line begins a new set of headers: a proxy's or a 100 comes before the real one.
void TakeHeaderLine(Exchange& exchange, std::string_view line) {
  HttpResult& result = exchange.result;
  if (line.starts_with("HTTP/")) {
    result.headers.clear();
    result.status = 0;
    const char* digits = line.data() + std::min(line.find(' '), line.size() - 1) + 1;
    std::from_chars(digits, line.data() + line.size(), result.status);
    return;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || result.headers.size() >= kMaxHeaders) return;
  result.headers.emplace_back(LowerTrimmed(line.substr(0, colon), true),
                              LowerTrimmed(line.substr(colon + 1), false));
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  TakeHeaderLine(*static_cast<Exchange*>(user), {data, size * count});
  return size * count;
}

bool TakeBody(Exchange& exchange, std::string_view bytes) {
  HttpResult& result = exchange.result;
  exchange.received += bytes.size();
  if (!exchange.IsSuccess()) {
    result.body.append(
        bytes.substr(0, kMaxErrorBody - std::min(kMaxErrorBody, result.body.size())));
    return exchange.received <= kMaxErrorBody;
  }
  if (exchange.received > exchange.request.max_response_bytes) {
    exchange.Fail(HttpFailure::kTooLarge, "the answer of " + UrlOrigin(exchange.request.url) +
                                              " is larger than the limit of " +
                                              std::to_string(exchange.request.max_response_bytes) +
                                              " bytes");
    return false;
  }
  if (!exchange.hooks.on_data) {
    result.body.append(bytes);
    return true;
  }
  if (exchange.hooks.on_data(bytes)) return true;
  exchange.Fail(HttpFailure::kStopped, "stopped by the reader");
  return false;
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const bool go_on = TakeBody(exchange, {data, size * count});
  exchange.last_byte = Clock::now();  // after the hook: its time is not the server's
  return go_on ? size * count : 0;
}

HttpFailure FailureOf(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return HttpFailure::kResolve;
    case CURLE_COULDNT_CONNECT: return HttpFailure::kConnect;
    case CURLE_OPERATION_TIMEDOUT:  // all other deadlines are kept here, not by libcurl
      return HttpFailure::kConnectDeadline;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER: return HttpFailure::kTls;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return HttpFailure::kProtocol;
    case CURLE_URL_MALFORMAT: return HttpFailure::kBadRequest;
    default: return HttpFailure::kBroken;
  }
}

std::string Remedy(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::kResolve: return "check the host name in base_url and the network";
    case HttpFailure::kConnect: return "is the server running, and is the port right?";
    case HttpFailure::kConnectDeadline: return "check the network, a proxy, and base_url";
    case HttpFailure::kTls:
      return "check https:// in base_url, the clock, and that the certificate's authority is "
             "installed here";
    case HttpFailure::kProtocol: return "what answers there does not speak HTTP; check base_url";
    default: return "try again; if it stays, look into the server's log";
  }
}

std::string FailureText(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::kResolve: return "its host name has no address";
    case HttpFailure::kConnect: return "no connection";
    case HttpFailure::kConnectDeadline: return "no connection within the deadline";
    case HttpFailure::kTls: return "no trusted encrypted connection";
    case HttpFailure::kProtocol: return "the answer is not HTTP";
    case HttpFailure::kBadRequest: return "libcurl refuses the URL";
    default: return "the connection broke off";
  }
}

std::string TransportMessage(const HttpRequest& request, HttpFailure failure, std::string detail) {
  std::ranges::replace_if(
      detail, [](char c) { return c < ' ' && c >= 0; }, ' ');
  return UrlOrigin(request.url) + ": " + FailureText(failure) +
         (detail.empty() ? "" : " (" + detail + ")") + "; " + Remedy(failure);
}

std::string DeadlineMessage(const HttpRequest& request, std::string_view what, milliseconds limit) {
  return UrlOrigin(request.url) + ": " + std::string(what) + " within " +
         std::to_string(limit.count()) +
         " ms; the server is too slow or hangs, or the deadline is "
         "too short for it";
}

bool IsCancelled(Exchange& exchange) {
  if (!exchange.hooks.cancelled || !exchange.hooks.cancelled()) return false;
  exchange.Fail(HttpFailure::kCancelled, "interrupted");
  return true;
}

// Fails the exchange if a deadline has passed; returns whether it goes on. Asked only after
// all bytes that have come are taken: a program that was suspended is no silent server.
bool IsInTime(Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  const auto now = Clock::now();
  if (now - exchange.started > request.total_deadline) {
    exchange.Fail(HttpFailure::kTotalDeadline,
                  DeadlineMessage(request, "the answer did not end", request.total_deadline));
  } else if (exchange.received == 0 && now - exchange.started > request.first_byte_deadline) {
    exchange.Fail(HttpFailure::kFirstByteDeadline,
                  DeadlineMessage(request, "no answer came", request.first_byte_deadline));
  } else if (exchange.received > 0 && now - exchange.last_byte > request.idle_deadline) {
    exchange.Fail(HttpFailure::kIdleDeadline,
                  DeadlineMessage(request, "nothing more came", request.idle_deadline));
  }
  return exchange.result.failure == HttpFailure::kNone;
}

// How long poll may sleep: the next deadline, at most kPoll, at least 1 ms.
int PollMilliseconds(const Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  const auto next = exchange.received == 0 ? exchange.started + request.first_byte_deadline
                                           : exchange.last_byte + request.idle_deadline;
  const auto until = std::min(next, exchange.started + request.total_deadline) - Clock::now();
  const auto wait = std::chrono::ceil<milliseconds>(until);
  return static_cast<int>(std::clamp(wait, milliseconds(1), kPoll).count());
}

// "" if the request can be sent as it stands.
std::string Unsendable(const HttpRequest& request) {
  const Result<UrlParts> url = ParseUrl(request.url);
  if (!url.ok()) return url.error().message;
  for (const auto& [name, value] : request.headers) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return "the HTTP header " + LowerTrimmed(name, true) +
             " would hold a line break; check the key or name it is made from";
    }
  }
  return "";
}

HttpResult Failed(HttpFailure failure, std::string message) {
  HttpResult result;
  result.failure = failure;
  result.message = std::move(message);
  return result;
}

}  // namespace

std::string_view HttpResult::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

struct HttpClient::Transport {
  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  curl_slist* header_list = nullptr;
  std::array<char, CURL_ERROR_SIZE> detail{};

  Transport() : easy(Curl().curl_easy_init_()), multi(Curl().curl_multi_init_()) {}
  ~Transport() {
    FreeHeaders();
    if (easy != nullptr) Curl().curl_easy_cleanup_(easy);
    if (multi != nullptr) Curl().curl_multi_cleanup_(multi);
  }
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  template <typename T>
  void Set(CURLoption option, T value) {
    // libcurl takes numbers as long or curl_off_t (the same here) and pointers.
    if constexpr (std::is_integral_v<T>) {
      Curl().curl_easy_setopt_(easy, option, long{value});
    } else {
      Curl().curl_easy_setopt_(easy, option, value);
    }
  }
  void FreeHeaders() {
    if (header_list != nullptr) Curl().curl_slist_free_all_(header_list);
    header_list = nullptr;
  }
  void SetHeaders(const HttpRequest& request);
  void SetBody(const HttpRequest& request);
  void SetUp(Exchange& exchange);
  bool TakeOutcome(Exchange& exchange);
  void Perform(Exchange& exchange);
};

void HttpClient::Transport::SetHeaders(const HttpRequest& request) {
  FreeHeaders();
  // No "100 Continue" round trip before larger bodies.
  header_list = Curl().curl_slist_append_(header_list, "Expect:");
  for (const auto& [name, value] : request.headers) {
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    header_list = Curl().curl_slist_append_(header_list, line.c_str());
  }
  Set(CURLOPT_HTTPHEADER, header_list);
}

void HttpClient::Transport::SetBody(const HttpRequest& request) {
  if (request.method == "GET" && request.body.empty()) {
    Set(CURLOPT_HTTPGET, 1L);
    return;
  }
  if (!request.body.empty() || request.method == "POST") {
    Set(CURLOPT_POST, 1L);
    Set(CURLOPT_POSTFIELDS, request.body.data());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void HttpClient::Transport::SetUp(Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  Curl().curl_easy_reset_(easy);
  detail[0] = '\0';
  Set(CURLOPT_URL, request.url.c_str());
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_TCP_KEEPALIVE, 1L);
  Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_deadline.count()));
  Set(CURLOPT_ERRORBUFFER, detail.data());
  Set(CURLOPT_USERAGENT, "inhouse/1");
  Set(CURLOPT_HEADERFUNCTION, &OnHeader);
  Set(CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
  Set(CURLOPT_WRITEFUNCTION, &OnBody);
  Set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  if (IsLoopbackUrl(request.url)) Set(CURLOPT_NOPROXY, "*");
  if (!request.ca_file.empty()) Set(CURLOPT_CAINFO, request.ca_file.c_str());
  SetHeaders(request);
  SetBody(request);
}

// True when libcurl reports the transfer as ended; its failure is then in the exchange.
bool HttpClient::Transport::TakeOutcome(Exchange& exchange) {
  int left = 0;
  const CURLMsg* message = Curl().curl_multi_info_read_(multi, &left);
  if (message == nullptr || message->msg != CURLMSG_DONE) return false;
  const CURLcode code = message->data.result;
  const bool error_answer_cut = code == CURLE_WRITE_ERROR && exchange.result.status > 0;
  if (code == CURLE_OK || (error_answer_cut && !exchange.IsSuccess())) return true;
  const HttpFailure failure = FailureOf(code);
  exchange.Fail(failure, TransportMessage(exchange.request, failure, detail.data()));
  return true;
}

void HttpClient::Transport::Perform(Exchange& exchange) {
  Curl().curl_multi_add_handle_(multi, easy);
  for (int i = 0; i < kMaxPolls && !IsCancelled(exchange); ++i) {
    int running = 0;
    Curl().curl_multi_perform_(multi, &running);
    if (TakeOutcome(exchange) || !IsInTime(exchange)) break;
    Curl().curl_multi_poll_(multi, nullptr, 0, PollMilliseconds(exchange), nullptr);
  }
  Curl().curl_multi_remove_handle_(multi, easy);
}

HttpClient::HttpClient() = default;
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

HttpResult HttpClient::Send(const HttpRequest& request, const HttpHooks& hooks) {
  if (std::string why = Unsendable(request); !why.empty()) {
    return Failed(HttpFailure::kBadRequest, std::move(why));
  }
  if (!Curl().error.empty()) return Failed(HttpFailure::kNoLibrary, Curl().error);
  if (!transport_) transport_ = std::make_unique<Transport>();
  if (transport_->easy == nullptr || transport_->multi == nullptr) {
    return Failed(HttpFailure::kNoLibrary, "libcurl has no memory for a request");
  }
  Exchange exchange{.request = request, .hooks = hooks, .result = {}};
  transport_->SetUp(exchange);
  transport_->Perform(exchange);
  return std::move(exchange.result);
}

}  // namespace inhouse
