// A Chunk is the unit of retrieval: one symbol's interface and body, a class
// summary, a module overview, or a usage example. Its text is kept in separate
// fields so that ranking can weigh a match in a name above one in a body.
#pragma once

#include <cstdint>
#include <string>

#include "indexer/python/symbol.h"

namespace inhouse {

// Stored in the catalog: append only.
enum class ChunkKind : uint8_t {
  kSymbol = 0,          // function, method, property, constant: signature + docstring + body
  kClassSummary = 1,    // class line, docstring, member signatures
  kModuleOverview = 2,  // module docstring, what it defines and re-exports
  kUsage = 3,           // statements around a call into a library
};

struct Chunk {
  ChunkKind kind = ChunkKind::kSymbol;
  std::string symbol;     // qualified name of the symbol it defines or shows
  std::string name;       // dotted name in words worth matching: "cdp_client core query"
  std::string signature;  // "def query(sql: str, *, params: dict | None = None) -> DataFrame"
  std::string doc;        // docstring text
  std::string body;       // source text as written, cut at kMaxBodyBytes
  SourceRange range;
};

inline constexpr size_t kMaxBodyBytes = 8192;

}  // namespace inhouse
