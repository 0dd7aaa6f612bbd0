#include "tools/config.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

std::optional<std::string> NoVariables(const std::string&) { return {}; }

// The message of the error that this text gives; "" if it is accepted.
std::string Complaint(const std::string& text) {
  const TempDir dir;
  const Result<Config> config = ReadConfig(dir.Write("inhouse.toml", text));
  if (config.ok()) return "";
  EXPECT_EQ(config.error().kind, ErrorKind::kBadInput);
  return config.error().message;
}

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ConfigTest, ReadsEveryKey) {
  const TempDir dir;
  const Result<Config> config = ReadConfig(dir.Write("team/inhouse.toml", R"(
[index]
roots = ["libs/", "../shared", "/opt/libs"]
exclude = ["*_pb2.py"]
embedder = "remote:nomic"
[run]
python = ".venv/bin/python"
python_path = ["libs"]
env = ["DSN=a=b", "TOKEN", "EMPTY="]
data = "data"
sockets = ["run/broker.sock"]
sandbox = "gvisor"
root = "rootfs"
weaker_sandbox = true
[model]
provider = "openai"
base_url = "http://127.0.0.1:8080/v1"
name = "m"
key_env = "TEAM_KEY"
send_rows = true
[limits]
steps = 7
tokens = 90000
usd = 2
seconds = 60
memory_mb = 512
[[rules.prefer]]
use = "a.b"
instead_of = "c.d"
reason = "because"
[[rules.prefer]]
use = "e"
instead_of = "f"
[[rules.house]]
text = "Be kind."
)"));
  ASSERT_TRUE(config.ok()) << config.error().message;
  const fs::path team = dir.path() / "team";
  EXPECT_EQ(config->index.roots,
            (std::vector<fs::path>{team / "libs", dir.path() / "shared", "/opt/libs"}));
  EXPECT_EQ(config->index.exclude, std::vector<std::string>{"*_pb2.py"});
  EXPECT_EQ(config->index.embedder, "remote:nomic");
  EXPECT_EQ(config->run.python, team / ".venv/bin/python");
  EXPECT_EQ(config->run.python_path, std::vector<fs::path>{team / "libs"});
  ASSERT_EQ(config->run.env.size(), 3u);
  EXPECT_EQ(config->run.env[0].name, "DSN");
  EXPECT_EQ(config->run.env[0].value, "a=b");
  EXPECT_EQ(config->run.env[1].value, std::nullopt);
  EXPECT_EQ(config->run.env[2].value, "");
  EXPECT_EQ(config->run.data, team / "data");
  EXPECT_EQ(config->run.sockets, std::vector<fs::path>{team / "run/broker.sock"});
  EXPECT_EQ(config->run.sandbox, "gvisor");
  EXPECT_EQ(config->run.root, team / "rootfs");
  EXPECT_TRUE(config->run.weaker_sandbox);
  EXPECT_EQ(config->model.provider, "openai");
  EXPECT_EQ(config->model.base_url, "http://127.0.0.1:8080/v1");
  EXPECT_EQ(config->model.name, "m");
  EXPECT_EQ(config->model.key_env, "TEAM_KEY");
  EXPECT_TRUE(config->model.send_rows);
  EXPECT_EQ(config->limits.steps, 7);
  EXPECT_EQ(config->limits.tokens, 90000);
  EXPECT_EQ(config->limits.usd, 2.0);
  EXPECT_EQ(config->limits.seconds, 60);
  EXPECT_EQ(config->limits.memory_mb, 512);
  ASSERT_EQ(config->prefer.size(), 2u);
  EXPECT_EQ(config->prefer[0].use, "a.b");
  EXPECT_EQ(config->prefer[0].instead_of, "c.d");
  EXPECT_EQ(config->prefer[0].reason, "because");
  EXPECT_EQ(config->rules, std::vector<std::string>{"Be kind."});
}

TEST(ConfigTest, ReadsGatesAndInvariants) {
  const TempDir dir;
  const Result<Config> config = ReadConfig(dir.Write("inhouse.toml", R"(
[gates]
probes = false
probe_seconds = 12
[[gates.command]]
name = "headers"
command = ["tools/check_headers", "--strict"]
script = "path"
seconds = 5
[[gates.command]]
name = "lint"
command = ["ruff", "check", "-"]
[[invariants]]
output = "audiences/*.parquet"
required = true
columns = ["user_id"]
not_null = ["score"]
unique = ["user_id", "day"]
min_rows = 1
max_rows = 500
validator = "audience_io.validate_schema"
share = { column = "group", value = "holdout", min = 0.1, max = 0.3 }
[[invariants]]
output = "x.csv"
share = [{ column = "a", value = "b" }, { column = "c", value = "d", max = 1 }]
)"));
  ASSERT_TRUE(config.ok()) << config.error().message;
  const GateOptions& gates = config->gates;
  EXPECT_FALSE(gates.probes);
  EXPECT_EQ(gates.probe_seconds, 12);
  ASSERT_EQ(gates.team.size(), 2u);
  EXPECT_EQ(gates.team[0].command[0], dir.path() / "tools/check_headers");
  EXPECT_EQ(gates.team[0].command[1], "--strict");
  EXPECT_TRUE(gates.team[0].by_path);
  EXPECT_EQ(gates.team[0].seconds, 5);
  EXPECT_EQ(gates.team[0].folder, dir.path());
  EXPECT_EQ(gates.team[1].command[0], "ruff");
  EXPECT_FALSE(gates.team[1].by_path);
  ASSERT_EQ(gates.invariants.size(), 2u);
  const Invariant& audience = gates.invariants[0];
  EXPECT_EQ(audience.unique, (std::vector<std::string>{"user_id", "day"}));
  EXPECT_EQ(audience.min_rows, 1);
  EXPECT_TRUE(audience.required);
  EXPECT_FALSE(gates.invariants[1].required);
  EXPECT_EQ(audience.max_rows, 500);
  EXPECT_EQ(audience.validator, "audience_io.validate_schema");
  ASSERT_EQ(audience.shares.size(), 1u);
  EXPECT_EQ(audience.shares[0].most, 0.3);
  EXPECT_EQ(gates.invariants[1].shares.size(), 2u);
}

TEST(ConfigTest, BadGatesAndInvariantsAreNamed) {
  EXPECT_TRUE(Holds(Complaint("[[gates]]\nname = \"x\"\n"), "as a section: [gates]"));
  EXPECT_TRUE(Holds(Complaint("[gates]\nprobe = true\n"), "unknown key 'probe' in [gates]"));
  EXPECT_TRUE(Holds(Complaint("[[gates.command]]\nname = \"x\"\n"),
                    ":1: [[gates.command]] needs both 'name' and 'command'"));
  EXPECT_TRUE(Holds(Complaint("[[gates.command]]\nscript = \"file\"\n"), "stdin or path"));
  EXPECT_TRUE(Holds(Complaint("[[invariants]]\nmin_rows = 1\n"), "needs 'output'"));
  EXPECT_TRUE(Holds(Complaint("[invariants]\noutput = \"x\"\n"), "[[invariants]] blocks"));
  EXPECT_TRUE(Holds(Complaint("[[invariants]]\nshare = { column = \"a\", value = \"b\", min = "
                              "2 }\n"),
                    ":2: [[invariants]] share must be a number from 0 to 1"));
  EXPECT_TRUE(Holds(Complaint("[[invariants]]\noutput = \"x\"\nmin_rows = 5\nmax_rows = 2\n"),
                    ":3: [[invariants]] min_rows must not be above max_rows"));
  EXPECT_TRUE(Holds(Complaint("[[invariants]]\noutput = \"x\"\nshare = { column = \"a\", value = "
                              "\"b\", min = 0.5, max = 0.2 }\n"),
                    ":3: [[invariants]] share of 'b': min must not be above max"));
  EXPECT_TRUE(Holds(Complaint("[[invariants]]\nshare = { column = \"a\" }\n"),
                    "needs both 'column' and 'value'"));
}

TEST(ConfigTest, AnEmptyFileHasTheDefaults) {
  const TempDir dir;
  const Result<Config> config = ReadConfig(dir.Write("inhouse.toml", ""));
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->index.embedder, "default");
  EXPECT_FALSE(config->model.send_rows);
  EXPECT_EQ(config->limits.steps, std::nullopt);
}

TEST(ConfigTest, TheExampleTeamsConfigurationIsAccepted) {
  const Result<Config> config = ReadConfig(fs::path(INHOUSE_SOURCE_DIR) / "corpus/inhouse.toml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->index.roots.size(), 2u);
  EXPECT_GE(config->prefer.size(), 5u);
  EXPECT_GE(config->rules.size(), 3u);
}

TEST(ConfigTest, ReadsPricesPromptsAndRetries) {
  const testing::TempDir dir;
  const auto config =
      ReadConfig(dir.Write("inhouse.toml",
                           "[run]\nprompts = \"words\"\n[model]\nprices = [1, 0.1, 1.25, 5]\n"
                           "[limits]\nretries = 0\nallow_unknown_price = true\n"));
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->run.prompts, dir.path() / "words");
  EXPECT_EQ(config->model.prices->cache_write, 1.25);
  EXPECT_EQ(config->limits.retries, 0);
  EXPECT_TRUE(config->limits.allow_unknown_price);
  const auto wrong = ReadConfig(dir.Write("b.toml", "[model]\nprices = [1, 2]\n"));
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("four numbers"), std::string::npos);
}

