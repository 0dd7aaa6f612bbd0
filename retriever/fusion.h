// Several rankings → one: reciprocal rank fusion (Cormack, Clarke, Büttcher
// 2009): a symbol's score is the sum of weight / (60 + rank) over the rankings.
// Rankings are of chunks; those of one symbol help each other with falling
// shares (1, 1/2, 1/4), so that a much-used symbol does not win by number.
// Pure; the order depends on nothing but the input.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace inhouse {

inline constexpr double kFusionConstant = 60;

struct Candidate {
  int64_t symbol_id = 0;
  int64_t chunk_id = 0;  // 0: found by its name
};

struct CandidateList {
  std::string source;  // "symbol", "lexical", "dense"
  double weight = 1;
  std::vector<Candidate> candidates;  // best first
};

struct FusedCandidate {
  int64_t symbol_id = 0;
  double score = 0;                  // 1: the first two of every list
  std::vector<int64_t> chunk_ids;    // distinct, best first within each list
  std::map<std::string, int> ranks;  // best rank by source, from 1
};

// Best first, ties by symbol id; at most `limit`.
std::vector<FusedCandidate> Fuse(std::span<const CandidateList> lists, size_t limit);

}  // namespace inhouse
