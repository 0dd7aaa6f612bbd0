// The URL half of http_client.h: pure, needs no libcurl.
#include <algorithm>
#include <charconv>

#include "indexer/base/http_client.h"

namespace inhouse {
namespace {

constexpr size_t kMaxUrl = 4096;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Error UrlError(std::string_view why) {
  return BadInput("the URL is not usable: " + std::string(why) +
                  "; write it like https://host:port/path");
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool IsIpv6Character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

// Splits "host", "host:port" or "[v6]:port"; false if it is none of them.
bool SplitAuthority(std::string_view authority, std::string* host, std::string_view* port) {
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    *host = Lower(authority.substr(1, end - 1));
    *port = authority.substr(end + 1);
    return !host->empty() && std::ranges::all_of(*host, IsIpv6Character) &&
           (port->empty() || port->front() == ':');
  }
  const size_t colon = std::min(authority.find(':'), authority.size());
  *host = Lower(authority.substr(0, colon));
  *port = authority.substr(colon);
  return !host->empty() && std::ranges::all_of(*host, IsHostCharacter);
}

// ":8080" → 8080; "" → `standard`; 0 if it is no port.
int PortNumber(std::string_view port, int standard) {
  if (port.size() <= 1) return standard;
  int number = 0;
  const auto [end, code] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
  const bool whole = code == std::errc() && end == port.data() + port.size();
  return whole && number > 0 && number < 65536 ? number : 0;
}

// "127.x.y.z" in plain decimal: no leading zeros (they would be read as octal).
bool IsLoopbackV4(std::string_view host) {
  int fields = 0;
  while (true) {
    const std::string_view field = host.substr(0, host.find('.'));
    const bool plain = !field.empty() && field.size() <= 3 &&
                       (field.size() == 1 || field.front() != '0') &&
                       std::ranges::all_of(field, [](char c) { return c >= '0' && c <= '9'; });
    if (!plain || (fields == 0 && field != "127")) return false;
    ++fields;
    if (field.size() == host.size()) return fields == 4;
    host.remove_prefix(field.size() + 1);
  }
}

}  // namespace

Result<UrlParts> ParseUrl(std::string_view url) {
  if (url.size() > kMaxUrl) return UrlError("it is longer than 4096 bytes");
  for (const char c : url) {
    if (c <= ' ' || c == '\\' || c == 0x7f) return UrlError("it holds a blank or a control byte");
  }
  UrlParts parts;
  const std::string scheme = Lower(url.substr(0, 8));
  parts.tls = scheme == "https://";
  if (!parts.tls && !scheme.starts_with("http://")) {
    return UrlError("it begins with neither http:// nor https://");
  }
  url.remove_prefix(parts.tls ? 8 : 7);
  const size_t end = std::min(url.find_first_of("/?#"), url.size());
  const std::string_view authority = url.substr(0, end);
  if (authority.find('@') != std::string_view::npos) {
    return UrlError("it holds a user name or password");
  }
  std::string_view port;
  if (!SplitAuthority(authority, &parts.host, &port)) return UrlError("its host is not a name");
  parts.port = PortNumber(port, parts.tls ? 443 : 80);
  if (parts.port == 0) return UrlError("its port is not a number from 1 to 65535");
  parts.path = std::string(url.substr(end));
  return parts;
}

bool IsLoopbackUrl(std::string_view url) {
  const Result<UrlParts> parts = ParseUrl(url);
  if (!parts.ok()) return false;
  const std::string& host = parts.value().host;
  return host == "localhost" || host == "::1" || IsLoopbackV4(host);
}

std::string UrlOrigin(std::string_view url) {
  const Result<UrlParts> parsed = ParseUrl(url);
  if (!parsed.ok()) return "the given URL";
  const UrlParts& parts = parsed.value();
  const bool v6 = parts.host.find(':') != std::string::npos;
  return std::string(parts.tls ? "https://" : "http://") + (v6 ? "[" : "") + parts.host +
         (v6 ? "]" : "") + ":" + std::to_string(parts.port);
}

}  // namespace inhouse
