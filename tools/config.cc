#include "tools/config.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <system_error>

#include "indexer/base/file_io.h"
#include "tools/find_upward.h"
#include "tools/toml_fields.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Relative to the file's folder, made absolute, without "." and trailing '/'.
fs::path Place(const Config& config, const std::string& written) {
  fs::path path = (config.file.parent_path() / written).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

MaybeProblem SetPath(const toml::node& node, const Config& config, fs::path* out) {
  std::string written;
  if (MaybeProblem problem = SetText(node, &written)) return problem;
  *out = Place(config, written);
  return {};
}

MaybeProblem SetPaths(const toml::node& node, const Config& config, std::vector<fs::path>* out) {
  std::vector<std::string> written;
  if (MaybeProblem problem = SetTexts(node, &written)) return problem;
  for (const std::string& path : written) out->push_back(Place(config, path));
  return {};
}

MaybeProblem SetUsd(const toml::node& node, Config* config) {
  const std::optional<double> usd = node.value<double>();
  if (!usd || !node.is_number() || !std::isfinite(*usd) || *usd <= 0) {
    return Problem{&node, "must be a sum in US dollars above 0, such as 0.50"};
  }
  config->limits.usd = usd;
  return {};
}

// US dollars per million tokens: input, cached input, cache writes, output.
MaybeProblem SetPrices(const toml::node& node, Config* config) {
  constexpr double kDearest = 100'000;
  const toml::array* list = node.as_array();
  if (list == nullptr || list->size() != 4) {
    return Problem{&node,
                   "must be four numbers, US dollars per million tokens: [input, cached input, "
                   "cache write, output]"};
  }
  Prices& prices = config->model.prices.emplace();
  double* const fields[] = {&prices.input, &prices.cached_input, &prices.cache_write,
                            &prices.output};
  for (size_t i = 0; i < 4; ++i) {
    if (MaybeProblem problem = SetNumber(*list->get(i), 0, kDearest, fields[i])) return problem;
  }
  return {};
}

MaybeProblem SetProvider(const toml::node& node, Config* config) {
  if (MaybeProblem problem = SetText(node, &config->model.provider)) return problem;
  const std::string& name = config->model.provider;
  if (name == "openai" || name == "anthropic" || name == "exchange" || name == "recorded") {
    return {};
  }
  return Problem{&node, "must be openai, anthropic, exchange or recorded"};
}

MaybeProblem SetSandbox(const toml::node& node, Config* config) {
  if (MaybeProblem problem = SetText(node, &config->run.sandbox)) return problem;
  if (SandboxKindNamed(config->run.sandbox)) return {};
  return Problem{&node, "must be bubblewrap, gvisor or podman"};
}

bool IsVariableName(std::string_view name) {
  const auto fits = [](char c) {
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, fits);
}

MaybeProblem SetEnvironment(const toml::node& node, Config* config) {
  std::vector<std::string> entries;
  if (MaybeProblem problem = SetTexts(node, &entries)) return problem;
  for (const std::string& entry : entries) {
    const size_t equals = entry.find('=');
    EnvironmentEntry& made = config->run.env.emplace_back();
    made.name = entry.substr(0, equals);
    if (equals != std::string::npos) made.value = entry.substr(equals + 1);
    if (!IsVariableName(made.name)) {
      return Problem{&node, "has the entry '" + entry + "'; write \"NAME=value\" or \"NAME\""};
    }
  }
  return {};
}

// git takes a bracket that is never closed as a pattern that matches nothing.
MaybeProblem SetExclude(const toml::node& node, Config* config) {
  if (MaybeProblem problem = SetTexts(node, &config->index.exclude)) return problem;
  for (const std::string& pattern : config->index.exclude) {
    const size_t open = pattern.find('[');
    if (open == std::string::npos || pattern.find(']', open + 2) != std::string::npos) continue;
    return Problem{&node, "has the pattern '" + pattern + "', whose bracket is never closed"};
  }
  return {};
}

constexpr Field kIndexFields[] = {
    {"roots", [](const toml::node& n, Config* c) { return SetPaths(n, *c, &c->index.roots); }},
    {"exclude", SetExclude},
    {"embedder", [](const toml::node& n, Config* c) { return SetText(n, &c->index.embedder); }},
};

constexpr Field kEmbedderFields[] = {
    {"base_url", [](const toml::node& n, Config* c) { return SetText(n, &c->embedder.base_url); }},
    {"model", [](const toml::node& n, Config* c) { return SetText(n, &c->embedder.model); }},
    {"key_env", [](const toml::node& n, Config* c) { return SetText(n, &c->embedder.key_env); }},
    {"query_prefix",
     [](const toml::node& n, Config* c) { return SetText(n, &c->embedder.query_prefix); }},
    {"document_prefix",
     [](const toml::node& n, Config* c) { return SetText(n, &c->embedder.document_prefix); }},
    {"dimensions", [](const toml::node& n,
                      Config* c) { return SetInteger(n, 1, 4096, &c->embedder.dimensions); }},
    {"batch",
     [](const toml::node& n, Config* c) { return SetInteger(n, 1, 2048, &c->embedder.batch); }},
};

constexpr Field kRunFields[] = {
    {"python", [](const toml::node& n, Config* c) { return SetPath(n, *c, &c->run.python); }},
    {"python_path",
     [](const toml::node& n, Config* c) { return SetPaths(n, *c, &c->run.python_path); }},
    {"env", SetEnvironment},
    {"data", [](const toml::node& n, Config* c) { return SetPath(n, *c, &c->run.data); }},
    {"prompts", [](const toml::node& n, Config* c) { return SetPath(n, *c, &c->run.prompts); }},
    {"sockets", [](const toml::node& n, Config* c) { return SetPaths(n, *c, &c->run.sockets); }},
    {"sandbox", SetSandbox},
    {"root", [](const toml::node& n, Config* c) { return SetPath(n, *c, &c->run.root); }},
    {"weaker_sandbox",
     [](const toml::node& n, Config* c) { return SetFlag(n, &c->run.weaker_sandbox); }},
};

constexpr Field kModelFields[] = {
    {"provider", SetProvider},
    {"base_url", [](const toml::node& n, Config* c) { return SetText(n, &c->model.base_url); }},
    {"name", [](const toml::node& n, Config* c) { return SetText(n, &c->model.name); }},
    {"key_env", [](const toml::node& n, Config* c) { return SetText(n, &c->model.key_env); }},
    {"send_rows", [](const toml::node& n, Config* c) { return SetFlag(n, &c->model.send_rows); }},
    {"prices", SetPrices},
};

constexpr Field kPatternFields[] = {
    {"folder", [](const toml::node& n, Config* c) { return SetPath(n, *c, &c->patterns.folder); }},
};

constexpr Field kLimitFields[] = {
    {"steps",
     [](const toml::node& n, Config* c) { return SetInteger(n, 1, 1000, &c->limits.steps); }},
    {"tokens", [](const toml::node& n,
                  Config* c) { return SetInteger(n, 1, 1'000'000'000, &c->limits.tokens); }},
    {"usd", SetUsd},
    {"allow_unknown_price",
     [](const toml::node& n, Config* c) { return SetFlag(n, &c->limits.allow_unknown_price); }},
    {"retries",
     [](const toml::node& n, Config* c) { return SetInteger(n, 0, 10, &c->limits.retries); }},
    {"seconds",
     [](const toml::node& n, Config* c) { return SetInteger(n, 1, 604'800, &c->limits.seconds); }},
    {"memory_mb", [](const toml::node& n,
                     Config* c) { return SetInteger(n, 64, 1'048'576, &c->limits.memory_mb); }},
};

// The entries of [[rules.prefer]] and [[rules.house]]; each appends to the config first.
constexpr Field kPreferFields[] = {
    {"use", [](const toml::node& n, Config* c) { return SetText(n, &c->prefer.back().use); }},
    {"instead_of",
     [](const toml::node& n, Config* c) { return SetText(n, &c->prefer.back().instead_of); }},
    {"reason", [](const toml::node& n, Config* c) { return SetText(n, &c->prefer.back().reason); }},
};
constexpr Field kHouseFields[] = {
    {"text", [](const toml::node& n, Config* c) { return SetText(n, &c->rules.back()); }},
};

Status ReadPrefer(const toml::array& list, Config* config) {
  for (const toml::node& entry : list) {
    config->prefer.emplace_back();
    RETURN_IF_ERROR(ReadTable(*entry.as_table(), "[[rules.prefer]]", kPreferFields, config));
    config->prefer.back().line = static_cast<int>(entry.source().begin.line);
    if (config->prefer.back().use.empty() || config->prefer.back().instead_of.empty()) {
      return ErrorAt(config->file, entry.source(),
                     "[[rules.prefer]] needs both 'use' and 'instead_of'");
    }
  }
  return {};
}

Status ReadHouse(const toml::array& list, Config* config) {
  for (const toml::node& entry : list) {
    config->rules.emplace_back();
    RETURN_IF_ERROR(ReadTable(*entry.as_table(), "[[rules.house]]", kHouseFields, config));
    if (config->rules.back().empty()) {
      return ErrorAt(config->file, entry.source(), "[[rules.house]] needs a 'text'");
    }
  }
  return {};
}

Status ReadRules(const toml::table& table, Config* config) {
  for (const auto& [key, node] : table) {
    if (key.str() != "prefer" && key.str() != "house") {
      return ErrorAt(
          config->file, key.source(),
          "unknown key '" + std::string(key.str()) + "' in [rules]; known: prefer, house");
    }
    ASSIGN_OR_RETURN(const toml::array* list,
                     TableList(key, node, "rules." + std::string(key.str()), *config));
    RETURN_IF_ERROR(key.str() == "prefer" ? ReadPrefer(*list, config) : ReadHouse(*list, config));
  }
  return {};
}

// What is no section of plain fields: [rules], [gates], [[invariants]].
Status ReadLists(const toml::key& key, const toml::node& node, Config* config) {
  if (key.str() == "rules") return ReadRules(*node.as_table(), config);
  if (key.str() == "gates") return ReadGates(*node.as_table(), config);
  ASSIGN_OR_RETURN(const toml::array* list, TableList(key, node, "invariants", *config));
  return ReadInvariants(*list, config);
}

Status ReadSection(const toml::key& key, const toml::node& node, Config* config) {
  const std::string name(key.str());
  const toml::table* table = node.as_table();
  std::span<const Field> fields;
  if (name == "index") fields = kIndexFields;
  if (name == "embedder") fields = kEmbedderFields;
  if (name == "run") fields = kRunFields;
  if (name == "model") fields = kModelFields;
  if (name == "limits") fields = kLimitFields;
  if (name == "patterns") fields = kPatternFields;
  if (name == "invariants") return ReadLists(key, node, config);
  if (fields.empty() && name != "rules" && name != "gates") {
    return ErrorAt(
        config->file, key.source(),
        "unknown " + std::string(table ? "section [" + name + "]" : "key '" + name + "'") +
            "; known sections: [index], [embedder], [run], [model], [limits], [patterns], [rules], "
            "[gates], [[invariants]]");
  }
  if (!table) {
    return ErrorAt(config->file, key.source(), "write '" + name + "' as a section: [" + name + "]");
  }
  return fields.empty() ? ReadLists(key, node, config)
                        : ReadTable(*table, "[" + name + "]", fields, config);
}

}  // namespace

Result<Config> ReadConfig(const fs::path& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxConfigBytes));
  std::error_code ignored;  // absolute() fails only without a working folder
  Config config;
  config.file = fs::absolute(file, ignored).lexically_normal();
  const toml::parse_result parsed = toml::parse(std::string_view(text));
  if (!parsed) {
    return ErrorAt(config.file, parsed.error().source(), std::string(parsed.error().description()));
  }
  for (const auto& [key, node] : parsed.table()) {
    RETURN_IF_ERROR(ReadSection(key, node, &config));
  }
  return config;
}

Result<Config> FindConfig(const fs::path& named, const fs::path& working_folder) {
  if (!named.empty()) return ReadConfig(working_folder / named);
  if (const auto found = FindUpward(working_folder, kConfigName)) return ReadConfig(*found);
  return Config{};
}

Result<RemoteEmbedderOptions> RemoteEmbedderOf(const Config& config,
                                               const VariableLookup& variable) {
  const EmbedderConfig& from = config.embedder;
  RemoteEmbedderOptions options;
  options.base_url = from.base_url;
  options.model = from.model;
  options.query_prefix = from.query_prefix;
  options.document_prefix = from.document_prefix;
  if (from.dimensions) options.dimensions = static_cast<size_t>(*from.dimensions);
  if (from.batch) options.batch = static_cast<size_t>(*from.batch);
  if (from.key_env.empty()) return options;
  const std::optional<std::string> key = variable(from.key_env);
  if (!key || key->empty()) {
    return BadInput("the variable " + from.key_env + ", which [embedder] key_env of " +
                    config.file.string() + " names, is not set; put the key into it");
  }
  options.api_key = *key;
  return options;
}

Result<std::vector<std::pair<std::string, std::string>>> ResolveEnvironment(
    const Config& config, const VariableLookup& variable) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const EnvironmentEntry& entry : config.run.env) {
    const std::optional<std::string> value = entry.value ? entry.value : variable(entry.name);
    if (!value) {
      return BadInput(config.file.string() + ": [run] env passes " + entry.name +
                      " through, but it is not set; set it, or write \"" + entry.name +
                      "=value\" there");
    }
    values.emplace_back(entry.name, *value);
  }
  return values;
}

}  // namespace inhouse
