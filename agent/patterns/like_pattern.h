// The pattern that is worth showing for a request: the likest one that still holds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/patterns/pattern_store.h"
#include "agent/task.h"
#include "indexer/base/result.h"
#include "retriever/retriever.h"

namespace inhouse {

// Requests that are less alike than this have another job in mind (docs/flywheel.md).
inline constexpr double kMinLikeness = 0.37;

struct RankedPattern {
  StoredPattern stored;
  double likeness = 0;
  std::string expired;  // why it no longer holds; "" if it does
};

// Patterns that are alike enough and in use, likest first, ties by name; `limit` of those that
// hold, with the expired ones before them. Errors: kIndex, those of PatternStore::List.
Result<std::vector<RankedPattern>> LikePatterns(const PatternOptions& options, Retriever& retriever,
                                                std::string_view request, size_t limit);

}  // namespace inhouse
