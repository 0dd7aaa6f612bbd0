// The one way in which gates run a script: from the start, in a fresh sandbox,
// results copied into a folder that was empty before.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "agent/kernel/sandbox_policy.h"
#include "agent/kernel/script_process.h"
#include "indexer/base/result.h"

namespace inhouse {

// As RunScript (script_process.h), which is the real one; tests give another.
using RunScriptFunction = std::function<Result<ScriptRun>(
    const SandboxPolicy& policy, std::string_view script, std::chrono::milliseconds deadline,
    const std::filesystem::path& outputs_dir)>;

class ScriptRunner {
 public:
  ScriptRunner(SandboxPolicy policy, RunScriptFunction run, std::chrono::milliseconds deadline)
      : policy_(std::move(policy)), run_(std::move(run)), deadline_(deadline) {}

  // Empties `outputs_dir`, runs the script with PYTHONHASHSEED = hash_seed.
  // Errors: kSandbox, kBadInput, kStorage.
  Result<ScriptRun> Run(std::string_view script, int hash_seed,
                        const std::filesystem::path& outputs_dir) const;

  const SandboxPolicy& policy() const { return policy_; }
  std::chrono::milliseconds deadline() const { return deadline_; }
  // One that runs scripts elsewhere, or for longer.
  ScriptRunner With(SandboxPolicy policy, std::chrono::milliseconds deadline) const {
    return {std::move(policy), run_, deadline};
  }

 private:
  SandboxPolicy policy_;
  RunScriptFunction run_;
  std::chrono::milliseconds deadline_;
};

}  // namespace inhouse
