// How the team calls an API: real call sites, read from the source as it stands
// on disk, or from the catalog's usage chunks where the file has changed or gone.
#pragma once

#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "retriever/index_view.h"
#include "retriever/retriever.h"

namespace inhouse {

// Who calls it: each function, or module, once, at its first call, in the order
// of UsagesOf; `code` is empty.
Result<std::vector<UsageExample>> CallersOf(IndexView& view, std::string_view qualified_name,
                                            size_t limit);

// Scripts first, then libraries, then tests; different callers before a second
// call of one; at most `limit`. A file that cannot be read is no error.
Result<std::vector<UsageExample>> UsagesOf(IndexView& view, std::string_view qualified_name,
                                           size_t limit);

}  // namespace inhouse
