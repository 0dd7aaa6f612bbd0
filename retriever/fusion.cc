#include "retriever/fusion.h"

#include <algorithm>
#include <unordered_map>

namespace inhouse {
namespace {

constexpr int kMaxChunksCounted = 3;
// What two chunks of one symbol at the top of a list make.
constexpr double kBestSum = 1.5;

void AddChunk(int64_t chunk_id, FusedCandidate* fused) {
  if (chunk_id == 0) return;
  auto& ids = fused->chunk_ids;
  if (std::find(ids.begin(), ids.end(), chunk_id) == ids.end()) ids.push_back(chunk_id);
}

void AddList(const CandidateList& list, std::unordered_map<int64_t, FusedCandidate>* by_symbol) {
  std::unordered_map<int64_t, int> counted;
  for (size_t i = 0; i < list.candidates.size(); ++i) {
    const Candidate& candidate = list.candidates[i];
    FusedCandidate& fused = (*by_symbol)[candidate.symbol_id];
    fused.symbol_id = candidate.symbol_id;
    fused.place = candidate.place;
    AddChunk(candidate.chunk_id, &fused);
    const int before = counted[candidate.symbol_id]++;
    if (before >= kMaxChunksCounted) continue;
    const double rank = static_cast<double>(i + 1);
    fused.score += list.weight / (kFusionConstant + rank) / static_cast<double>(1 << before);
    if (before == 0) {
      fused.places[static_cast<size_t>(list.source)] = {static_cast<int>(i + 1), candidate.score};
    }
  }
}

}  // namespace

std::vector<FusedCandidate> Fuse(std::span<const CandidateList> lists, size_t limit) {
  std::unordered_map<int64_t, FusedCandidate> by_symbol;
  double best = 0;
  for (const CandidateList& list : lists) {
    AddList(list, &by_symbol);
    best += kBestSum * list.weight / (kFusionConstant + 1);
  }
  std::vector<FusedCandidate> fused;
  for (auto& [id, candidate] : by_symbol) {
    candidate.score = best > 0 ? std::min(candidate.score / best, 1.0) : 0;
    fused.push_back(std::move(candidate));
  }
  std::sort(fused.begin(), fused.end(), [](const FusedCandidate& a, const FusedCandidate& b) {
    return a.score != b.score ? a.score > b.score : a.place < b.place;
  });
  if (fused.size() > limit) fused.resize(limit);
  return fused;
}

}  // namespace inhouse
