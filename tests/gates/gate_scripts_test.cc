// Scripts, good and bad, through all gates in real sandboxes. What each must
// give stands in scripts/expected.txt; INHOUSE_UPDATE_GOLDEN=1 rewrites it and the diff is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <regex>

#include "agent/gates/gates.h"
#include "agent/kernel/script_process.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::ReadAll;
using testing::TempDir;

const fs::path kScripts = fs::path(INHOUSE_SOURCE_DIR) / "tests/gates/scripts";
constexpr std::string_view kRequest =
    "Write the best 50% of our users as an audience with a 20% holdout.";

SandboxPolicy Policy() {
  SandboxPolicy policy;
  policy.python = INHOUSE_SOURCE_DIR "/.venv/bin/python";
  policy.read_only = {{INHOUSE_SOURCE_DIR "/corpus/libs", "/opt/house/0"}};
  policy.python_path = {"/opt/house/0"};
  policy.environment = {{"CDP_DSN", "duckdb:////data/warehouse.duckdb"},
                        {"AUDIENCE_DEST", "/work/audiences"}};
  return policy;
}

// Samples of keys are put together here, so that no scanner of repositories takes the scripts'
// own for real ones: @prefix:count@ or @prefix:count:upper@.
std::string WithSamples(std::string script) {
  static constexpr std::string_view kMixed = "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z0Bc7eFg4iJk2lMn6oPq";
  static constexpr std::string_view kUpper = "A3BX7CQ9DZ2EK5FW8G";
  for (size_t at = script.find('@'); at != std::string::npos; at = script.find('@', at + 1)) {
    const size_t end = script.find('@', at + 1);
    const size_t colon = script.find(':', at);
    if (end == std::string::npos || colon > end) continue;
    const std::string spec = script.substr(colon + 1, end - colon - 1);
    if (spec.empty() || spec[0] < '0' || spec[0] > '9') continue;
    const std::string_view letters = spec.ends_with("upper") ? kUpper : kMixed;
    const std::string made =
        script.substr(at + 1, colon - at - 1) + std::string(letters.substr(0, std::stoul(spec)));
    script.replace(at, end + 1 - at, made);
    at += made.size() - 1;
  }
  return script;
}

// First line; of what Python said also the last one.
std::string Shortened(std::string text) {
  // What differs from run to run by intent.
  text = std::regex_replace(text, std::regex(" \\(line .*\\)"), "");
  text = std::regex_replace(text, std::regex("[0-9]{9,}"), "N");
  while (text.ends_with('\n')) text.pop_back();
  const size_t first = text.find('\n');
  if (first == std::string::npos) return text;
  return text.substr(0, first) + " … " + text.substr(text.rfind('\n') + 1);
}

std::string Described(const GateReport& report) {
  std::string text = report.passed ? "passed\n" : "failed\n";
  for (const Finding& finding : report.findings) {
    text += "  " + finding.gate + ", " + finding.severity;
    if (finding.line > 0) text += ", line " + std::to_string(finding.line);
    text += ": " + Shortened(finding.message) + "\n";
  }
  return text;
}

// "name: passed" and the lines set in below it, by name.
std::map<std::string, std::string> ReadExpected() {
  std::map<std::string, std::string> expected;
  std::ifstream file(kScripts / "expected.txt");
  std::string name;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#") || line.empty()) continue;
    if (line.starts_with(" ")) {
      expected[name] += line + "\n";
    } else {
      name = line.substr(0, line.find(':'));
      expected[name] = line.substr(std::min(line.size(), name.size() + 2)) + "\n";
    }
  }
  return expected;
}

std::vector<std::string> ScriptNames() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kScripts)) {
    const std::string name = entry.path().filename().string();
    if (name != "data.py" && name != "expected.txt") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

class GateScripts : public ::testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    world_ = std::make_unique<TempDir>();
    const Result<ScriptRun> made = RunScript(Policy(), ReadAll(kScripts / "data.py"),
                                             std::chrono::seconds(60), world_->path() / "data");
    ASSERT_TRUE(made.ok()) << made.error().message;
    ASSERT_EQ(made->exit_code, 0) << made->output;
    // Copies are made for their owner alone.
    for (const auto& entry : fs::directory_iterator(world_->path() / "data")) {
      fs::permissions(entry, fs::perms::group_read | fs::perms::others_read, fs::perm_options::add);
    }
    fs::permissions(world_->path() / "data", fs::perms(0755));
  }

  static void TearDownTestSuite() {
    world_.reset();
    if (std::getenv("INHOUSE_UPDATE_GOLDEN") == nullptr) return;
    std::ofstream file(kScripts / "expected.txt");
    file << "# What the gates say of each script: passed or failed, and every finding as\n"
            "# \"gate, severity, line: message\". Written by gate_scripts_test with\n"
            "# INHOUSE_UPDATE_GOLDEN=1; read the diff.\n";
    for (const auto& [name, text] : found_) file << name << ": " << text;
  }

  static GateReport Judge(const std::string& name) {
    SandboxPolicy policy = Policy();
    policy.read_only.insert(policy.read_only.begin(), {world_->path() / "data", "/data"});
    const bool hangs = name == "runs_hangs.py";
    const auto run = [](const SandboxPolicy& where, std::string_view script,
                        std::chrono::milliseconds deadline, const std::filesystem::path& outputs) {
      return RunScript(where, script, deadline, outputs);
    };
    const ScriptRunner runner(policy, run, std::chrono::seconds(hangs ? 3 : 60));
    GateOptions options;
    Invariant declared;
    declared.output = "declared*.csv";
    declared.unique = {"user_id"};
    declared.min_rows = 30;
    options.invariants = {declared};
    const std::vector<PreferRule> prefer = {
        {"audience_io.read_seed_list", "csv.reader", "a seed list is checked"}};
    const TempDir dir;
    Result<GateReport> report =
        RunGates(WithSamples(ReadAll(kScripts / name)),
                 {runner, prefer, dir.path() / "out", dir.path() / "again", nullptr, options,
                  name.find("rows_dropped") != std::string::npos ||
                          name.find("fixed_holdout") != std::string::npos ||
                          name.find("request_numbers") != std::string::npos
                      ? kRequest
                      : std::string_view()});
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? std::move(*report) : GateReport();
  }

  static std::unique_ptr<TempDir> world_;
  static std::map<std::string, std::string> found_;
};
std::unique_ptr<TempDir> GateScripts::world_;
std::map<std::string, std::string> GateScripts::found_;

TEST_P(GateScripts, GivesTheExpectedFindings) {
  static const std::map<std::string, std::string> expected = ReadExpected();
  const GateReport report = Judge(GetParam());
  found_[GetParam()] = Described(report);
  if (std::getenv("INHOUSE_UPDATE_GOLDEN") != nullptr) return;
  ASSERT_TRUE(expected.contains(GetParam())) << found_[GetParam()];
  EXPECT_EQ(found_[GetParam()], expected.at(GetParam()));
  const bool is_clean =
      std::all_of(report.findings.begin(), report.findings.end(),
                  [](const Finding& finding) { return finding.severity == "note"; });
  EXPECT_EQ(report.passed && is_clean, GetParam().starts_with("good_"));
}

INSTANTIATE_TEST_SUITE_P(All, GateScripts, ::testing::ValuesIn(ScriptNames()),
                         [](const auto& script) {
                           const std::string& name = script.param;
                           return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace inhouse
