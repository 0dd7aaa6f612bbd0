#include "agent/recorded_run.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>

#include "agent/recording.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr int64_t kMostOfALimit = 1'000'000'000;

std::string Text(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

int64_t Number(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() && it->is_number_integer() ? it->get<int64_t>()
                                                                             : 0;
}

bool Flag(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() && it->is_boolean() && it->get<bool>();
}

std::vector<std::string> Texts(const json& object, const char* name) {
  std::vector<std::string> texts;
  const auto it = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || it == object.end() || !it->is_array()) return texts;
  for (const json& item : *it) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

CellOutcome OutcomeFrom(const std::string& name) {
  for (const CellOutcome outcome : {CellOutcome::kOk, CellOutcome::kError, CellOutcome::kTimeout}) {
    if (name == CellOutcomeName(outcome)) return outcome;
  }
  return CellOutcome::kKernelDied;
}

CellResult CellFrom(const json& data) {
  CellResult cell;
  cell.outcome = OutcomeFrom(Text(data, "outcome"));
  cell.state_lost = Flag(data, "state_lost");
  cell.output = Text(data, "output");
  cell.output_bytes = Number(data, "output_bytes");
  cell.display = Text(data, "display");
  cell.warnings = Texts(data, "warnings");
  cell.error_type = Text(data, "error_type");
  cell.error_message = Text(data, "error_message");
  cell.traceback = Text(data, "traceback");
  cell.broker_turn = Number(data, "broker_turn");
  cell.error_line = static_cast<int>(Number(data, "error_line"));
  const auto figures = data.find("figures");
  if (figures != data.end() && figures->is_array()) {
    for (const json& figure : *figures) cell.figures.push_back({Text(figure, "name"), ""});
  }
  return cell;
}

Finding FindingFrom(const json& data) {
  return {Text(data, "gate"), Text(data, "severity"), Text(data, "message"),
          static_cast<int>(Number(data, "line")), static_cast<int>(Number(data, "column"))};
}

class Reader {
 public:
  RecordedRun Read(const std::vector<TraceEvent>& events) {
    for (const TraceEvent& event : events) Take(event);
    DropOpenCheck();
    return std::move(run_);
  }

 private:
  void Take(const TraceEvent& event) {
    const json data = json::parse(event.data, nullptr, false);
    if (event.type == "task") DropOpenCheck();
    if (Closes(event.type, data)) open_check_.reset();
    ++run_.events[event.type];
    run_.last_t_ms = event.t_ms;
    if (event.type == "task") TakeTask(data);
    if (event.type == "prompt") {
      run_.outcome.clear();  // the run went on after that end
      call_ = {Number(data, "estimated_tokens"), Number(data, "max_tokens")};
    }
    if (event.type == "reply") run_.calls.push_back(call_);
    if (event.type == "retrieval") TakeRetrieval(data);
    if (event.type == "observation") TakeObservation(data, event);
    if (event.type == "finding") pending_.push_back(FindingFrom(data));
    if (event.type == "action") TakeAction(event.step);
    if (event.type == "gate") TakeGate(data, event.step);
    if (event.type == "end") run_.outcome = Text(data, "outcome");
  }

  // Gates are recorded one after the other: whether one was the last shows in what follows.
  static bool Closes(const std::string& type, const json& data) {
    if (type == "task" || type == "finding" || type == "gate") return false;
    const std::string outcome = Text(data, "outcome");
    return type != "end" || (outcome != "interrupted" && outcome != "error");
  }

  void DropOpenCheck() {
    pending_.clear();
    if (open_check_) run_.checks.erase(*open_check_);
    open_check_.reset();
  }

  void TakeAction(int step) {
    pending_.clear();
    run_.last_action_step = step;
  }

  void TakeTask(const json& data) {
    run_.request = Text(data, "request");
    run_.strategy = Text(data, "strategy");
    run_.data_files = Texts(data, "data_files");
    const auto limits = data.is_object() ? data.find("limits") : data.end();
    if (data.is_object() && limits != data.end()) TakeLimits(*limits);
  }

  void TakeLimits(const json& given) {
    TaskLimits& limits = run_.limits;
    const auto take = [&given](const char* name, auto* field) {
      const auto it = given.is_object() ? given.find(name) : given.end();
      if (!given.is_object() || it == given.end() || !it->is_number_integer()) return;
      *field = static_cast<std::remove_pointer_t<decltype(field)>>(
          std::clamp<int64_t>(it->get<int64_t>(), 0, kMostOfALimit));
    };
    take("steps", &limits.steps);
    take("tokens", &limits.tokens);
    take("seconds", &limits.seconds);
    take("cell_seconds", &limits.cell_seconds);
    take("script_seconds", &limits.script_seconds);
    take("attempts", &limits.attempts);
    take("retries", &limits.retries);
    take("context_tokens", &limits.context_tokens);
    take("reply_tokens", &limits.reply_tokens);
  }

  void TakeRetrieval(const json& data) {
    const auto entries = data.is_object() ? data.find("entries") : data.end();
    if (Text(data, "kind") != "pattern" || entries == data.end()) return;
    for (const json& entry : *entries) run_.patterns.push_back(Text(entry, "defined_as"));
  }

  void TakeObservation(const json& data, const TraceEvent& event) {
    const std::string kind = Text(data, "kind");
    if (kind == "cell") run_.cells.push_back({event.step, CellFrom(data), Texts(data, "names")});
    if (kind != "follow-up") return;
    run_.follow_ups.push_back(Text(data, "message"));
    run_.follow_up_ms.push_back(event.t_ms);
  }

  void TakeGate(const json& data, int step) {
    open_check_ = step;
    GateReport& report = run_.checks[step];
    GateResult gate;
    gate.name = Text(data, "gate");
    gate.passed = Flag(data, "passed");
    gate.output = Text(data, "output");
    gate.findings = std::move(pending_);
    pending_.clear();
    report.passed = report.passed && gate.passed;
    report.findings.insert(report.findings.end(), gate.findings.begin(), gate.findings.end());
    report.gates.push_back(std::move(gate));
  }

  RecordedRun run_;
  RecordedCall call_;
  std::vector<Finding> pending_;   // before the gate that they are of
  std::optional<int> open_check_;  // step of a check that may go on
};

}  // namespace

std::string RequestOf(const RecordedRun& run) {
  std::string request = run.request;
  for (const std::string& message : run.follow_ups) request += "\n" + message;
  return request;
}

Result<RecordedRun> LoadRecordedRun(const std::filesystem::path& session_dir) {
  ASSIGN_OR_RETURN(const std::vector<TraceEvent> events, ReadTrace(session_dir));
  if (events.empty() || events.front().type != "task") {
    return BadInput(session_dir.string() + ": the trace does not begin with a task; begin anew");
  }
  RecordedRun run = Reader().Read(events);
  run.replies = RepliesOf(events);
  return run;
}

}  // namespace inhouse
