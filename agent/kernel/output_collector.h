// Keeps the head and the tail of what a process writes, within a limit, and
// counts the rest: a flood costs neither memory nor context.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace inhouse {

class OutputCollector {
 public:
  // Keeps at most `limit` bytes.
  explicit OutputCollector(int64_t limit) : half_(static_cast<size_t>(limit) / 2) {}

  void Add(std::string_view bytes);
  int64_t total_bytes() const { return total_; }
  // Valid UTF-8 (bad bytes become '?', control bytes other than \n and \t are
  // dropped, so that nothing in it can steer a terminal; characters that turn the
  // direction of text too).
  std::string Text() const;

 private:
  size_t half_;
  int64_t total_ = 0;
  std::string head_, tail_;
};

// As OutputCollector::Text, for any text from the sandbox.
std::string CleanText(std::string_view bytes);

}  // namespace inhouse
