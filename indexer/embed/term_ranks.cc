#include "indexer/embed/term_ranks.h"

#include <algorithm>
#include <numeric>

namespace inhouse {

std::vector<uint32_t> RanksOf(std::span<const std::string_view> vocabulary) {
  std::vector<uint32_t> order(vocabulary.size()), ranks(vocabulary.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return vocabulary[a] < vocabulary[b]; });
  for (uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

}  // namespace inhouse
