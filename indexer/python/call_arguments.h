// The arguments of a call, as written. Pure.
#pragma once

#include <string>
#include <vector>

#include "indexer/python/python_parser.h"

namespace inhouse {

struct KeywordUse {
  std::string name;
  SourceRange range;  // of the name
};

struct CallArguments {
  int positional_count = 0;  // without `*args`
  std::vector<KeywordUse> keywords;
  bool has_star = false;         // *args
  bool has_double_star = false;  // **kwargs
};

// `arguments`: the call's field of that name; may be null. Where it could not be
// parsed anything may stand: both stars are set.
CallArguments ReadCallArguments(const SyntaxTree& tree, SyntaxNode arguments);

}  // namespace inhouse
