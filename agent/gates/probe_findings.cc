#include "agent/gates/probe_findings.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>
#include <tuple>

#include "agent/kernel/output_collector.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr const char* kGate = "fault probes";
constexpr size_t kMaxText = 400;
constexpr size_t kMaxProbes = 200;
constexpr size_t kMaxTexts = 50;
// Groups of verdicts that are shown, errors first.
constexpr size_t kMaxFindings = 12;
constexpr size_t kMaxMerged = 6;

std::string Clean(std::string_view text) {
  std::string clean = CleanText(text.substr(0, kMaxText));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return clean;
}

std::string TextAt(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  return Clean(found->get_ref<const std::string&>());
}

int CountAt(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return 0;
  return static_cast<int>(std::clamp<int64_t>(found->get<int64_t>(), 0, 1'000'000));
}

std::vector<std::string> TextsAt(const json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return texts;
  for (const json& entry : *found) {
    if (entry.is_string() && texts.size() < kMaxTexts) {
      texts.push_back(Clean(entry.get_ref<const std::string&>()));
    }
  }
  return texts;
}

ProbeVerdict VerdictOf(const json& entry) {
  return {CountAt(entry, "number"),   TextAt(entry, "input"),  TextAt(entry, "fault"),
          TextAt(entry, "described"), TextAt(entry, "result"), TextAt(entry, "detail"),
          CountAt(entry, "line")};
}

std::string Quoted(const std::string& text) { return text.empty() ? "" : " ('" + text + "')"; }

// What a result means, "" if it is good: severity and sentence around the faults.
struct Wording {
  const char* severity;
  std::string text;
};

Wording WordingOf(const ProbeVerdict& verdict) {
  static constexpr std::string_view kAdvice =
      "; check the input after reading it and end with a message that names what is wrong";
  const std::string& said = verdict.detail;
  const std::string advice(kAdvice);
  if (verdict.result == "broken") {
    return {"error", " the script ends well, but " + said + advice};
  }
  if (verdict.result == "traceback") {
    return {"warning",
            " the script ends in a traceback whose message names neither the column nor "
            "the file or table" +
                Quoted(said) + advice};
  }
  if (verdict.result == "unclear error") {
    return {"warning",
            " the script fails, and its message names neither the column nor the file or table" +
                Quoted(said) + advice};
  }
  if (verdict.result == "silent") {
    return {"warning", " the script writes nothing and ends with exit code 0" + Quoted(said) +
                           "; end with another exit code"};
  }
  if (verdict.result == "timeout") return {"warning", " the script hangs: " + said};
  return {"", ""};
}

std::string Joined(const std::vector<std::string>& texts, const char* between) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : between) + text;
  return all;
}

// Like verdicts on one input become one finding.
struct Group {
  Wording wording;
  std::vector<std::string> faults;
  int line = 0;
};

std::vector<Group> Grouped(const std::vector<ProbeVerdict>& probes) {
  std::vector<Group> groups;
  std::map<std::tuple<std::string, std::string, std::string>, size_t> places;
  for (const ProbeVerdict& verdict : probes) {
    Wording wording = WordingOf(verdict);
    if (wording.text.empty()) continue;
    // What is said before a silent end differs by nature; the first stands for all.
    const std::string detail = verdict.result == "silent" ? "" : verdict.detail;
    const auto [place, is_new] =
        places.try_emplace({verdict.input, verdict.result, detail}, groups.size());
    if (is_new) groups.push_back({std::move(wording), {}, verdict.line});
    groups[place->second].faults.push_back(verdict.described);
  }
  std::stable_partition(groups.begin(), groups.end(), [](const Group& group) {
    return std::string_view(group.wording.severity) == "error";
  });
  return groups;
}

std::string FaultsOf(const Group& group) {
  std::vector<std::string> shown = group.faults;
  const size_t more = shown.size() > kMaxMerged ? shown.size() - kMaxMerged : 0;
  shown.resize(shown.size() - more);
  return Joined(shown, ", and ") + (more > 0 ? ", and " + std::to_string(more) + " more" : "");
}

// Inputs whose rows can all go without a change of the outputs.
std::set<std::string> UnusedInputs(const std::vector<ProbeVerdict>& probes) {
  std::set<std::string> unused;
  for (const ProbeVerdict& verdict : probes) {
    if (verdict.fault == "no rows" && verdict.result == "unchanged") unused.insert(verdict.input);
  }
  return unused;
}

