// Runs one script from the start, alone, in a fresh sandbox.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "agent/kernel/copy_out.h"
#include "agent/kernel/sandbox_policy.h"
#include "indexer/base/result.h"

namespace inhouse {

inline constexpr size_t kMaxScriptBytes = 1 << 20;

struct ScriptRun {
  int exit_code = -1;  // of `python script.py`; negative: died of that signal
  bool timed_out = false;
  bool died = false;       // the sandbox ended before the script did
  std::string over_limit;  // why it was ended, if it passed a limit that is watched (then died)
  std::string output;      // stdout and stderr as written, cut in the middle
  double seconds = 0;
  CopyReport outputs;  // what the script left in its work folder, copied out
};

// Writes the script as /work/script.py, runs it there, copies the work folder
// (without the script) to `outputs_dir`. A script that fails is a ScriptRun;
// Errors: kSandbox, kBadInput (policy, script too long), kStorage (copying out),
// kInterrupted (`interrupted`, asked a few times a second, said so; may be empty).
Result<ScriptRun> RunScript(const SandboxPolicy& policy, std::string_view script,
                            std::chrono::milliseconds deadline,
                            const std::filesystem::path& outputs_dir,
                            const std::function<bool()>& interrupted = {});

}  // namespace inhouse
