#include "agent/gates/script_runner.h"

#include "indexer/base/file_io.h"

namespace inhouse {

Result<ScriptRun> ScriptRunner::Run(std::string_view script, int hash_seed,
                                    const std::filesystem::path& outputs_dir) const {
  std::error_code code;
  std::filesystem::remove_all(outputs_dir, code);
  if (code) return StorageError("cannot empty " + outputs_dir.string() + ": " + code.message());
  RETURN_IF_ERROR(MakeFolder(outputs_dir));
  SandboxPolicy policy = policy_;
  std::erase_if(policy.environment,
                [](const auto& entry) { return entry.first == "PYTHONHASHSEED"; });
  policy.environment.emplace_back("PYTHONHASHSEED", std::to_string(hash_seed));
  return run_(policy, script, deadline_, outputs_dir);
}

}  // namespace inhouse