void AddUnused(const ProbeVerdicts& all, std::vector<Finding>* findings) {
  const std::set<std::string> unused = UnusedInputs(all.probes);
  if (all.inputs.empty()) {
    findings->push_back({kGate, "warning",
                         "the script reads none of the files in /data that probes can perturb: "
                         "what it writes does not come from them",
                         0, 0});
    return;
  }
  const bool ignores_all =
      std::all_of(all.inputs.begin(), all.inputs.end(),
                  [&](const std::string& input) { return unused.contains(input); });
  for (const std::string& input : unused) {
    findings->push_back(
        {kGate, ignores_all ? "error" : "note",
         "the outputs are the same when " + input + " has no rows: the script " +
             (ignores_all ? "does not use what it reads" : "does not need it on this data"),
         0, 0});
  }
}

std::string SummaryLine(const ProbeVerdict& verdict) {
  return verdict.described + ": " + verdict.result +
         (verdict.detail.empty() ? "" : ": " + verdict.detail) + "\n";
}

ProbeVerdicts Merged(const std::vector<ProbeVerdicts>& workers) {
  ProbeVerdicts all;
  std::set<std::string> seen;
  for (const ProbeVerdicts& worker : workers) {
    if (all.problem.empty()) all.problem = worker.problem;
    if (all.inputs.empty()) all.inputs = worker.inputs;
    if (all.notes.empty()) all.notes = worker.notes;
    if (all.declared.empty()) all.declared = worker.declared;
    all.planned = std::max(all.planned, worker.planned);
    for (const ProbeVerdict& verdict : worker.probes) {
      if (seen.insert(verdict.described).second) all.probes.push_back(verdict);
    }
  }
  std::stable_sort(
      all.probes.begin(), all.probes.end(),
      [](const ProbeVerdict& a, const ProbeVerdict& b) { return a.number < b.number; });
  return all;
}

void AddGroups(const std::vector<ProbeVerdict>& probes, std::vector<Finding>* findings) {
  std::vector<Group> groups = Grouped(probes);
  std::stable_partition(groups.begin(), groups.end(), [](const Group& group) {
    return std::string_view(group.wording.severity) == "error";
  });
  const size_t shown = std::min(groups.size(), kMaxFindings);
  for (const Group& group : std::span(groups).first(shown)) {
    findings->push_back(
        {kGate, group.wording.severity, FaultsOf(group) + group.wording.text, group.line, 0});
  }
  if (groups.size() == shown) return;
  findings->push_back({kGate, "note",
                       std::to_string(groups.size() - shown) +
                           " more findings of the probes are left out; the trace has them",
                       0, 0});
}

void AddNotes(const ProbeVerdicts& all, std::vector<Finding>* findings) {
  for (const std::string& note : all.notes) findings->push_back({kGate, "note", note, 0, 0});
  const int left = all.planned - static_cast<int>(all.probes.size());
  if (left <= 0) return;
  findings->push_back({kGate, "note",
                       std::to_string(left) + " of " + std::to_string(all.planned) +
                           " probes were not run within their time ([gates] probe_seconds)",
                       0, 0});
}

}  // namespace

ProbeVerdicts ParseVerdicts(std::string_view text) {
  ProbeVerdicts verdicts;
  const json report = json::parse(text, nullptr, false);
  if (!report.is_object()) {
    verdicts.problem = "their report cannot be read";
    return verdicts;
  }
  verdicts.problem = TextAt(report, "problem");
  verdicts.inputs = TextsAt(report, "inputs");
  verdicts.notes = TextsAt(report, "notes");
  verdicts.declared = TextsAt(report, "declared");
  verdicts.planned = CountAt(report, "planned");
  const auto probes = report.find("probes");
  if (probes == report.end() || !probes->is_array()) return verdicts;
  for (const json& entry : *probes) {
    if (verdicts.probes.size() >= kMaxProbes || !entry.is_object()) break;
    verdicts.probes.push_back(VerdictOf(entry));
  }
  return verdicts;
}

ProbeReport JudgeProbes(const std::vector<ProbeVerdicts>& workers) {
  const ProbeVerdicts all = Merged(workers);
  ProbeReport report;
  for (const std::string& broken : all.declared) {
    report.findings.push_back({kGate, "error",
                               "on the data as it is a declared invariant does not hold: " + broken,
                               0, 0});
  }
  if (!all.problem.empty()) {
    report.findings.push_back(
        {kGate, "warning", "the script could not be probed to the end: " + all.problem, 0, 0});
  } else {
    AddUnused(all, &report.findings);
  }
  AddGroups(all.probes, &report.findings);
  AddNotes(all, &report.findings);
  for (const ProbeVerdict& verdict : all.probes) report.summary += SummaryLine(verdict);
  return report;
}

std::string LastLine(std::string_view output) {
  const size_t end = output.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return "nothing was printed";
  const size_t before = output.rfind('\n', end);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return Clean(output.substr(begin, end + 1 - begin));
}

}  // namespace inhouse
