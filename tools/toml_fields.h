// How the tables of inhouse.toml are read: one Field a key, with what it may hold.
// For config*.cc alone, which share toml++ through this header. A field that does
// not fit is a Problem with the node that is to blame; ReadTable makes the error with file:line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "indexer/base/result.h"
#include "tools/config.h"

namespace inhouse {

// What is wrong, and with which node (its line goes into the message).
struct Problem {
  const toml::node* node;
  std::string text;  // "must be …"
};
using MaybeProblem = std::optional<Problem>;

struct Field {
  std::string_view key;
  MaybeProblem (*set)(const toml::node& node, Config* config);
};

Error ErrorAt(const std::filesystem::path& file, const toml::source_region& where,
              const std::string& text);

MaybeProblem SetText(const toml::node& node, std::string* out);
MaybeProblem SetTexts(const toml::node& node, std::vector<std::string>* out);
MaybeProblem SetFlag(const toml::node& node, bool* out);
// A finite number from `least` to `most`, written with or without a point.
MaybeProblem SetNumber(const toml::node& node, double least, double most, double* out);

template <typename Int>
MaybeProblem SetInteger(const toml::node& node, int64_t least, int64_t most,
                        std::optional<Int>* out) {
  const auto* number = node.as_integer();
  if (number && number->get() >= least && number->get() <= most) {
    *out = static_cast<Int>(number->get());
    return {};
  }
  return Problem{&node, "must be a whole number from " + std::to_string(least) + " to " +
                            std::to_string(most)};
}

// Fills the config from one table; `section` as people write it: "[index]".
Status ReadTable(const toml::table& table, const std::string& section,
                 std::span<const Field> fields, Config* config);

// The list behind [[name]] blocks.
Result<const toml::array*> TableList(const toml::key& key, const toml::node& node,
                                     const std::string& name, const Config& config);

// [gates], [[gates.command]] and [[invariants]] (config_gates.cc).
Status ReadGates(const toml::table& table, Config* config);
Status ReadInvariants(const toml::array& list, Config* config);

}  // namespace inhouse
