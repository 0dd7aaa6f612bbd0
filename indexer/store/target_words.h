// Which call targets have a word among their parts: for a process that updates an
// index again and again, in place of a look at the text of every target.
//
// Filled by the first update that asks, then told of targets that come. Those that
// went, and others whose words have the same hash, may still be named: the asker
// looks at the target itself. Never misses one, as long as nobody else writes: who
// keeps it drops it when the index is at another commit (UpdateMemory).
// Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace inhouse {

class TargetWords {
 public:
  bool is_filled() const { return is_filled_; }
  // All targets were added.
  void SetFilled() { is_filled_ = true; }
  void Clear() { *this = {}; }
  void Add(int64_t id, std::string_view target);
  // One that came since all were added.
  void AddNew(int64_t id, std::string_view target) {
    if (is_filled_) Add(id, target);
  }
  // Ids of the targets that have this part, or all of it before their last; appended, unordered.
  void Find(std::string_view word, std::vector<int64_t>* ids);
  size_t targets() const { return targets_; }

 private:
  using Entry = std::pair<uint64_t, int64_t>;  // hash of a word, id
  std::vector<Entry> entries_;                 // ascending as far as sorted_
  size_t sorted_ = 0;
  size_t targets_ = 0;
  bool is_filled_ = false;
};

}  // namespace inhouse
