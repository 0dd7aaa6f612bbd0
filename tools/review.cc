#include "tools/review.h"

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "agent/gates/contract_gate.h"
#include "agent/gates/gates.h"
#include "agent/kernel/broker_relay.h"
#include "agent/notebook.h"
#include "agent/reply_parser.h"
#include "agent/trace.h"
#include "agent/trace_records.h"
#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "tools/editor.h"
#include "tools/interrupt.h"
#include "tools/terminal.h"
#include "tools/text_diff.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxQuestions = 100;
constexpr size_t kMaxReasonBytes = 64 << 10;
constexpr int64_t kMaxScriptBytes = int64_t{1} << 20;

enum class Answer { kApprove, kEdit, kReject, kSave, kUnclear };

Answer AnswerOf(std::string_view text) {
  if (text == "a" || text == "approve" || text == "run") return Answer::kApprove;
  if (text == "s" || text == "save") return Answer::kSave;
  if (text == "e" || text == "edit") return Answer::kEdit;
  if (text == "r" || text == "reject") return Answer::kReject;
  return Answer::kUnclear;
}

// The end of the input decides nothing: the script waits for a later review.
Answer Ask(CommandContext& context) {
  std::array<char, 64> line{};
  for (int i = 0; i < kMaxQuestions; ++i) {
    context.err << "[a]pprove, [e]dit, [r]eject or [s]ave for later? " << std::flush;
    if (!context.in.getline(line.data(), line.size())) break;
    if (const Answer answer = AnswerOf(line.data()); answer != Answer::kUnclear) return answer;
  }
  return Answer::kSave;
}

void PrintFindings(const std::vector<Finding>& findings, std::ostream& err) {
  for (const Finding& finding : findings) {
    err << OneLine(finding.severity) << ": ";
    if (finding.line > 0) err << "line " << finding.line << ": ";
    err << OneLine(finding.message) << '\n';
  }
}

// The final script before the last one in the trace, "" if there was none.
Result<std::string> VersionBefore(const fs::path& session) {
  ASSIGN_OR_RETURN(const std::vector<TraceEvent> events, ReadTrace(session));
  std::string before;
  std::string last;
  for (const TraceEvent& event : events) {
    if (event.type != "action") continue;
    const nlohmann::json action = nlohmann::json::parse(event.data, nullptr, false);
    if (!action.is_object() || action.value("final", nlohmann::json()) != true) continue;
    before = std::move(last);
    last = action.value("text", "");
  }
  return before;
}

// One review, from the shown script to the decision.
class Review {
 public:
  Review(const ReviewInputs& inputs, CommandContext& context, TraceWriter& trace, Outcome* outcome,
         std::string* reason)
      : inputs_(inputs), context_(context), trace_(trace), outcome_(outcome), reason_(reason) {}

  Result<ReviewDecision> Run() {
    bool edited = false;
    RETURN_IF_ERROR(Show());
    for (int i = 0; i < kMaxQuestions; ++i) {
      const Answer answer = Ask(context_);
      if (answer == Answer::kReject) return Reject();
      if (answer == Answer::kSave) return ReviewDecision::kSaved;
      if (answer == Answer::kApprove) {
        return edited ? ReviewDecision::kEdited : ReviewDecision::kApproved;
      }
      ASSIGN_OR_RETURN(const bool taken, EditOnce());
      edited = edited || taken;
    }
    return ReviewDecision::kSaved;
  }

 private:
  fs::path session() const { return inputs_.task.session_dir; }

  // The script, what the checks noted, and what changed.
  Status Show() {
    context_.err << Printable(outcome_->script);
    PrintFindings(outcome_->findings, context_.err);
    ASSIGN_OR_RETURN(const std::string before, VersionBefore(session()));
    const std::string diff = before.empty() ? "" : LineDiff(before, outcome_->script);
    if (!diff.empty()) context_.err << "changed since the version before:\n" << Printable(diff);
    context_.err << std::flush;
    return {};
  }

