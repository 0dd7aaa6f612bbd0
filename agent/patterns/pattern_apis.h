// What ties a pattern to the house APIs: which of them it calls, and whether they
// are still what they were.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/patterns/pattern.h"
#include "indexer/base/result.h"
#include "retriever/retriever.h"

namespace inhouse {

// The indexed APIs that a script calls, by name, each once. Errors: kIndex, kBadInput (too large).
Result<std::vector<PatternApi>> ApisCalledBy(std::string_view script, Retriever& retriever);

// Why the pattern no longer holds, in one line: an API that it calls is gone or
// has another signature, or the contract check finds fault with the script. "" if it
// holds. Looked at anew each time: an older checkout brings it back. Errors: kIndex.
Result<std::string> ExpiredBecause(const Pattern& pattern, Retriever& retriever);

}  // namespace inhouse
