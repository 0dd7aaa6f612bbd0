// Cuts a reply before the first stop sequence while it streams in, for servers
// that refuse or ignore `stop`. What could be the begin of a stop sequence is
// held back until it is decided. Pure; one reply each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

class StopCutter {
 public:
  // Empty stop sequences are ignored.
  explicit StopCutter(std::vector<std::string> stops);

  // The text that may be shown now. After a stop sequence was found: "".
  std::string Feed(std::string_view text);
  // The stream ended: what was held back.
  std::string Finish();
  bool stopped() const { return stopped_; }

 private:
  const std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace inhouse
