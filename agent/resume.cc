#include "agent/resume.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace inhouse {

// Recorded replies first, then the live model.
class ResumedModel : public ModelClient {
 public:
  ResumedModel(Resumption& shared, ModelClient& live) : shared_(shared), live_(live) {}

  std::string name() const override { return live_.name(); }
  bool is_local() const override { return live_.is_local(); }
  ModelInfo info() const override { return live_.info(); }
  Result<Reply> Complete(const ChatRequest& request,
                         const std::function<void(std::string_view)>& on_text) override {
    if (shared_.next_reply_ >= shared_.run_.replies.size()) {
      shared_.live_ = true;
      return live_.Complete(request, on_text);
    }
    const RecordedReply& recorded = shared_.run_.replies[shared_.next_reply_++];
    Reply reply;
    reply.content = recorded.content;
    reply.tool_calls = recorded.tool_calls;
    reply.finish = recorded.finish;
    reply.usage = recorded.usage;
    return reply;
  }

 private:
  Resumption& shared_;
  ModelClient& live_;
};

// Results from the trace; runs what succeeded, to have its names again.
class ResumedKernel : public Kernel {
 public:
  ResumedKernel(Resumption& shared, std::unique_ptr<Kernel> inner)
      : shared_(shared), inner_(std::move(inner)) {}

  Status AwaitReady() override { return inner_->AwaitReady(); }
  Result<CellResult> Execute(std::string_view code, std::chrono::milliseconds deadline) override {
    const std::vector<RecordedCell>& cells = shared_.run_.cells;
    if (shared_.next_cell_ < cells.size() && cells[shared_.next_cell_].step <= *shared_.step_) {
      return Rebuild(cells[shared_.next_cell_++], code, deadline);
    }
    // An action that is not recorded had not begun.
    if (!shared_.live_ && *shared_.step_ <= shared_.run_.last_action_step) return BrokenOff();
    ASSIGN_OR_RETURN(CellResult result, inner_->Execute(code, deadline));
    if (!lost_.empty()) result.warnings.push_back("the run was resumed; " + LostLine());
    lost_.clear();
    return result;
  }
  Result<std::vector<LiveName>> Names() override { return inner_->Names(); }
  Status Restart() override { return inner_->Restart(); }

 private:
  Result<CellResult> Rebuild(const RecordedCell& cell, std::string_view code,
                             std::chrono::milliseconds deadline) {
    if (cell.step < *shared_.step_) {
      return Error{ErrorKind::kBadInput,
                   "the run cannot be resumed: what it did at step " + std::to_string(cell.step) +
                       " would go another way now (has the index changed?); begin anew"};
    }
    if (cell.result.outcome == CellOutcome::kOk) {
      RETURN_IF_ERROR(inner_->Execute(code, deadline));
    } else if (cell.result.state_lost) {
      RETURN_IF_ERROR(inner_->Restart());
    }
    ASSIGN_OR_RETURN(const std::vector<LiveName> names, inner_->Names());
    lost_ = cell.names;
    std::erase_if(lost_, [&names](const std::string& name) {
      return std::any_of(names.begin(), names.end(),
                         [&name](const LiveName& live) { return live.name == name; });
    });
    return cell.result;
  }

  CellResult BrokenOff() {
    CellResult result;
    result.outcome = CellOutcome::kError;
    result.error_type = "RunBrokeOff";
    result.error_message =
        "the run broke off while this block was running; it was not run again. Send it again if "
        "it may run twice";
    if (!lost_.empty()) result.error_message += "; " + LostLine();
    lost_.clear();
    result.traceback = result.error_type + ": " + result.error_message + "\n";
    return result;
  }

  std::string LostLine() const {
    std::string line = "these names are gone:";
    for (const std::string& name : lost_) line += " " + name;
    return line;
  }

  Resumption& shared_;
  std::unique_ptr<Kernel> inner_;
  std::vector<std::string> lost_;
};

// Leaves out what the trace holds already.
class ResumedTrace : public TraceWriter {
 public:
  ResumedTrace(Resumption& shared, TraceWriter& trace) : shared_(shared), trace_(trace) {}

  Status Append(int step, std::string_view type, const nlohmann::json& data) override {
    int& left = shared_.events_left_[std::string(type)];
    if (!shared_.live_ && type != "end" && left > 0) {
      --left;
      return {};
    }
    return trace_.Append(step, type, data);
  }

 private:
  Resumption& shared_;
  TraceWriter& trace_;
};

std::unique_ptr<ModelClient> Resumption::WrapModel(ModelClient& live) {
  return std::make_unique<ResumedModel>(*this, live);
}

std::unique_ptr<Kernel> Resumption::WrapKernel(std::unique_ptr<Kernel> kernel) {
  return std::make_unique<ResumedKernel>(*this, std::move(kernel));
}

std::unique_ptr<TraceWriter> Resumption::WrapTrace(TraceWriter& trace) {
  return std::make_unique<ResumedTrace>(*this, trace);
}

std::optional<GateReport> Resumption::CheckAt(int step) {
  const auto found = run_.checks.find(step);
  if (found == run_.checks.end()) return {};
  // Nobody will report them again.
  events_left_["gate"] -= static_cast<int>(found->second.gates.size());
  events_left_["finding"] -= static_cast<int>(found->second.findings.size());
  return found->second;
}

}  // namespace inhouse
