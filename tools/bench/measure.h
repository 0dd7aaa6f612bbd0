// What a piece of work costs: it runs in a child process of its own, so that
// CPU time and peak memory are its alone. Clock: monotonic. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse::bench {

struct Cost {
  double wall_seconds = 0;
  double cpu_seconds = 0;     // user and system, of all threads and ended children
  double peak_megabytes = 0;  // resident
};

// Forks; the child runs `work` and ends. Its error becomes this one's (kBadInput).
Result<Cost> Measure(const std::function<Status()>& work);

// The same of a program; its output is dropped.
Result<Cost> MeasureProgram(const std::vector<std::string>& arguments);

// CPU time of this process so far.
double ProcessSeconds();

double Median(std::vector<double> values);

}  // namespace inhouse::bench
