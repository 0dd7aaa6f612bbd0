// Several rankings → one: reciprocal rank fusion (Cormack, Clarke, Büttcher
// 2009): a symbol's score is the sum of weight / (60 + rank) over the rankings.
// Rankings are of chunks; those of one symbol help each other with falling
// shares (1, 1/2, 1/4), so that a much-used symbol does not win by number.
// Pure; the order depends on nothing but the input.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace inhouse {

inline constexpr double kFusionConstant = 60;

// How a list came about.
enum class Source : uint8_t { kNames = 0, kWords = 1, kVectors = 2 };
inline constexpr size_t kSources = 3;

struct Candidate {
  int64_t symbol_id = 0;
  uint32_t place = 0;    // of the symbol: what orders equals (NameView::place)
  int64_t chunk_id = 0;  // 0: found by its name
  double score = 0;      // of the list's own kind: BM25, cosine
};

struct CandidateList {
  Source source = Source::kNames;
  double weight = 1;
  std::vector<Candidate> candidates;  // best first
};

// Where a list has a symbol first.
struct ListPlace {
  int rank = 0;      // from 1; 0: nowhere
  double score = 0;  // Candidate::score there
  bool operator==(const ListPlace&) const = default;
};

struct FusedCandidate {
  int64_t symbol_id = 0;
  uint32_t place = 0;
  double score = 0;                        // 1: the first two of every list
  std::vector<int64_t> chunk_ids;          // distinct, best first within each list
  std::array<ListPlace, kSources> places;  // by source

  const ListPlace& PlaceIn(Source source) const { return places[static_cast<size_t>(source)]; }
};

// Best first, ties by place; at most `limit`.
std::vector<FusedCandidate> Fuse(std::span<const CandidateList> lists, size_t limit);

}  // namespace inhouse