  ReviewDecision Reject() {
    if (reason_ == nullptr || !context_.in) return ReviewDecision::kRejected;
    context_.err << "What is wrong? It goes back to the model (an empty line: nothing) "
                 << std::flush;
    std::string line;
    std::getline(context_.in, line);
    line.resize(std::min(line.size(), kMaxReasonBytes));
    *reason_ = std::move(line);
    return ReviewDecision::kRejected;
  }

  // True if a changed script passed the gates and is now the script.
  Result<bool> EditOnce() {
    const fs::path draft = session() / ".review.py";
    RETURN_IF_ERROR(WriteFileDurably(draft, outcome_->script));
    Status edited = EditFile(draft, context_.variable);
    Result<std::string> text = ReadFile(draft, kMaxScriptBytes);
    std::error_code ignored;  // a draft that stays behind harms nobody
    fs::remove(draft, ignored);
    if (!edited.ok() || !text.ok()) {
      context_.err << OneLine((edited.ok() ? text.error() : edited.error()).message) << '\n';
      return false;
    }
    if (*text == outcome_->script) return false;
    return Check(std::move(*text));
  }

  Result<bool> Check(std::string script) {
    context_.err << "checking the edited script\n" << std::flush;
    ParsedReply edit;  // as if it had been sent: the trace and the notebook hold it
    edit.action = {ActionKind::kCode, script, "", true};
    edit.prose = "Edited in the review.";
    RETURN_IF_ERROR(trace_.Append(outcome_->steps, "action", ActionRecord(edit)));
    BrokerLog broker_log;
    SandboxPolicy policy = inputs_.task.policy;
    policy.broker_log = &broker_log;
    const ScriptRunner runner(policy, inputs_.environment.run_script,
                              std::chrono::seconds(inputs_.task.limits.script_seconds));
    const fs::path outputs = session() / ".review-outputs";
    std::optional<ContractGate> contract;
    if (inputs_.retriever != nullptr) contract.emplace(*inputs_.retriever);
    ASSIGN_OR_RETURN(
        const GateReport report,
        RunGates(script, {runner, inputs_.task.prefer, outputs, session() / ".second-run",
                          contract ? &*contract : nullptr, inputs_.task.gates, inputs_.task.request,
                          inputs_.environment.cancelled}));
    RETURN_IF_ERROR(Record(report, &broker_log));
    PrintFindings(report.findings, context_.err);
    const std::string before = outcome_->script;
    if (report.passed) RETURN_IF_ERROR(Take(std::move(script), report, outputs));
    std::error_code ignored;
    fs::remove_all(outputs, ignored);  // copied out by us: plain files, bounded
    if (report.passed) {
      context_.err << "your change:\n" << Printable(LineDiff(before, outcome_->script));
    }
    context_.err << (report.passed ? "the edited script passed\n"
                                   : "the edited script did not pass; the one before it stays\n");
    return report.passed;
  }

  Status Record(const GateReport& report, BrokerLog* broker_log) {
    for (const GateResult& gate : report.gates) {
      for (const Finding& finding : gate.findings) {
        RETURN_IF_ERROR(trace_.Append(outcome_->steps, "finding", FindingRecord(finding)));
      }
      std::vector<std::string> uses;
      if (gate.name == "runs" || !gate.passed) uses = TakeBrokerLines(broker_log);
      RETURN_IF_ERROR(trace_.Append(
          outcome_->steps, "gate",
          GateRecord(gate.name, gate.passed, gate.findings.size(), gate.output, uses)));
    }
    return {};
  }

  // The edited script and its outputs take the place of the old ones.
  Status Take(std::string script, const GateReport& report, const fs::path& outputs) {
    std::error_code code;
    fs::remove_all(session() / "outputs", code);
    if (!code) fs::rename(outputs, session() / "outputs", code);
    if (code)
      return StorageError("cannot replace outputs/ in " + session().string() + ": " +
                          code.message());
    RETURN_IF_ERROR(WriteFileDurably(session() / "script.py", script));
    ASSIGN_OR_RETURN(const std::vector<TraceEvent> events, ReadTrace(session()));
    RETURN_IF_ERROR(WriteFileDurably(session() / "session.ipynb", BuildNotebook(events)));
    outcome_->script = outcome_->accepted = std::move(script);
    outcome_->outputs = report.outputs;
    outcome_->findings = report.findings;
    return {};
  }

