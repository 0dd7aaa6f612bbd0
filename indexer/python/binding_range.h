// The bindings of one name among those of a file, which are sorted by scope and
// name. Private to name_flow's files.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/python/scope_tree.h"

namespace inhouse {

inline constexpr int kMaxFlowDepth = 12;  // of questions that ask others

// First and behind the last.
inline std::pair<size_t, size_t> RangeFor(const std::vector<Binding>& bindings, int scope,
                                          std::string_view name) {
  const auto before = [](const Binding& b, const std::pair<int, std::string_view>& key) {
    return b.scope != key.first ? b.scope < key.first : b.name < key.second;
  };
  const auto after = [](const std::pair<int, std::string_view>& key, const Binding& b) {
    return b.scope != key.first ? key.first < b.scope : key.second < b.name;
  };
  const std::pair<int, std::string_view> key(scope, name);
  const auto first = std::lower_bound(bindings.begin(), bindings.end(), key, before);
  const auto last = std::upper_bound(first, bindings.end(), key, after);
  return {static_cast<size_t>(first - bindings.begin()),
          static_cast<size_t>(last - bindings.begin())};
}

inline std::vector<size_t> Indices(std::pair<size_t, size_t> range) {
  std::vector<size_t> indices;
  for (size_t i = range.first; i < range.second; ++i) indices.push_back(i);
  return indices;
}

}  // namespace inhouse
