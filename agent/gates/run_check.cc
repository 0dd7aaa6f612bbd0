#include "agent/gates/run_check.h"

#include <charconv>

namespace inhouse {
namespace {

constexpr size_t kOutputShown = 2500;

// From the last traceback on, else the end of what was printed.
std::string WhatPythonSaid(const std::string& output) {
  size_t begin = output.rfind("Traceback (most recent call last):");
  if (begin == std::string::npos) begin = 0;
  // The end says what went wrong.
  if (output.size() - begin > kOutputShown) begin = output.size() - kOutputShown;
  while (begin < output.size() && (static_cast<unsigned char>(output[begin]) & 0xC0) == 0x80) {
    ++begin;
  }
  return output.substr(begin);
}

// The innermost line of the script in the traceback, 0 if it has none.
int ScriptLine(const std::string& output) {
  static constexpr std::string_view kMark = "script.py\", line ";
  const size_t at = output.rfind(kMark);
  int line = 0;
  if (at != std::string::npos) {
    const char* begin = output.data() + at + kMark.size();
    std::from_chars(begin, output.data() + output.size(), line);
  }
  return line;
}

bool IsSyntaxError(const std::string& output) {
  const bool raised = output.find("Traceback (most recent call last)") != std::string::npos;
  for (const std::string_view name : {"\nSyntaxError: ", "\nIndentationError: ", "\nTabError: "}) {
    if (!raised && output.find(name) != std::string::npos) return true;
  }
  return false;
}

Finding Failure(const ScriptRun& run) {
  Finding finding{"runs", "error", "", ScriptLine(run.output), 0};
  const std::string said = WhatPythonSaid(run.output);
  if (run.timed_out) {
    finding.message = "the script did not end within its time limit; it had printed:\n" + said;
  } else if (run.died) {
    finding.message = "the script ended its sandbox (memory, processes or a crash):\n" + said;
  } else if (run.exit_code < 0) {
    finding.message =
        "the script was ended by signal " + std::to_string(-run.exit_code) + ":\n" + said;
  } else {
    if (IsSyntaxError(run.output)) finding.gate = "parses";
    finding.message =
        "the script ended with exit code " + std::to_string(run.exit_code) + ":\n" + said;
  }
  return finding;
}

}  // namespace

Result<RunCheck> CheckRun(const ScriptRunner& runner, std::string_view script,
                          const std::filesystem::path& outputs_dir) {
  RunCheck check;
  ASSIGN_OR_RETURN(check.run, runner.Run(script, 0, outputs_dir));
  const ScriptRun& run = check.run;
  if (run.timed_out || run.died || run.exit_code != 0) {
    check.findings.push_back(Failure(run));
    return check;
  }
  if (run.outputs.files.empty()) {
    check.findings.push_back({"runs", "warning", "the script ran but left no file in /work", 0, 0});
  }
  for (const std::string& skipped : run.outputs.skipped) {
    check.findings.push_back({"runs", "warning", "a result was not taken: " + skipped, 0, 0});
  }
  return check;
}

}  // namespace inhouse
