#include "agent/report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/identifiers.h"
#include "agent/markdown.h"
#include "agent/prompt.h"
#include "agent/python_text.h"

namespace inhouse {
namespace {

using nlohmann::json;

std::string Text(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

int64_t Number(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() && it->is_number_integer() ? it->get<int64_t>()
                                                                             : 0;
}

struct Shown {
  std::string path;
  int64_t line = 0;
  int step = 0;
};

// What the report needs of the trace.
struct Facts {
  json task, end;  // the last of each
  std::vector<std::string> models, follow_ups;
  std::map<std::string, Shown> apis;                // by import name, as first shown
  std::vector<std::pair<std::string, bool>> gates;  // of the last script that was checked
  bool acted = false;                               // since the last of them
  int cells = 0, failed_cells = 0;
};

void ReadRetrieval(const json& data, int step, Facts* facts) {
  const auto entries = data.is_object() ? data.find("entries") : data.end();
  if (!data.is_object() || entries == data.end()) return;
  for (const json& entry : *entries) {
    facts->apis.emplace(Text(entry, "symbol"),
                        Shown{Text(entry, "path"), Number(entry, "line"), step});
  }
}

void AddGate(const json& data, Facts* facts) {
  const std::string name = Text(data, "gate");
  // A check that broke off is run again from its first gate.
  const bool again = std::any_of(facts->gates.begin(), facts->gates.end(),
                                 [&name](const auto& gate) { return gate.first == name; });
  if (std::exchange(facts->acted, false) || again) facts->gates.clear();
  facts->gates.emplace_back(name, data.value("passed", json()) == true);
}

Facts ReadFacts(const std::vector<TraceEvent>& events) {
  Facts facts;
  for (const TraceEvent& event : events) {
    const json data = json::parse(event.data, nullptr, false);
    if (event.type == "task") {
      facts.task = data;
      const std::string model = Text(data, "model");
      if (facts.models.empty() || facts.models.back() != model) facts.models.push_back(model);
    }
    if (event.type == "end") facts.end = data;
    if (event.type == "retrieval") ReadRetrieval(data, event.step, &facts);
    if (event.type == "action") facts.acted = true;
    if (event.type == "gate") AddGate(data, &facts);
    if (event.type == "observation" && Text(data, "kind") == "follow-up") {
      facts.follow_ups.push_back(Text(data, "message"));
    }
    if (event.type == "observation" && Text(data, "kind") == "cell") {
      ++facts.cells;
      if (Text(data, "outcome") != "ok") ++facts.failed_cells;
    }
  }
  return facts;
}

std::string GateLines(const Outcome& outcome, const Facts& facts) {
  if (facts.gates.empty()) return "";
  std::string text = "\n## Checks\n\n";
  for (const auto& [name, passed] : facts.gates) {
    text += "- " + name + ": " + (passed ? "passed" : "failed") + "\n";
  }
  for (const Finding& finding : outcome.findings) {
    std::string place;
    if (finding.line > 0) place.append(" (line ").append(std::to_string(finding.line)).append(")");
    const size_t end = finding.message.find('\n');
    text += "- " + finding.severity + ", " + finding.gate + place + ": " +
            HarmlessMarkdown(std::string_view(finding.message).substr(0, end)) + "\n";
    if (end != std::string::npos) {
      text.append("\n").append(Fenced(finding.message.substr(end + 1))).append("\n");
    }
  }
  return text;
}

std::string FileLines(const Outcome& outcome) {
  const bool two_scripts = FailedAfterAccepted(outcome);
  if (outcome.outputs.empty() && !two_scripts) return "";
  std::string text = "\n## Files\n\n";
  if (two_scripts) {
    text.append("The checks above are of ").append(kFailedScript);
    text +=
        ", the last script, which failed; script.py and outputs/ are those of the script before "
        "it, which passed.\n\n";
  }
  for (const std::string& file : outcome.outputs)
    text += "- outputs/" + HarmlessMarkdown(file) + "\n";
  return text;
}

// Which shown APIs the script calls, at which of its lines.
std::string ProvenanceLines(const Outcome& outcome, const Facts& facts) {
  std::string text;
  std::set<std::string> seen;
  const std::string& script = outcome.accepted.empty() ? outcome.script : outcome.accepted;
  for (const NameUse& use : UsedNames(script)) {
    const auto api = facts.apis.find(use.name);
    if (api == facts.apis.end() || !use.imported || !seen.insert(use.name).second) continue;
    text += "| `" + use.name + "` | " + std::to_string(LineOf(script, use.offset)) + " | " +
            api->second.path + ":" + std::to_string(api->second.line) + " | " +
            std::to_string(api->second.step) + " |\n";
  }
  if (text.empty()) return "";
  return "\n## Internal APIs\n\n| API | line in script.py | defined at | shown at step |\n"
         "|---|---|---|---|\n" +
         text;
}

std::string CostLines(const Outcome& outcome, const Facts& facts) {
  std::string notes;
  for (const std::string& note : outcome.notes) notes += "- note: " + HarmlessMarkdown(note) + "\n";
  std::string models;
  for (const std::string& model : facts.models) models += (models.empty() ? "" : ", then ") + model;
  return "\n## Effort\n\n- model: " + models + ", strategy " + Text(facts.task, "strategy") +
         "\n- steps: " + std::to_string(outcome.steps) + "; cells: " + std::to_string(facts.cells) +
         ", of which failed: " + std::to_string(facts.failed_cells) +
         "\n- tokens: " + std::to_string(outcome.input_tokens) + " in, " +
         std::to_string(outcome.output_tokens) + " out" +
         (outcome.tokens_estimated ? " (estimated)" : "") + "\n" + notes;
}

std::string SandboxLines(const Facts& facts) {
  const auto layers = facts.task.is_object() ? facts.task.find("sandbox") : facts.task.end();
  if (!facts.task.is_object() || layers == facts.task.end() || layers->empty()) return "";
  std::string text = "\n## Sandbox\n\n";
  for (const json& layer : *layers) {
    if (layer.is_string()) text += "- " + HarmlessMarkdown(layer.get<std::string>()) + "\n";
  }
  return text;
}

}  // namespace

std::string BuildReport(const Outcome& outcome, const std::vector<TraceEvent>& events) {
  const Facts facts = ReadFacts(events);
  std::string text = "# Report\n\n" + Fenced(Text(facts.task, "request"));
  for (const std::string& said : facts.follow_ups) text += "\nSaid later:\n\n" + Fenced(said);
  text += "\n**" + Text(facts.end, "outcome") +
          "**: " + HarmlessMarkdown(Text(facts.end, "message")) + "\n";
  text += GateLines(outcome, facts);
  text += FileLines(outcome);
  text += ProvenanceLines(outcome, facts);
  text += CostLines(outcome, facts);
  text += SandboxLines(facts);
  return text;
}

}  // namespace inhouse
