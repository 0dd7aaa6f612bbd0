#include "agent/gates/required_outputs.h"

#include <fnmatch.h>

#include <algorithm>

namespace inhouse {
namespace {

constexpr size_t kFilesNamed = 5;

std::string FilesText(const std::vector<std::string>& files) {
  if (files.empty()) return "it left no file";
  std::string text = "it left";
  for (size_t i = 0; i < std::min(files.size(), kFilesNamed); ++i) {
    text += (i == 0 ? " " : ", ") + files[i];
  }
  if (files.size() > kFilesNamed) {
    text += " and " + std::to_string(files.size() - kFilesNamed) + " more";
  }
  return text;
}

}  // namespace

std::vector<Finding> MissingOutputs(const std::vector<Invariant>& invariants,
                                    const std::vector<std::string>& files) {
  std::vector<Finding> findings;
  for (const Invariant& invariant : invariants) {
    if (!invariant.required) continue;
    const bool made = std::any_of(files.begin(), files.end(), [&](const std::string& file) {
      return fnmatch(invariant.output.c_str(), file.c_str(), 0) == 0;
    });
    if (made) continue;
    findings.push_back({"runs", "error",
                        "the script left no file that matches " + invariant.output +
                            " below /work, which must come out; " + FilesText(files) +
                            ". Write results through the house API to the place that the "
                            "environment gives, and pass no place of your own.",
                        0, 0});
  }
  return findings;
}

}  // namespace inhouse