TEST(ConfigTest, UnknownKeysAreNamedWithTheirLineAndTheKnownOnes) {
  EXPECT_TRUE(Holds(Complaint("[index]\nroot = [\"a\"]\n"),
                    "inhouse.toml:2: unknown key 'root' in [index]; known: roots, exclude"));
  EXPECT_TRUE(
      Holds(Complaint("\n[indx]\n"), ":2: unknown section [indx]; known sections: [index]"));
  EXPECT_TRUE(Holds(Complaint("roots = 1\n"), ":1: unknown key 'roots'"));
  EXPECT_TRUE(Holds(Complaint("[rules]\nbans = []\n"), ":2: unknown key 'bans' in [rules]"));
  EXPECT_TRUE(Holds(Complaint("[[rules.house]]\ntext = \"x\"\nwhy = \"y\"\n"),
                    ":3: unknown key 'why' in [[rules.house]]; known: text"));
}

TEST(ConfigTest, WrongTypesAndValuesSayWhatToWrite) {
  struct Case {
    const char* text;
    const char* wanted;
  };
  const Case cases[] = {
      {"[index]\nroots = \"libs\"\n", ":2: [index] roots must be a list of texts"},
      {"[index]\nroots = [\"a\",\n  7]\n", ":3: [index] roots has an entry that must be a text"},
      {"[index]\nembedder = 3\n", "embedder must be a text in quotes"},
      {"[index]\nembedder = \"\"\n", "embedder must not be empty"},
      {"[run]\npython = \"a\\u0000b\"\n", "must not hold a NUL"},
      {"[run]\nenv = [\"1X=2\"]\n", ":2: [run] env has the entry '1X=2'; write \"NAME=value\""},
      {"[run]\nenv = [\"=2\"]\n", "has the entry '=2'"},
      {"[model]\nprovider = \"gpt\"\n", "must be openai, anthropic, exchange or recorded"},
      {"[model]\nsend_rows = \"yes\"\n", "send_rows must be true or false"},
      {"[limits]\nsteps = 0\n", "steps must be a whole number from 1 to 1000"},
      {"[limits]\nsteps = 2.5\n", "steps must be a whole number"},
      {"[limits]\nsteps = 99999999999\n", "steps must be a whole number"},
      {"[limits]\nmemory_mb = 1\n", "memory_mb must be a whole number from 64"},
      {"[limits]\nusd = 0\n", "usd must be a sum in US dollars above 0"},
      {"[limits]\nusd = nan\n", "usd must be a sum"},
      {"[limits]\nusd = \"1\"\n", "usd must be a sum"},
      {"index = 3\n", ":1: write 'index' as a section: [index]"},
      {"[rules]\nhouse = [\"a\"]\n", ":2: rules.house must be written as [[rules.house]] blocks"},
      {"[[rules.prefer]]\nuse = \"a\"\n", ":1: [[rules.prefer]] needs both 'use' and 'instead_of'"},
      {"[[rules.house]]\n", ":1: [[rules.house]] needs a 'text'"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const std::string complaint = Complaint(c.text);
    EXPECT_TRUE(Holds(complaint, c.wanted)) << complaint;
  }
}

TEST(ConfigTest, BadSyntaxIsOneLineWithItsPlace) {
  for (const char* text : {"[index\n", "[index]\nroots = [\n", "a = = 1\n", "\xff\xfe = 1\n",
                           "[index]\nroots = []\nroots = []\n"}) {
    SCOPED_TRACE(text);
    const std::string complaint = Complaint(text);
    EXPECT_TRUE(Holds(complaint, "inhouse.toml:")) << complaint;
    EXPECT_FALSE(Holds(complaint, "\n")) << complaint;
  }
}

TEST(ConfigTest, DeepNestingIsRefusedWithoutACrash) {
  EXPECT_NE(Complaint("a = " + std::string(100'000, '[')), "");
}

TEST(ConfigTest, TheNearestFileUpwardIsTaken) {
  const TempDir dir;
  dir.Write("inhouse.toml", "[limits]\nsteps = 1\n");
  dir.Write("a/inhouse.toml", "[limits]\nsteps = 2\n");
  fs::create_directories(dir.path() / "a/b/c");
  const Result<Config> config = FindConfig("", dir.path() / "a/b/c");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->limits.steps, 2);
  EXPECT_EQ(config->file, dir.path() / "a/inhouse.toml");
}

TEST(ConfigTest, ANamedFileMustExist) {
  const TempDir dir;
  const Result<Config> config = FindConfig("mine.toml", dir.path());
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().kind, ErrorKind::kBadInput);
  EXPECT_TRUE(Holds(config.error().message, "mine.toml"));
}

TEST(ConfigTest, VariablesArePassedThroughByNameOrGivenByValue) {
  Config config;
  config.run.env = {{"A", "1"}, {"B", std::nullopt}};
  const auto values = ResolveEnvironment(
      config, [](const std::string& name) { return std::optional("of " + name); });
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(*values, (std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "of B"}}));
  const auto missing = ResolveEnvironment(config, NoVariables);
  ASSERT_FALSE(missing.ok());
  EXPECT_TRUE(Holds(missing.error().message, "passes B through"));
}

}  // namespace
}  // namespace inhouse
