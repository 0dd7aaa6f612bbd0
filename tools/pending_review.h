// A session whose script passed its checks and was not decided on: the program
// was ended at the question, the script saved for later, or nobody was there.
#pragma once

#include <filesystem>
#include <optional>

#include "agent/task.h"
#include "indexer/base/result.h"

namespace inhouse {

// What the run came to, from its trace; nothing where no decision is due. Errors:
// kBadInput (a damaged trace, script.py is none that passed there).
Result<std::optional<Outcome>> PendingReview(const std::filesystem::path& session);

}  // namespace inhouse
