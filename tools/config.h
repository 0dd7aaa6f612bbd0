// inhouse.toml: what a team configures. Found upward from the working folder,
// or named with --config; every key is optional, and without a file everything
// has its default.
//
//   ASSIGN_OR_RETURN(Config config, FindConfig("", working_folder));
//   options.roots = config.index.roots;
//
// Paths in the file are relative to its folder and come out absolute; whether
// they exist is looked at where they are used. An unknown key, a wrong type or
// bad syntax is kBadInput with file:line and what to write instead. Keys:
// tools/README.md. Plain data; toml++ is included by toml_fields.h alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/model_client.h"
#include "agent/task.h"
#include "indexer/base/result.h"
#include "indexer/embed/remote_embedder.h"

namespace inhouse {

inline constexpr std::string_view kConfigName = "inhouse.toml";
inline constexpr int64_t kMaxConfigBytes = int64_t{1} << 20;

struct IndexConfig {
  std::vector<std::filesystem::path> roots;
  std::vector<std::string> exclude;  // gitignore-style patterns
  std::string embedder = "default";
};

// `[embedder]`: the server of `[index] embedder = "remote"`.
struct EmbedderConfig {
  std::string base_url, model, key_env, query_prefix, document_prefix;  // "" if not set
  std::optional<int> dimensions, batch;
};

// One entry of `[run] env`: a value, or nothing for "passed through".
struct EnvironmentEntry {
  std::string name;
  std::optional<std::string> value;
};

struct RunConfig {
  std::filesystem::path python;  // "" if not set
  std::vector<std::filesystem::path> python_path;
  std::vector<EnvironmentEntry> env;
  std::filesystem::path data;     // "" if not set
  std::filesystem::path prompts;  // "" if not set
  std::vector<std::filesystem::path> sockets;
  std::string sandbox;         // a SandboxKind's name, "" if not set
  std::filesystem::path root;  // of a file system for the sandbox, "" for the host's
  bool weaker_sandbox = false;
};

struct ModelConfig {
  std::string provider, base_url, name, key_env;  // "" if not set
  bool send_rows = false;
  std::optional<Prices> prices{};  // of this model, where they are not known or not the public ones
};

struct LimitsConfig {
  std::optional<int> steps, retries;
  std::optional<int64_t> tokens, seconds, memory_mb;
  std::optional<double> usd;
  bool allow_unknown_price =
      false;  // with `usd`: a model without known prices may run all the same
};

struct PatternsConfig {
  std::filesystem::path folder;  // "" if not set: approved scripts are not kept
};

struct Config {
  std::filesystem::path file;  // "" if there is none
  IndexConfig index;
  EmbedderConfig embedder;
  RunConfig run;
  ModelConfig model;
  LimitsConfig limits;
  PatternsConfig patterns;
  std::vector<PreferRule> prefer;  // [[rules.prefer]]
  std::vector<std::string> rules;  // [[rules.house]]
  GateOptions gates;  // [gates], [[gates.command]], [[invariants]]; commands are not resolved yet
};

// Errors: kBadInput.
Result<Config> ReadConfig(const std::filesystem::path& file);

// `named` (relative to the working folder) if it is not "", else the nearest
// inhouse.toml upward, else the defaults. Errors: kBadInput.
Result<Config> FindConfig(const std::filesystem::path& named,
                          const std::filesystem::path& working_folder);

// The value of an environment variable, or nothing if it is not set.
using VariableLookup = std::function<std::optional<std::string>(const std::string&)>;

// `[embedder]` with its key. Errors: kBadInput (the variable of key_env is not set).
Result<RemoteEmbedderOptions> RemoteEmbedderOf(const Config& config,
                                               const VariableLookup& variable);

// `[run] env` as values. Errors: kBadInput (a variable to be passed through is
// not set).
Result<std::vector<std::pair<std::string, std::string>>> ResolveEnvironment(
    const Config& config, const VariableLookup& variable);

}  // namespace inhouse
