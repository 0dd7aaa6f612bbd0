// How alike two requests are in what they ask for: the geometric mean of the
// likeness of their words (cosine, rare words weigh more) and of the house APIs that
// each of them finds (cosine, the first ranks weigh more). "Rank everyone by
// similarity to this list" and "build a lookalike audience" share few words and most
// APIs; two requests that both find next to nothing find the same, but share no word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "retriever/index_view.h"

namespace inhouse {

// For each of `texts`, in their order, how alike it is to `text`: 0 to 1. Of many
// texts only the `kMaxSearched` nearest by words are searched for; others are 0.
inline constexpr size_t kMaxSearched = 50;
Result<std::vector<double>> LikenessOf(IndexView& view, std::string_view text,
                                       const std::vector<std::string>& texts);

}  // namespace inhouse
