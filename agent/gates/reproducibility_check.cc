#include "agent/gates/reproducibility_check.h"

#include <algorithm>
#include <set>
#include <string>

#include "agent/identifiers.h"
#include "agent/python_text.h"
#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxCompared = int64_t{1} << 30;
constexpr size_t kMaxFindings = 8;

Finding Differs(const std::string& message) { return {"reproducible", "error", message, 0, 0}; }

bool IsText(std::string_view bytes) {
  return bytes.substr(0, 4096).find('\0') == std::string_view::npos;
}

// Where two texts part: "line 3: 'a' and 'b'".
std::string FirstDifference(std::string_view a, std::string_view b) {
  const size_t limit = std::min(a.size(), b.size());
  size_t at = 0;
  while (at < limit && a[at] == b[at]) ++at;
  const int line = LineOf(a, at);
  return "line " + std::to_string(line) + ": '" + std::string(LineAt(a, line).substr(0, 80)) +
         "' and '" + std::string(LineAt(b, line).substr(0, 80)) + "'";
}

Result<std::string> Compare(const fs::path& first, const fs::path& second,
                            const std::string& name) {
  ASSIGN_OR_RETURN(const std::string a, ReadFile(first / name, kMaxCompared));
  ASSIGN_OR_RETURN(const std::string b, ReadFile(second / name, kMaxCompared));
  if (a == b) return std::string();
  std::string message = name + " differs between two runs of the same script";
  if (IsText(a) && IsText(b)) return message + " (" + FirstDifference(a, b) + ")";
  return message + " (" + std::to_string(a.size()) + " and " + std::to_string(b.size()) + " bytes)";
}

bool Holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<std::vector<Finding>> CompareFiles(const CopyReport& first, const fs::path& first_dir,
                                          const CopyReport& second, const fs::path& second_dir) {
  std::vector<Finding> findings;
  for (const std::string& name : first.files) {
    if (findings.size() >= kMaxFindings) break;
    if (!Holds(second.files, name)) {
      findings.push_back(Differs(name + " was written by the first run and not by the second; a "
                                        "file name must not hold the time or a random number"));
      continue;
    }
    ASSIGN_OR_RETURN(const std::string difference, Compare(first_dir, second_dir, name));
    if (!difference.empty()) findings.push_back(Differs(difference));
  }
  for (const std::string& name : second.files) {
    if (findings.size() < kMaxFindings && !Holds(first.files, name)) {
      findings.push_back(Differs(name + " was written by the second run and not by the first"));
    }
  }
  return findings;
}

// The arguments of a call, up to the bracket that closes it.
std::string_view Arguments(std::string_view masked, size_t open) {
  int depth = 0;
  for (size_t i = open; i < masked.size(); ++i) {
    if (masked[i] == '(') ++depth;
    if (masked[i] == ')' && --depth == 0) return masked.substr(open + 1, i - open - 1);
  }
  return {};
}

std::string Cause(const NameUse& use, std::string_view arguments) {
  const std::string& name = use.name;
  const auto is = [&](std::string_view other) { return name == other; };
  if (use.imported && name.ends_with("default_rng")) {
    return arguments.empty() ? "random numbers without a seed: give default_rng a seed" : "";
  }
  if (use.imported && (name.starts_with("numpy.random.") || name.starts_with("random.")) &&
      !name.ends_with("seed") && !name.ends_with("Generator") && !name.ends_with("RandomState")) {
    return "random numbers of a shared generator: use a seeded one";
  }
  if (use.imported && (name.ends_with("datetime.now") || name.ends_with("date.today") ||
                       name.ends_with("datetime.utcnow") || is("time.time") ||
                       name.ends_with("Timestamp.now") || name.starts_with("uuid.uuid"))) {
    return "the current time or a fresh id gives another result in each run";
  }
  if (name.ends_with(".sample") && arguments.find("random_state") == std::string_view::npos) {
    return "sample() without random_state";
  }
  if (!use.imported && (is("set") || is("frozenset"))) {
    return "the order of a set differs from run to run: sort it before it decides anything";
  }
  if (!use.imported && is("hash")) return "hash() of text differs from run to run";
  return "";
}

}  // namespace

std::vector<Finding> SuspectLines(std::string_view script) {
  std::vector<Finding> notes;
  std::set<int> lines;
  const std::string masked = ScanPython(script).masked;
  for (const NameUse& use : UsedNames(script)) {
    if (!use.is_call || notes.size() >= kMaxFindings) continue;
    const std::string cause = Cause(use, Arguments(masked, use.arguments));
    const int line = LineOf(script, use.offset);
    if (!cause.empty() && lines.insert(line).second) {
      notes.push_back({"reproducible", "note", cause, line, 0});
    }
  }
  return notes;
}

Result<std::vector<Finding>> CheckReproducibility(const ScriptRunner& runner,
                                                  std::string_view script, const ScriptRun& first,
                                                  const fs::path& first_dir,
                                                  const fs::path& second_dir) {
  ASSIGN_OR_RETURN(const ScriptRun second, runner.Run(script, 1, second_dir));
  std::vector<Finding> findings;
  if (second.timed_out || second.died || second.exit_code != 0) {
    findings.push_back(Differs("the script ran once and failed when it was run again"));
  } else {
    ASSIGN_OR_RETURN(findings, CompareFiles(first.outputs, first_dir, second.outputs, second_dir));
  }
  std::error_code ignored;
  fs::remove_all(second_dir, ignored);
  if (findings.empty()) return findings;
  for (Finding& note : SuspectLines(script)) findings.push_back(std::move(note));
  return findings;
}

}  // namespace inhouse
