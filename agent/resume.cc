#include "agent/resume.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/observation.h"

namespace inhouse {

namespace {

constexpr std::chrono::seconds kTakeBackDeadline{10};

}  // namespace

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
      const int64_t before = shared_.Now();
      Result<CellResult> result = Rebuild(cells[shared_.next_cell_++], code, deadline);
      shared_.rebuilt_ms_ += shared_.Now() - before;
      return result;
    }
    // An action that is not recorded had not begun.
    if (!shared_.live_ && *shared_.step_ <= shared_.run_.last_action_step) return BrokenOff();
    ASSIGN_OR_RETURN(CellResult result, inner_->Execute(code, deadline));
    if (HasLoss()) result.warnings.push_back("the run was resumed; " + LossLine());
    ForgetLoss();
    return result;
  }
  Result<std::vector<LiveName>> Names() override { return inner_->Names(); }
  Status Restart() override {
    ForgetLoss();
    return inner_->Restart();
  }

 private:
  Result<CellResult> Rebuild(const RecordedCell& cell, std::string_view code,
                             std::chrono::milliseconds deadline) {
    if (cell.step < *shared_.step_) {
      return Error{ErrorKind::kBadInput,
                   "the run cannot be resumed: what it did at step " + std::to_string(cell.step) +
                       " would go another way now (has the index changed?); begin anew"};
    }
    if (cell.result.outcome == CellOutcome::kOk) {
      ASSIGN_OR_RETURN(const CellResult again,
                       inner_->Rerun(code, deadline, cell.result.broker_turn));
      if (again.brokers_differed) {
        RETURN_IF_ERROR(TakeBack(cell));
      } else if (again.outcome != CellOutcome::kOk) {
        RememberFailure(cell.step, again);
      }
    } else if (cell.result.state_lost) {
      RETURN_IF_ERROR(inner_->Restart());
    }
    ASSIGN_OR_RETURN(names_, inner_->Names());
    lost_ = cell.names;
    std::erase_if(lost_, [this](const std::string& name) { return IsLive(name); });
    recorded_names_ = cell.names;
    return cell.result;
  }

  bool IsLive(const std::string& name) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&name](const LiveName& live) { return live.name == name; });
  }

  // A cell that was not answered as it was when it ran: what it bound holds something else.
  Status TakeBack(const RecordedCell& cell) {
    not_rebuilt_.push_back(cell.step);
    ASSIGN_OR_RETURN(const std::vector<LiveName> names, inner_->Names());
    std::vector<std::string> bound;
    for (const LiveName& name : ChangedNames(names_, names)) bound.push_back(name.name);
    for (const std::string& name : cell.names) {
      const bool old =
          std::find(recorded_names_.begin(), recorded_names_.end(), name) != recorded_names_.end();
      if (!old) bound.push_back(name);
    }
    if (bound.empty()) return {};
    std::string code = "for _name in " + nlohmann::json(bound).dump() + ":\n";
    code += "    globals().pop(_name, None)\ndel _name\n";
    RETURN_IF_ERROR(inner_->Rerun(code, kTakeBackDeadline, 0));
    return {};
  }

  CellResult BrokenOff() {
    CellResult result;
    result.outcome = CellOutcome::kError;
    result.error_type = "RunBrokeOff";
    result.error_message =
        "the run broke off while this block was running; it was not run again. Send it again if "
        "it may run twice";
    if (HasLoss()) result.error_message += "; " + LossLine();
    ForgetLoss();
    result.traceback = result.error_type + ": " + result.error_message + "\n";
    return result;
  }

  // Without its message, which may hold rows.
  void RememberFailure(int step, const CellResult& again) {
    const std::string what =
        again.error_type.empty() ? CellOutcomeName(again.outcome) : again.error_type;
    failed_again_.push_back("the block of step " + std::to_string(step) +
                            ", which ran before, was run again and failed (" + what + ")");
  }

  bool HasLoss() const { return !lost_.empty() || !not_rebuilt_.empty() || !failed_again_.empty(); }

  std::string LossLine() const {
    std::string line;
    for (const std::string& failure : failed_again_) line += (line.empty() ? "" : "; ") + failure;
    if (!lost_.empty()) line += line.empty() ? "these names are gone:" : "; these names are gone:";
    for (const std::string& name : lost_) line += " " + name;
    for (const int step : not_rebuilt_) {
      line += (line.empty() ? "" : "; ") + ("what the block of step " + std::to_string(step)) +
              " made could not be rebuilt: its broker was not asked again, and the record holds no "
              "answer to what it asked now";
    }
    return line;
  }

  void ForgetLoss() {
    lost_.clear();
    not_rebuilt_.clear();
    failed_again_.clear();
  }

  Resumption& shared_;
  std::unique_ptr<Kernel> inner_;
  std::vector<LiveName> names_;              // after the last cell that was rebuilt
  std::vector<std::string> recorded_names_;  // after it, when it ran
  std::vector<std::string> lost_;            // names
  std::vector<int> not_rebuilt_;             // steps
  std::vector<std::string> failed_again_;    // in words
};

