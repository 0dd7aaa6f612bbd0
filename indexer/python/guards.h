// Does code at a place reckon with failing? Pure.
#pragma once

#include "indexer/python/python_parser.h"

namespace inhouse {

// True inside `try` whose handlers take ImportError, AttributeError, TypeError
// or everything; inside `with pytest.raises(…)` or a call of it; below a test that asks
// `hasattr`; or on a line with a "type: ignore" comment.
bool IsGuarded(const SyntaxTree& tree, TSNode node);

}  // namespace inhouse
