// What a model is told of a cell that ran. Pure; stable from run to run.
//
// What data holds may say anything, so output, displays and errors stand in
// fences. With rows withheld (the model is not local and the team has not
// agreed), tables are shown without their rows: the rows of displayed frames
// and series, and printed lines that look like a row of a table. A cell that
// prints single values inside sentences, and error messages, still send them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/kernel.h"
#include "agent/task.h"

namespace inhouse {

struct ObservationOptions {
  bool withhold_rows = false;
  size_t output_bytes = 6000;  // of each of output and display
  size_t traceback_bytes = 2500;
  size_t names = 12;
};

// `changed`: names that are new or changed by this cell. `lost`: names that a
// dead interpreter took along.
std::string CellObservation(const CellResult& result, const std::vector<LiveName>& changed,
                            const std::vector<std::string>& lost,
                            const ObservationOptions& options);

// Findings of gates as a model is told them when rows are withheld: without rows
// in what the script printed (tracebacks stay) and without quotes of its files.
std::vector<Finding> FindingsWithoutRows(std::vector<Finding> findings);

// What an observation shrinks to once it is old: its first line and the
// begin of what follows.
std::string ShortenObservation(std::string_view observation, size_t limit);

// A line for each name: type, shape, columns; no values.
std::string LiveLines(const std::vector<LiveName>& names);

// Names that are in `now` and not, or not the same, in `before`.
std::vector<LiveName> ChangedNames(const std::vector<LiveName>& before,
                                   const std::vector<LiveName>& now);

}  // namespace inhouse
