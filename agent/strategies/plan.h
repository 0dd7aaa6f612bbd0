// A model's reply → the plan that it holds. Pure and linear; any bytes are valid input.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

// All texts are one line, cut to kMaxPlanText bytes.
struct PlanStep {
  std::string function;
  std::string purpose;
  std::vector<std::string> inputs, outputs, libraries;
};

inline constexpr size_t kMaxPlanSteps = 8;
inline constexpr size_t kMaxPlanText = 300;

// From the first block (or, without fences, the first list) that is a JSON list
// of objects with "function"; an object that holds such a list under "steps" or
// "plan" counts too. Errors: kBadInput, with what was wrong, for the model.
Result<std::vector<PlanStep>> ParsePlan(std::string_view reply);

// "load_seeds: reads the seed list (in: …; out: …; with: …)"
std::string PlanStepLine(const PlanStep& step);
// Numbered lines.
std::string PlanLines(const std::vector<PlanStep>& plan);

}  // namespace inhouse
