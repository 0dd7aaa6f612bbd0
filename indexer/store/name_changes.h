// What a change of some files does to names: which of the names that people write
// may mean something else now, told without following all of them.
//
// A name is followed by putting what it stands for in place of its beginning
// (resolve.h); the rest of it stays. So whoever comes by a changed name has its
// last part in the name itself, or the alias of an import (the name of a class) that
// has it in what it imports (in a base). AffectedWords holds these parts, and the
// table `links` finds the files whose imports and bases have such a part.
// Telling too much costs time only. Private to this room.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/store/file_record.h"
#include "indexer/store/resolve.h"

namespace inhouse {

// Of one file what names in others may depend on.
struct NamedFile {
  std::string scope;
  std::string import_path;           // "" for scripts
  ModuleFacts module;                // imports included
  std::vector<NameRecord> symbols;   // in source order
  int64_t first_symbol = 0;          // id
  std::vector<std::string> renamed;  // import names beside `symbols`; "" where it is the name
};

class AffectedWords {
 public:
  // Names at or below this one may mean something else.
  void AddRoot(std::string_view name);
  // What a file's imports and bases carry on, of all words so far.
  void Follow(const NamedFile& file, std::string_view word);
  bool Matches(std::string_view name) const;
  // visit(word), each once or twice.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Words* words : {&inner_, &anywhere_}) {
      for (const std::string& word : *words) visit(std::string_view(word));
    }
  }
  // The words that came since the last call.
  std::vector<std::string> TakeNew();
  size_t size() const { return inner_.size() + anywhere_.size(); }

 private:
  using Words = std::set<std::string, std::less<>>;
  void Add(std::string_view word, bool anywhere);
  Words inner_;     // parts that a name may have after its first
  Words anywhere_;  // or as its first
  std::vector<std::string> new_;
  uint64_t first_bytes_[4] = {};  // of all words: most names have none such part
};

struct NameChanges {
  AffectedWords words;
  std::set<std::string> definitions;  // came, went, or are something else
  std::set<std::string> scopes;       // whose own names or imports changed

  // Null: the file was not there before, or is no longer.
  void Compare(const NamedFile* before, const NamedFile* after);
};

// Under which numbers a file stands in `links`: parts of what its imports and
// bases lead to, and the modules that it stars.
class LinkCollector {
 public:
  void AddImport(std::string_view module, std::string_view name, std::string_view alias);
  void AddClass(std::string_view qualified_name, std::string_view parent, std::string_view module,
                const std::vector<std::string>& bases);
  std::vector<int64_t> Take();  // ascending, each once

 private:
  void AddParts(std::string_view dotted, std::string_view without);
  std::vector<int64_t> links_;
};

int64_t LinkOfWord(std::string_view word);
int64_t LinkOfStar(std::string_view module);

}  // namespace inhouse
