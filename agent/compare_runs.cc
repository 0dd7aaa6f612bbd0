#include "agent/compare_runs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace inhouse {
namespace {

using nlohmann::json;

struct Observed {
  int step = 0;
  std::string kind, text;
};

std::vector<Observed> Observations(const std::vector<TraceEvent>& events) {
  std::vector<Observed> observed;
  for (const TraceEvent& event : events) {
    if (event.type != "observation") continue;
    const json data = json::parse(event.data, nullptr, false);
    observed.push_back({event.step, data.value("kind", ""), data.value("text", "")});
  }
  return observed;
}

std::string_view TakeLine(std::string_view* text) {
  const std::string_view line = text->substr(0, text->find('\n'));
  text->remove_prefix(std::min(line.size() + 1, text->size()));
  return line;
}

std::string FirstDifference(std::string_view before, std::string_view now) {
  while (!before.empty() || !now.empty()) {
    const std::string_view a = TakeLine(&before);
    const std::string_view b = TakeLine(&now);
    if (a != b) return "was \"" + std::string(a) + "\", is \"" + std::string(b) + "\"";
  }
  return "line ends differ";
}

std::string Place(const Observed& observed) {
  return "step " + std::to_string(observed.step) + ", " + observed.kind + ": ";
}

}  // namespace

std::vector<std::string> DifferentObservations(const std::vector<TraceEvent>& before,
                                               const std::vector<TraceEvent>& now) {
  const std::vector<Observed> first = Observations(before);
  const std::vector<Observed> second = Observations(now);
  std::vector<std::string> lines;
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i >= first.size()) {
      lines.push_back(Place(second[i]) + "there was none");
    } else if (i >= second.size()) {
      lines.push_back(Place(first[i]) + "there is none now");
    } else if (first[i].text != second[i].text) {
      lines.push_back(Place(first[i]) + FirstDifference(first[i].text, second[i].text));
    }
  }
  return lines;
}

}  // namespace inhouse
