#include "retriever/stages.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inhouse {
namespace {

constexpr std::array<std::pair<std::string_view, Stage>, 7> kStages = {{
    {"names", Stage::kNames},
    {"words", Stage::kWords},
    {"vectors", Stage::kVectors},
    {"ranking", Stage::kRanking},
    {"relatives", Stage::kRelatives},
    {"calls", Stage::kCalls},
    {"silence", Stage::kSilence},
}};

}  // namespace

Result<Stages> ParseStages(std::string_view names) {
  Stages stages = 0;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    const auto known = std::find_if(kStages.begin(), kStages.end(),
                                    [&](const auto& stage) { return stage.first == name; });
    if (known == kStages.end()) {
      return Error{ErrorKind::kUsage,
                   "no stage '" + std::string(name) +
                       "'; stages: names, words, vectors, ranking, relatives, calls, silence"};
    }
    stages |= static_cast<uint32_t>(known->second);
  }
  return stages;
}

}  // namespace inhouse
