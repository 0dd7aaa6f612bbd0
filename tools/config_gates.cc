// [gates], [[gates.command]] and [[invariants]] of inhouse.toml.
#include "tools/toml_fields.h"

namespace inhouse {
namespace {

// Relative to the configuration's folder; a bare name is looked for in PATH later.
MaybeProblem SetCommand(const toml::node& node, Config* config) {
  TeamGate& gate = config->gates.team.back();
  if (MaybeProblem problem = SetTexts(node, &gate.command)) return problem;
  if (gate.command.empty()) return Problem{&node, "must name a program"};
  std::string& program = gate.command.front();
  if (program.find('/') != std::string::npos) {
    program = (config->file.parent_path() / program).lexically_normal().string();
  }
  return {};
}

MaybeProblem SetScript(const toml::node& node, Config* config) {
  std::string text;
  if (MaybeProblem problem = SetText(node, &text)) return problem;
  if (text != "stdin" && text != "path") return Problem{&node, "must be stdin or path"};
  config->gates.team.back().by_path = text == "path";
  return {};
}

MaybeProblem SetSeconds(const toml::node& node, int64_t most, int64_t* out) {
  std::optional<int64_t> seconds;
  if (MaybeProblem problem = SetInteger(node, 1, most, &seconds)) return problem;
  *out = *seconds;
  return {};
}

// share = { column = "group", value = "holdout", min = 0.15, max = 0.25 }, or a list of these
MaybeProblem SetShare(const toml::node& node, ShareBound* share) {
  const toml::table* table = node.as_table();
  if (!table) return Problem{&node, "must be { column = …, value = …, min = …, max = … }"};
  for (const auto& [key, value] : *table) {
    MaybeProblem problem = Problem{&value, "has the unknown key '" + std::string(key.str()) + "'"};
    if (key.str() == "column") problem = SetText(value, &share->column);
    if (key.str() == "value") problem = SetText(value, &share->value);
    if (key.str() == "min") problem = SetNumber(value, 0, 1, &share->least);
    if (key.str() == "max") problem = SetNumber(value, 0, 1, &share->most);
    if (problem) return problem;
  }
  if (!share->column.empty() && !share->value.empty()) return {};
  return Problem{&node, "needs both 'column' and 'value'"};
}

MaybeProblem SetShares(const toml::node& node, Config* config) {
  std::vector<ShareBound>& shares = config->gates.invariants.back().shares;
  const toml::array* list = node.as_array();
  if (!list) return SetShare(node, &shares.emplace_back());
  for (const toml::node& entry : *list) {
    if (MaybeProblem problem = SetShare(entry, &shares.emplace_back())) return problem;
  }
  return {};
}

Invariant& Last(Config* config) { return config->gates.invariants.back(); }

constexpr int64_t kMaxRows = 1'000'000'000'000;

constexpr Field kGateFields[] = {
    {"probes", [](const toml::node& n, Config* c) { return SetFlag(n, &c->gates.probes); }},
    {"probe_seconds",
     [](const toml::node& n, Config* c) { return SetSeconds(n, 3600, &c->gates.probe_seconds); }},
};
constexpr Field kCommandFields[] = {
    {"name", [](const toml::node& n, Config* c) { return SetText(n, &c->gates.team.back().name); }},
    {"command", SetCommand},
    {"script", SetScript},
    {"seconds", [](const toml::node& n,
                   Config* c) { return SetSeconds(n, 3600, &c->gates.team.back().seconds); }},
};
constexpr Field kInvariantFields[] = {
    {"output", [](const toml::node& n, Config* c) { return SetText(n, &Last(c).output); }},
    {"required", [](const toml::node& n, Config* c) { return SetFlag(n, &Last(c).required); }},
    {"columns", [](const toml::node& n, Config* c) { return SetTexts(n, &Last(c).columns); }},
    {"not_null", [](const toml::node& n, Config* c) { return SetTexts(n, &Last(c).not_null); }},
    {"unique", [](const toml::node& n, Config* c) { return SetTexts(n, &Last(c).unique); }},
    {"min_rows",
     [](const toml::node& n, Config* c) { return SetInteger(n, 0, kMaxRows, &Last(c).min_rows); }},
    {"max_rows",
     [](const toml::node& n, Config* c) { return SetInteger(n, 0, kMaxRows, &Last(c).max_rows); }},
    {"share", SetShares},
    {"validator", [](const toml::node& n, Config* c) { return SetText(n, &Last(c).validator); }},
};

Status ReadCommands(const toml::array& list, Config* config) {
  for (const toml::node& entry : list) {
    config->gates.team.emplace_back();
    RETURN_IF_ERROR(ReadTable(*entry.as_table(), "[[gates.command]]", kCommandFields, config));
    TeamGate& gate = config->gates.team.back();
    gate.folder = config->file.parent_path();
    if (gate.name.empty() || gate.command.empty()) {
      return ErrorAt(config->file, entry.source(),
                     "[[gates.command]] needs both 'name' and 'command'");
    }
  }
  return {};
}

// A minimum above its maximum is a demand that no output meets.
Status CheckBounds(const toml::table& entry, const Config& config) {
  const Invariant& invariant = config.gates.invariants.back();
  if (invariant.min_rows && invariant.max_rows && *invariant.min_rows > *invariant.max_rows) {
    return ErrorAt(config.file, entry.get("min_rows")->source(),
                   "[[invariants]] min_rows must not be above max_rows");
  }
  for (const ShareBound& share : invariant.shares) {
    if (share.least > share.most) {
      return ErrorAt(config.file, entry.get("share")->source(),
                     "[[invariants]] share of '" + share.value + "': min must not be above max");
    }
  }
  return {};
}

}  // namespace

Status ReadGates(const toml::table& table, Config* config) {
  toml::table plain;
  for (const auto& [key, node] : table) {
    if (key.str() != "command") {
      plain.insert_or_assign(key, node);
      continue;
    }
    ASSIGN_OR_RETURN(const toml::array* list, TableList(key, node, "gates.command", *config));
    RETURN_IF_ERROR(ReadCommands(*list, config));
  }
  return ReadTable(plain, "[gates]", kGateFields, config);
}

Status ReadInvariants(const toml::array& list, Config* config) {
  for (const toml::node& entry : list) {
    config->gates.invariants.emplace_back();
    RETURN_IF_ERROR(ReadTable(*entry.as_table(), "[[invariants]]", kInvariantFields, config));
    if (Last(config).output.empty()) {
      return ErrorAt(config->file, entry.source(),
                     "[[invariants]] needs 'output', such as \"audiences/*.parquet\"");
    }
    RETURN_IF_ERROR(CheckBounds(*entry.as_table(), *config));
  }
  return {};
}

}  // namespace inhouse
