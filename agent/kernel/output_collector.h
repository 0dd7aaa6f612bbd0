// Keeps the head and the tail of what a process writes, within a limit, and
// counts the rest: a flood costs neither memory nor context. What is cut can go
// to a file besides (whole_output.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/kernel/whole_output.h"

namespace inhouse {

class OutputCollector {
 public:
  // Keeps at most `limit` bytes; once there are more, all goes to `whole` too (may be null).
  explicit OutputCollector(int64_t limit, WholeOutput* whole = nullptr)
      : half_(static_cast<size_t>(limit) / 2), whole_(whole) {}

  void Add(std::string_view bytes);
  int64_t total_bytes() const { return total_; }
  // Valid UTF-8 (bad bytes become '?', control bytes other than \n and \t are
  // dropped, so that nothing in it can steer a terminal; characters that turn the
  // direction of text too).
  std::string Text() const;

 private:
  size_t half_;
  WholeOutput* whole_;
  int64_t total_ = 0;
  std::string head_, tail_;
};

// As OutputCollector::Text, for any text from the sandbox.
std::string CleanText(std::string_view bytes);

}  // namespace inhouse
