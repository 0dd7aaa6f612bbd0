// One file's bytes → everything it declares and does. The room's front door.
//
//   FactExtractor extractor;                                  // one per thread
//   ASSIGN_OR_RETURN(ExtractedFile file, extractor.Extract(source_file, bytes));
//
// Flow: decode → (notebook, Markdown: code alone) → parse → symbols, imports,
// names in scope, call sites. Files with syntax errors give what can be read.
// A FactExtractor belongs to one thread; its results are plain values.
#pragma once

#include <string>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/python/python_parser.h"
#include "indexer/python/source_tree.h"
#include "indexer/python/symbol.h"

namespace inhouse {

struct ExtractedFile {
  FileFacts facts;
  // The text that every range in `facts` refers to: UTF-8. Of documents, all
  // but their Python blocks is blank; of a notebook, its code cells in order.
  std::string text;
  std::vector<std::string> notes;  // what was odd: "decoded as latin-1", "3 syntax errors"
};

class FactExtractor {
 public:
  // Uses `file`'s path, format, role, module and is_package; reads nothing from
  // disk. Files without a module name take their stem as prefix of names
  // ("daily.main"), and `facts.module` stays "".
  // Errors: kBadInput (no text, too large, no notebook); the caller adds the path.
  Result<ExtractedFile> Extract(const SourceFile& file, std::string bytes);

 private:
  PythonParser parser_;
};

}  // namespace inhouse
