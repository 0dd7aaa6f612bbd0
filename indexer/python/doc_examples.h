// The code in docstrings: what a library's own authors show of it.
//
//   >>> seeds = audience_io.read_seed_list("fans.csv")   → calls with their targets
//
// An example is read as if it stood at the end of its module: what the module
// defines and imports, and the package's own name, need no import there. Text
// without prompts counts only if it is sound Python; text with prompts without
// what they print. Linear in the text; one thread (the parser's).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/imports.h"
#include "indexer/python/python_parser.h"
#include "indexer/python/symbol.h"

namespace inhouse {

inline constexpr size_t kMaxDocExamples = 500;           // of one file
inline constexpr size_t kMaxDocExampleBytes = 16 << 10;  // longer ones are left out

// Of all docstrings in `facts` (its symbols and imports are there already), in
// source order; examples in which nothing is called are left out.
std::vector<DocExample> ReadDocExamples(const FileFacts& facts, const ImportBase& base,
                                        PythonParser* parser);

// An example's code: the lines behind prompts, if there are any.
std::string CodeOfExample(std::string_view example);

}  // namespace inhouse
