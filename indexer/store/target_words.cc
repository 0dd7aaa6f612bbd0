#include "indexer/store/target_words.h"

#include <algorithm>
#include <limits>

#include "indexer/base/digest.h"
#include "indexer/python/name_parts.h"

namespace inhouse {

void TargetWords::Add(int64_t id, std::string_view target) {
  AnyPart(target, [&](std::string_view part) {
    entries_.emplace_back(Xxh3(part), id);
    return false;
  });
  const std::string_view parent = ParentNameOf(target);
  if (parent.find('.') != std::string_view::npos) entries_.emplace_back(Xxh3(parent), id);
  ++targets_;
}

void TargetWords::Find(std::string_view word, std::vector<int64_t>* ids) {
  const auto middle = entries_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  std::sort(middle, entries_.end());
  std::inplace_merge(entries_.begin(), middle, entries_.end());
  sorted_ = entries_.size();
  const uint64_t hash = Xxh3(word);
  const Entry first(hash, std::numeric_limits<int64_t>::min());
  auto at = std::lower_bound(entries_.begin(), entries_.end(), first);
  for (; at != entries_.end() && at->first == hash; ++at) ids->push_back(at->second);
}

}  // namespace inhouse
