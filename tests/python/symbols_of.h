// Python text → symbols, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"
#include "indexer/python/signature_reader.h"
#include "indexer/python/symbol_extractor.h"

namespace inhouse::testing {

// "f7". Written so because g++ 12 warns wrongly of `"f" + std::to_string(7)`.
inline std::string Numbered(std::string_view prefix, size_t n) {
  return std::string(prefix).append(std::to_string(n));
}

inline std::vector<Symbol> SymbolsOf(std::string_view source, std::string_view module = "m") {
  PythonParser parser;
  const Result<SyntaxTree> tree = parser.Parse(source);
  EXPECT_TRUE(tree.ok());
  return tree.ok() ? ExtractSymbols(*tree, module) : std::vector<Symbol>();
}

// The symbol of that name; an empty one, and a failure, if there is none.
inline Symbol Get(const std::vector<Symbol>& symbols, std::string_view qualified_name) {
  for (const Symbol& symbol : symbols) {
    if (symbol.qualified_name == qualified_name) return symbol;
  }
  ADD_FAILURE() << "no symbol " << qualified_name;
  return {};
}

inline bool Has(const std::vector<Symbol>& symbols, std::string_view qualified_name) {
  for (const Symbol& symbol : symbols) {
    if (symbol.qualified_name == qualified_name) return true;
  }
  return false;
}

// "name(a, *, b=1) -> int", with "~" in front of inexact ones.
inline std::string SignatureOf(const std::vector<Symbol>& symbols,
                               std::string_view qualified_name) {
  const Symbol symbol = Get(symbols, qualified_name);
  const std::string text = FormatSignature(symbol.name, symbol.signature);
  return std::string(symbol.signature.is_exact ? "" : "~").append(text);
}

}  // namespace inhouse::testing
