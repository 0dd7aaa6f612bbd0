// Hands an approved script to the team's own runner (`inhouse run --deploy CMD`).
//
// The command runs under the shell, with the user's rights, and gets the script on
// standard input: a sealed copy in memory, so that what it reads is what was approved
// whatever happens to the file meanwhile. In its environment: INHOUSE_SCRIPT_SHA256,
// INHOUSE_SESSION (the session folder).
#pragma once

#include <filesystem>
#include <string>

#include "indexer/base/result.h"

namespace inhouse {

// `digest`: of the script that was approved. Errors: kBadInput (script.py is another one
// now), kNegative (the command failed, with its exit code), kStorage.
Status DeployScript(const std::string& command, const std::filesystem::path& session,
                    const std::string& digest);

}  // namespace inhouse
