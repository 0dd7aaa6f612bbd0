// The attacks, read from cells/FAMILY.py (format: README.md of this folder).
#pragma once

#include <string>
#include <vector>

namespace inhouse::testing {

struct AttackCell {
  std::string family, name;
  std::string never;     // what must not happen
  std::string code;      // one cell
  std::string says;      // a pattern that its value must match, or ""
  bool control = false;  // run unconfined, the witness must report a breach
  bool may_end = false;  // the cell may fail, time out or end its interpreter
  int deadline_ms = 60'000;
  int copies = 0;  // of the work folder while it, or what it started, runs
};

// In the order of the file; an ill-formed file is a failed test.
std::vector<AttackCell> LoadAttackCells(const std::string& family);
// Of all files, by name.
std::vector<std::string> AttackFamilies();

}  // namespace inhouse::testing
