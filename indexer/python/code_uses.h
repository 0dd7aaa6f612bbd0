// What a piece of code asks of libraries: each import, attribute and call with
// the name that it means, as plain data for the contract check.
//
//   CodeReader reader;                                   // one per thread
//   ASSIGN_OR_RETURN(CodeUses uses, reader.Read(code, {}, &index_names));
//
// Names are followed by name_flow; what it cannot tell is left out. Uses that
// the code itself expects to fail are marked as guarded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/python/call_arguments.h"
#include "indexer/python/foreign_names.h"
#include "indexer/python/guards.h"
#include "indexer/python/imports.h"
#include "indexer/python/python_parser.h"
#include "indexer/python/symbol.h"

namespace inhouse {

enum class UseKind : uint8_t { kImport, kRead, kCall };

struct ApiUse {
  UseKind kind = UseKind::kRead;
  std::string target;       // dotted; members with their class: "cdp_client.Session.close"
  std::string written;      // "session.close"
  bool is_bound = false;    // reached through an instance
  Guard guard;              // failures that the code reckons with
  bool is_dropped = false;  // a call whose value nobody takes: a statement of its own
  CallArguments arguments;  // of calls
  SourceRange name_range;   // of the last part of the name
  SourceRange range;        // of the call or the name
};

// A class that the code defines, inside functions too.
struct OwnClass {
  Namespace space;                 // owner: its qualified name
  std::vector<std::string> bases;  // dotted, as imported; "" for what cannot be told
};

struct CodeUses {
  std::vector<ApiUse> uses;  // in source order
  Namespace module;          // what the code itself binds outside of classes
  std::vector<OwnClass> classes;
  std::vector<std::string> set_names;  // set on objects of any class; sorted
  int error_count = 0;                 // syntax errors; what could be read is there all the same
};

// How the code's own definitions are named, and where its relative imports start.
struct CodeOrigin {
  std::string prefix = "__main__";
  ImportBase base;
};

class CodeReader {
 public:
  // `foreign` may be null. Errors: kBadInput (too large, takes too long).
  Result<CodeUses> Read(std::string_view code, const CodeOrigin& origin,
                        const ForeignNames* foreign);

 private:
  PythonParser parser_;
};

}  // namespace inhouse
