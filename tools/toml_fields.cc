#include "tools/toml_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace inhouse {
namespace {

std::string KnownKeys(std::span<const Field> fields) {
  std::string keys;
  for (const Field& field : fields) keys += (keys.empty() ? "" : ", ") + std::string(field.key);
  return keys;
}

}  // namespace

Error ErrorAt(const std::filesystem::path& file, const toml::source_region& where,
              const std::string& text) {
  return BadInput(file.string() + ":" + std::to_string(where.begin.line) + ": " + text);
}

MaybeProblem SetText(const toml::node& node, std::string* out) {
  const auto* text = node.as_string();
  if (!text) return Problem{&node, "must be a text in quotes"};
  if (text->get().empty()) return Problem{&node, "must not be empty; leave the key out instead"};
  if (text->get().find('\0') != std::string::npos) {
    return Problem{&node, "must not hold a NUL character"};
  }
  *out = text->get();
  return {};
}

MaybeProblem SetTexts(const toml::node& node, std::vector<std::string>* out) {
  const toml::array* list = node.as_array();
  if (!list) return Problem{&node, "must be a list of texts, such as [\"a\", \"b\"]"};
  for (const toml::node& entry : *list) {
    if (MaybeProblem problem = SetText(entry, &out->emplace_back())) {
      return Problem{problem->node, "has an entry that " + problem->text};
    }
  }
  return {};
}

MaybeProblem SetFlag(const toml::node& node, bool* out) {
  const auto* value = node.as_boolean();
  if (!value) return Problem{&node, "must be true or false"};
  *out = value->get();
  return {};
}

MaybeProblem SetNumber(const toml::node& node, double least, double most, double* out) {
  const std::optional<double> value = node.value<double>();
  if (!value || !node.is_number() || !std::isfinite(*value) || *value < least || *value > most) {
    return Problem{&node, fmt::format("must be a number from {} to {}", least, most)};
  }
  *out = *value;
  return {};
}

Status ReadTable(const toml::table& table, const std::string& section,
                 std::span<const Field> fields, Config* config) {
  for (const auto& [key, node] : table) {
    const auto field = std::ranges::find(fields, key.str(), &Field::key);
    if (field == fields.end()) {
      return ErrorAt(config->file, key.source(),
                     "unknown key '" + std::string(key.str()) + "' in " + section +
                         "; known: " + KnownKeys(fields));
    }
    if (const MaybeProblem problem = field->set(node, config)) {
      const bool placed = problem->node->source().begin.line != 0;
      return ErrorAt(config->file, placed ? problem->node->source() : key.source(),
                     section + " " + std::string(key.str()) + " " + problem->text);
    }
  }
  return {};
}

Result<const toml::array*> TableList(const toml::key& key, const toml::node& node,
                                     const std::string& name, const Config& config) {
  if (const toml::array* list = node.as_array(); list && list->is_array_of_tables()) return list;
  return ErrorAt(config.file, key.source(), name + " must be written as [[" + name + "]] blocks");
}

}  // namespace inhouse
