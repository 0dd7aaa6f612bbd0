// Does the script give the same files again? Runs it a second time in a fresh
// sandbox with another hash seed (so that the order of sets differs) and
// compares the files by digest.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "agent/gates/script_runner.h"
#include "agent/task.h"

namespace inhouse {

// `first_dir` holds the files of the first run, `second_dir` is made, and
// removed at the end. Gate "reproducible", one finding a file that differs, and
// the places in the script that usually are the cause as notes. Errors: as ScriptRunner::Run.
Result<std::vector<Finding>> CheckReproducibility(const ScriptRunner& runner,
                                                  std::string_view script, const ScriptRun& first,
                                                  const std::filesystem::path& first_dir,
                                                  const std::filesystem::path& second_dir);

// Notes on what makes a script's results differ: unseeded random numbers, the
// current time, the order of a set. Pure.
std::vector<Finding> SuspectLines(std::string_view script);

}  // namespace inhouse
