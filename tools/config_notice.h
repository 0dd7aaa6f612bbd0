// A configuration that was found upward came with a checkout, not with the command line: what of it
// reaches beyond the sandbox is said before it is used.
#pragma once

#include <string>

#include "indexer/base/result.h"
#include "retriever/retriever.h"
#include "tools/command.h"
#include "tools/config.h"

namespace inhouse {

enum class ConfigUse { kGates, kRun };  // kRun: also the model's key

// One line on standard error for each of: gate commands that run on the host, a variable whose
// value goes to the file's own base_url as the key. Nothing for a file that was `named`.
void NoteFoundConfig(const Config& config, const std::string& named, ConfigUse use,
                     CommandContext& context);

// One line on standard error for each house rule whose 'use' the index does not know: such a rule
// sends people, and models, to an API that is not there. Errors: kIndex.
Status NoteUnknownRules(const Config& config, Retriever& retriever, CommandContext& context);

}  // namespace inhouse
