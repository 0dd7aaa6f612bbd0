#include "agent/model/stop_cutter.h"

#include <algorithm>
#include <utility>

namespace inhouse {
namespace {

std::vector<std::string> WithoutEmpty(std::vector<std::string> stops) {
  std::erase(stops, "");
  return stops;
}

// Length of the longest end of `text` that is a proper begin of `stop`.
size_t OpenTail(std::string_view text, std::string_view stop) {
  for (size_t n = std::min(text.size(), stop.size() - 1); n > 0; --n) {
    if (text.ends_with(stop.substr(0, n))) return n;
  }
  return 0;
}

}  // namespace

StopCutter::StopCutter(std::vector<std::string> stops) : stops_(WithoutEmpty(std::move(stops))) {}

std::string StopCutter::Feed(std::string_view text) {
  if (stopped_) return "";
  held_ += text;
  size_t cut = std::string::npos;
  size_t open = 0;
  for (const std::string& stop : stops_) {
    cut = std::min(cut, held_.find(stop));
    open = std::max(open, OpenTail(held_, stop));
  }
  stopped_ = cut != std::string::npos;
  std::string shown = held_.substr(0, stopped_ ? cut : held_.size() - open);
  held_ = stopped_ ? "" : held_.substr(held_.size() - open);
  return shown;
}

std::string StopCutter::Finish() { return stopped_ ? "" : std::exchange(held_, {}); }

}  // namespace inhouse
