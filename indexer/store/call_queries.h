// Questions about calls: who calls an API, how often, and what else is called
// there. Calls are packed by file; which files to look into is found by target.
// Private to this room.
#pragma once

#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/catalog.h"

namespace inhouse {

// All inside the caller's read transaction. See catalog.h for what they give.
Result<std::vector<CallSiteRow>> QueryCallers(Database& db, std::string_view qualified_name,
                                              size_t limit);
Result<Catalog::CallCount> QueryCallCount(Database& db, std::string_view qualified_name);
Result<std::vector<Catalog::CallCount>> QueryUsedTogether(Database& db,
                                                          std::string_view qualified_name,
                                                          size_t limit);
Result<std::vector<Catalog::CallEdge>> QueryCallsIn(Database& db, int64_t file_id);

// Targets as written that resolve to the name.
Result<std::vector<std::string>> QueryTargetsOf(Database& db, std::string_view qualified_name);

}  // namespace inhouse