class ReplayedKernel : public Kernel {
 public:
  ReplayedKernel(std::unique_ptr<Kernel> inner, std::vector<RecordedCell> cells)
      : inner_(std::move(inner)), cells_(std::move(cells)) {}

  Status AwaitReady() override { return inner_->AwaitReady(); }
  Result<CellResult> Execute(std::string_view code, std::chrono::milliseconds deadline) override {
    const int64_t turn = next_ < cells_.size() ? cells_[next_].result.broker_turn : 0;
    ++next_;
    return inner_->Rerun(code, deadline, turn);
  }
  Result<std::vector<LiveName>> Names() override { return inner_->Names(); }
  Status Restart() override { return inner_->Restart(); }

 private:
  const std::unique_ptr<Kernel> inner_;
  const std::vector<RecordedCell> cells_;
  size_t next_ = 0;
};

// Leaves out what the trace holds already.
class ResumedTrace : public TraceWriter {
 public:
  ResumedTrace(Resumption& shared, TraceWriter& trace) : shared_(shared), trace_(trace) {}

  Status Append(int step, std::string_view type, const nlohmann::json& data) override {
    int& left = shared_.events_left_[std::string(type)];
    if (shared_.live_ || !IsGoneThrough(type) || left == 0) return trace_.Append(step, type, data);
    --left;
    if (type == "observation" && data.value("kind", "") == "follow-up") NextFollowUp();
    return {};
  }

 private:
  static bool IsGoneThrough(std::string_view type) {
    return type == "retrieval" || type == "prompt" || type == "reply" || type == "action" ||
           type == "observation";
  }

  void NextFollowUp() {
    const std::vector<int64_t>& times = shared_.run_.follow_up_ms;
    if (shared_.next_follow_up_ < times.size()) {
      shared_.follow_up_ms_ = times[shared_.next_follow_up_++];
    }
  }

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

std::unique_ptr<Kernel> AnswerFromRecord(std::unique_ptr<Kernel> kernel,
                                         std::vector<RecordedCell> cells) {
  return std::make_unique<ReplayedKernel>(std::move(kernel), std::move(cells));
}

std::function<int64_t()> Resumption::WrapClock(std::function<int64_t()> clock_ms) {
  clock_ms_ = std::move(clock_ms);
  return [this] { return Replaying() ? follow_up_ms_ : Now() - rebuilt_ms_; };
}

int64_t Resumption::Now() const { return clock_ms_ ? clock_ms_() : 0; }

std::optional<GateReport> Resumption::CheckAt(int step) const {
  const auto found = run_.checks.find(step);
  if (found == run_.checks.end()) return {};
  return found->second;
}

}  // namespace inhouse
