#include "agent/patterns/like_pattern.h"

#include <algorithm>
#include <utility>

#include "agent/patterns/pattern_apis.h"

namespace inhouse {
namespace {

bool IsAllowed(const PatternOptions& options, const StoredPattern& stored) {
  if (!stored.problem.empty()) return false;
  if (!options.only) return true;
  return std::find(options.only->begin(), options.only->end(), stored.digest) !=
         options.only->end();
}

Result<std::vector<RankedPattern>> ByLikeness(std::vector<StoredPattern> stored,
                                              Retriever& retriever, std::string_view request) {
  std::vector<std::string> requests;
  requests.reserve(stored.size());
  for (const StoredPattern& pattern : stored) requests.push_back(pattern.pattern.request);
  ASSIGN_OR_RETURN(const std::vector<double> likeness, retriever.Likeness(request, requests));
  std::vector<RankedPattern> ranked;
  ranked.reserve(stored.size());
  for (size_t i = 0; i < stored.size(); ++i) {
    if (likeness[i] >= kMinLikeness) ranked.push_back({std::move(stored[i]), likeness[i], ""});
  }
  std::stable_sort(
      ranked.begin(), ranked.end(),
      [](const RankedPattern& a, const RankedPattern& b) { return a.likeness > b.likeness; });
  return ranked;
}

}  // namespace

Result<std::vector<RankedPattern>> LikePatterns(const PatternOptions& options, Retriever& retriever,
                                                std::string_view request, size_t limit) {
  std::vector<RankedPattern> found;
  if (options.folder.empty()) return found;
  ASSIGN_OR_RETURN(std::vector<StoredPattern> stored, PatternStore(options.folder).List());
  std::erase_if(stored, [&](const StoredPattern& one) { return !IsAllowed(options, one); });
  if (stored.empty()) return found;
  ASSIGN_OR_RETURN(std::vector<RankedPattern> ranked,
                   ByLikeness(std::move(stored), retriever, request));
  size_t holding = 0;
  for (RankedPattern& pattern : ranked) {
    if (holding == limit) break;
    ASSIGN_OR_RETURN(pattern.expired, ExpiredBecause(pattern.stored.pattern, retriever));
    if (pattern.expired.empty()) ++holding;
    found.push_back(std::move(pattern));
  }
  return found;
}

}  // namespace inhouse
