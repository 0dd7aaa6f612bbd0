#include "tools/pending_review.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "agent/kernel/script_process.h"
#include "agent/trace.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

using nlohmann::json;

// A final script and what its checks said.
struct Checked {
  std::string script;
  int gates = 0;
  bool passed = true;
  std::vector<Finding> findings;
};

class Reader {
 public:
  void Take(const TraceEvent& event) {
    const json data = json::parse(event.data, nullptr, false);
    if (!data.is_object()) return;
    if (event.type == "task") resumed_ = true;
    if (event.type == "action") {
      resumed_ = false;
      checked_.push_back({});
      // Some strategies check a script that was not marked as final.
      const bool is_code = data.value("kind", "") == "code" || data.value("final", false);
      if (is_code) checked_.back().script = data.value("text", "");
    }
    if (event.type == "finding" || event.type == "gate") BeginCheck();
    if (event.type == "finding" && !checked_.empty()) {
      checked_.back().findings.push_back({data.value("gate", ""), data.value("severity", ""),
                                          data.value("message", ""), data.value("line", 0),
                                          data.value("column", 0)});
    }
    if (event.type == "gate" && !checked_.empty()) {
      ++checked_.back().gates;
      checked_.back().passed = checked_.back().passed && data.value("passed", json()) == true;
    }
    if (event.type == "prompt") due_ = false;  // the run went on
    if (event.type == "end") TakeEnd(data);
    if (event.type == "review") {
      const std::string decision = data.value("decision", "");
      due_ = due_ && (decision == "saved" || decision == "unreviewed");
    }
  }

  bool due() const { return due_; }

  // Nothing if `script` is none that passed.
  std::optional<Outcome> OutcomeOf(const std::string& script) const {
    for (auto it = checked_.rbegin(); it != checked_.rend(); ++it) {
      if (it->gates == 0 || !it->passed || it->script != script) continue;
      Outcome outcome = outcome_;
      outcome.script = outcome.accepted = script;
      outcome.findings = it->findings;
      return outcome;
    }
    return {};
  }

 private:
  // A check that broke off is made again, all of it.
  void BeginCheck() {
    if (resumed_ && !checked_.empty()) {
      Checked again;
      again.script = checked_.back().script;
      checked_.back() = std::move(again);
    }
    resumed_ = false;
  }

  void TakeEnd(const json& data) {
    due_ = data.value("outcome", "") == "done";
    outcome_ = {};
    outcome_.message = data.value("message", "");
    outcome_.steps = data.value("steps", 0);
    outcome_.input_tokens = data.value("input_tokens", int64_t{0});
    outcome_.output_tokens = data.value("output_tokens", int64_t{0});
    outcome_.tokens_estimated = data.value("tokens_estimated", false);
    outcome_.outputs = data.value("outputs", std::vector<std::string>());
  }

  std::vector<Checked> checked_;
  Outcome outcome_;  // of the last end
  bool due_ = false;
  bool resumed_ = false;  // and nothing has been done since
};

// The trace is a file that anybody may have written: a field of another type throws.
Result<Reader> ReadSession(const std::filesystem::path& session) {
  ASSIGN_OR_RETURN(const std::vector<TraceEvent> events, ReadTrace(session));
  Reader reader;
  try {
    for (const TraceEvent& event : events) reader.Take(event);
  } catch (const json::exception& error) {
    return BadInput((session / "trace.jsonl").string() + ": " + error.what());
  }
  return reader;
}

}  // namespace

Result<std::optional<Outcome>> PendingReview(const std::filesystem::path& session) {
  std::error_code code;
  if (!std::filesystem::exists(session / "trace.jsonl", code)) return std::optional<Outcome>();
  ASSIGN_OR_RETURN(const Reader reader, ReadSession(session));
  if (!reader.due()) return std::optional<Outcome>();
  ASSIGN_OR_RETURN(const std::string script,
                   ReadFile(session / "script.py", static_cast<int64_t>(kMaxScriptBytes)));
  std::optional<Outcome> outcome = reader.OutcomeOf(script);
  if (outcome) return outcome;
  return BadInput((session / "script.py").string() +
                  " is no script that passed the checks of this session; check it with inhouse "
                  "gate, or give a message with --then to go on");
}

}  // namespace inhouse
