// Does code at a place reckon with failing, and with which failure? Pure.
#pragma once

#include "indexer/python/python_parser.h"

namespace inhouse {

struct Guard {
  bool names = false;      // with a name that is not there: ImportError, AttributeError
  bool arguments = false;  // with a call that is not as it should be: TypeError
  bool both() const { return names && arguments; }
};

// Of a use inside `try` with handlers for it, inside `with pytest.raises(…)` or a
// call of it that names such an error (or one that syntax does not tell), below a
// test that asks `hasattr` or for a version, or on a line with "type: ignore".
Guard GuardOf(const SyntaxTree& tree, SyntaxNode node);

}  // namespace inhouse
