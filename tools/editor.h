// Lets the user change a text file in the editor of their choice.
#pragma once

#include <filesystem>

#include "indexer/base/result.h"
#include "tools/config.h"

namespace inhouse {

// Runs $VISUAL, else $EDITOR, else vi, on the file and waits for its end.
// Errors: kBadInput (it cannot be started, or failed).
Status EditFile(const std::filesystem::path& file, const VariableLookup& variable);

}  // namespace inhouse
