// The dotted names that a piece of Python uses, with its own imports put in
// place of their aliases: `import pandas as pd; pd.read_csv(p)` uses
// "pandas.read_csv". A first look for retrieval and house rules; the exact
// resolver is name_flow in indexer/python. Pure, linear.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

struct NameUse {
  std::string name;       // dotted; a member of an unnamed value is ".to_parquet"
  bool is_call = false;   // followed by '('
  bool imported = false;  // its root came in by an import of this text
  size_t offset = 0;      // of its first byte
  size_t arguments = 0;   // offset of the '(' of a call
};

// In source order, at most 2,000.
std::vector<NameUse> UsedNames(std::string_view code);

// What a cell says about house APIs: imported names first, then other dotted
// calls; each once, at most `limit`.
std::vector<std::string> EvidenceNames(std::string_view code, size_t limit = 30);

}  // namespace inhouse
