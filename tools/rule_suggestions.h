// [[rules.prefer]] that a team seems to live by, mined from its own code: where the
// jobs call a library function F, and a generic call G that F's module makes (it
// reads, writes, connects, draws or asks the clock) is made by no job, F stands in place of G.
//
// Only proposals, each with its evidence: people decide. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/task.h"

namespace inhouse {

struct MinedFile {
  std::string module;  // "audience_io.store"
  bool is_job = false;
  std::string text;
};

// How many jobs call a public function, by its import name and module.
struct MinedFunction {
  std::string import_name, module;
  int jobs = 0;
};

inline constexpr int kMinJobs = 3;

// Most used first, then by name; at most 20. A pair that `known` rules cover is left out.
std::vector<PreferRule> SuggestRules(const std::vector<MinedFile>& files,
                                     const std::vector<MinedFunction>& functions,
                                     const std::vector<PreferRule>& known);

}  // namespace inhouse
