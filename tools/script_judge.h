// The gates on a script outside of a run, as `inhouse gate` and `inhouse patterns
// add` need them: the contract check where there is an index, uses of brokers on standard error.
#pragma once

#include <filesystem>
#include <string_view>

#include "agent/gates/gates.h"
#include "indexer/base/result.h"
#include "retriever/retriever.h"
#include "tools/command.h"

namespace inhouse {

// Runs all gates. `retriever` may be null: calls of house libraries are not checked then.
// `outputs` is emptied and holds what the first run made. Errors: kSandbox, kBadInput, kStorage,
// kInterrupted.
Result<GateReport> JudgeScript(std::string_view script, const Task& task, Retriever* retriever,
                               const std::filesystem::path& outputs,
                               const std::filesystem::path& scratch, CommandContext& context);

}  // namespace inhouse
