// Parts of a search that can be left out, to measure what each is worth
// (tools/eval_retrieval). Every search of the product has all of them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "indexer/base/result.h"

namespace inhouse {

enum class Stage : uint32_t {
  kNames = 1,       // candidates by name
  kWords = 2,       // candidates by full text
  kVectors = 4,     // the embedder: candidates by vector, and likeness by words' vectors
  kRanking = 8,     // signals after fusion
  kRelatives = 16,  // words that stand for nearly the same
  kCalls = 32,      // how often the team calls it
  kSilence = 64,    // nothing rather than a guess
};

// A set of stages: the sum of their values.
using Stages = uint32_t;

inline bool Has(Stages stages, Stage stage) { return (stages & static_cast<uint32_t>(stage)) != 0; }

// "names,vectors" → the set. kUsage for an unknown name; the message lists them.
Result<Stages> ParseStages(std::string_view names);

}  // namespace inhouse
