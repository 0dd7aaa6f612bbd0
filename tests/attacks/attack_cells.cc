#include "tests/attacks/attack_cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace inhouse::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = INHOUSE_SOURCE_DIR "/tests/attacks/cells";

// True when the line says something about the cell and belongs not to its code.
bool ReadOption(const std::string& line, AttackCell* cell) {
  const size_t colon = line.find(": ");
  if (!line.starts_with("# ") || colon == std::string::npos) return false;
  const std::string key = line.substr(2, colon - 2);
  const std::string value = line.substr(colon + 2);
  if (key == "never") cell->never = value;
  if (key == "says") cell->says = value;
  if (key == "control") cell->control = value == "breach";
  if (key == "ends") cell->may_end = value == "any";
  if (key == "deadline") cell->deadline_ms = std::atoi(value.c_str());
  if (key == "copies") cell->copies = std::atoi(value.c_str());
  return key == "never" || key == "says" || key == "control" || key == "ends" ||
         key == "deadline" || key == "copies";
}

}  // namespace

std::vector<std::string> AttackFamilies() {
  std::vector<std::string> families;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".py") families.push_back(entry.path().stem().string());
  }
  std::sort(families.begin(), families.end());
  return families;
}

std::vector<AttackCell> LoadAttackCells(const std::string& family) {
  std::istringstream lines(ReadAll(fs::path(kFolder) / (family + ".py")));
  std::vector<AttackCell> cells;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# %% ")) {
      cells.emplace_back();
      cells.back().family = family;
      cells.back().name = line.substr(5);
    } else if (!cells.empty() && !ReadOption(line, &cells.back())) {
      cells.back().code += line + "\n";
    }
  }
  EXPECT_FALSE(cells.empty()) << family;
  for (const AttackCell& cell : cells) EXPECT_NE(cell.never, "") << cell.name;
  return cells;
}

}  // namespace inhouse::testing