  const ReviewInputs& inputs_;
  CommandContext& context_;
  TraceWriter& trace_;
  Outcome* const outcome_;
  std::string* const reason_;  // may be null
};

const char* DecidedBy(ReviewDecision decision, bool yes) {
  if (decision == ReviewDecision::kUnreviewed) return "nobody";
  return yes ? "--yes" : "terminal";
}

Status AppendToReport(const fs::path& session, ReviewDecision decision, bool yes) {
  ASSIGN_OR_RETURN(std::string report, ReadFile(session / "report.md"));
  report += std::string("\n## Review\n\n") + ReviewDecisionName(decision) + ", by " +
            DecidedBy(decision, yes) + "\n";
  return WriteFileDurably(session / "report.md", report);
}

std::string ScriptOf(const ReviewInputs& inputs) {
  return OneLine((inputs.task.session_dir / "script.py").string());
}

std::string ReviewLater(const ReviewInputs& inputs) {
  return "review it with inhouse run --resume --out " + OneLine(inputs.task.session_dir.string());
}

Result<ReviewDecision> Decide(const ReviewInputs& inputs, CommandContext& context,
                              TraceWriter& trace, Outcome* outcome, std::string* reason) {
  if (inputs.yes) return ReviewDecision::kApproved;
  if (!context.in_is_terminal || !context.err_is_terminal) {
    context.err << "inhouse: note: the script was not reviewed (no terminal, no --yes); read it "
                   "before it is used"
                << std::endl;
    return ReviewDecision::kUnreviewed;
  }
  // Everything but the decision is on disk.
  ExitOnInterrupt("\ninhouse: nothing was decided on " + ScriptOf(inputs) + "; " +
                  ReviewLater(inputs));
  ASSIGN_OR_RETURN(const ReviewDecision decision,
                   Review(inputs, context, trace, outcome, reason).Run());
  if (decision == ReviewDecision::kSaved) {
    context.err << "saved in " << ScriptOf(inputs) << "; " << ReviewLater(inputs) << std::endl;
  }
  return decision;
}

}  // namespace

const char* ReviewDecisionName(ReviewDecision decision) {
  switch (decision) {
    case ReviewDecision::kApproved: return "approved";
    case ReviewDecision::kEdited: return "edited";
    case ReviewDecision::kRejected: return "rejected";
    case ReviewDecision::kSaved: return "saved";
    case ReviewDecision::kUnreviewed: return "unreviewed";
  }
  return "unknown";
}

Result<ReviewDecision> ReviewScript(const ReviewInputs& inputs, CommandContext& context,
                                    Outcome* outcome, std::string* reason) {
  const fs::path& session = inputs.task.session_dir;
  ASSIGN_OR_RETURN(const std::unique_ptr<TraceWriter> trace,
                   TraceWriter::Open(session, inputs.clock_ms));
  ASSIGN_OR_RETURN(const ReviewDecision decision, Decide(inputs, context, *trace, outcome, reason));
  RETURN_IF_ERROR(trace->Append(outcome->steps, "review",
                                {{"decision", ReviewDecisionName(decision)},
                                 {"by", DecidedBy(decision, inputs.yes)},
                                 {"script_sha256", Sha256Hex(outcome->script)}}));
  RETURN_IF_ERROR(AppendToReport(session, decision, inputs.yes));
  return decision;
}

Status RecordDeployment(const ReviewInputs& inputs, const Outcome& outcome,
                        const Status& deployed) {
  const fs::path& session = inputs.task.session_dir;
  const char* what = deployed.ok() ? "deployed" : "deploy failed";
  ASSIGN_OR_RETURN(const std::unique_ptr<TraceWriter> trace,
                   TraceWriter::Open(session, inputs.clock_ms));
  RETURN_IF_ERROR(trace->Append(
      outcome.steps, "review",
      {{"decision", what}, {"by", "--deploy"}, {"script_sha256", Sha256Hex(outcome.script)}}));
  ASSIGN_OR_RETURN(std::string report, ReadFile(session / "report.md"));
  report.append("\n").append(what).append(", by --deploy\n");
  return WriteFileDurably(session / "report.md", report);
}

}  // namespace inhouse
