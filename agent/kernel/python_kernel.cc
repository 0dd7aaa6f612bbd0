#include "agent/kernel/python_kernel.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/kernel/result_frame.h"
#include "agent/kernel/sandbox_pause.h"

namespace inhouse {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAnswerDeadline{3};
// The grace of a user's Ctrl-C: the run ends, and the state with it.
constexpr std::chrono::milliseconds kUserGrace{1000};
constexpr std::chrono::seconds kRebuildDeadline{60};
constexpr std::chrono::milliseconds kRebuildSlack{5000};  // on top of four times as long as before
constexpr size_t kMaxCode = 1 << 20;  // six times that as JSON still fits a frame
constexpr int kMaxCalls = 1000;       // questions of one cell that are answered
constexpr int kMaxLostInARow = 2;     // after which the state is not rebuilt again

std::string DescribeDeath(ChildProcess* process) {
  const std::optional<int> status = process->Wait(std::chrono::seconds(2));
  if (!status) return "the interpreter stopped answering and was ended";
  if (!WIFEXITED(*status)) return "the interpreter was killed";
  const int code = WEXITSTATUS(*status);
  if (code > 128) return std::string("the interpreter died of signal: ") + strsignal(code - 128);
  return "the interpreter exited with status " + std::to_string(code);
}

CellResult TooLong(size_t bytes) {
  CellResult result;
  result.outcome = CellOutcome::kError;
  result.error_type = "CellTooLong";
  result.error_message = "the cell has " + std::to_string(bytes) +
                         " bytes, more than the limit of " + std::to_string(kMaxCode) +
                         "; nothing of it was run";
  return result;
}

CellResult LostBetween() {
  CellResult result;
  result.outcome = CellOutcome::kKernelDied;
  result.state_lost = true;
  result.error_type = "KernelDied";
  result.error_message =
      "before this cell, when the live names were listed, the interpreter ended or hung and its "
      "state could not be made again; nothing of this cell was run";
  return result;
}

void BlameFlood(int64_t limit, CellResult* result) {
  if (!result->state_lost) result->outcome = CellOutcome::kError;
  result->error_type = "TooMuchOutput";
  result->error_message = "the cell wrote more than " + std::to_string(limit >> 20) +
                          " MiB and was stopped; print less";
  result->traceback.clear();
}

}  // namespace

struct PythonKernel::Exchange {
  ChannelEvent event = ChannelEvent::kDeadline;
  bool interrupted = false;  // the deadline passed and SIGINT was sent
  bool by_user = false;
  bool flooded = false;  // and interrupted for that
  int calls = 0;
  std::string over_limit;
  json frame;
};

const char* CellOutcomeName(CellOutcome outcome) {
  switch (outcome) {
    case CellOutcome::kOk: return "ok";
    case CellOutcome::kError: return "error";
    case CellOutcome::kTimeout: return "timeout";
    case CellOutcome::kKernelDied: return "kernel died";
  }
  return "unknown";
}

Result<std::unique_ptr<PythonKernel>> StartPythonKernel(const SandboxPolicy& policy,
                                                        HostCall host_call) {
  ASSIGN_OR_RETURN(StartingSandbox sandbox, BeginSandbox(policy));
  return std::make_unique<PythonKernel>(policy, std::move(host_call), std::move(sandbox));
}

PythonKernel::PythonKernel(SandboxPolicy policy, HostCall host_call, StartingSandbox sandbox)
    : policy_(std::move(policy)),
      host_call_(std::move(host_call)),
      starting_(std::move(sandbox)),
      sandbox_(policy_.limits) {
  if (policy_.imports.empty()) return;
  // Read after the interpreter said that it is ready; if the line is broken
  // already, AwaitReady will say why.
  static_cast<void>(starting_->channel.Send(
      {{"v", 1}, {"seq", 0}, {"type", "import"}, {"modules", policy_.imports}}, Clock::now()));
}

PythonKernel::~PythonKernel() = default;

Status PythonKernel::AwaitReady() {
  if (!starting_) return {};
  StartingSandbox starting = *std::exchange(starting_, std::nullopt);
  ASSIGN_OR_RETURN(sandbox_, AwaitSandbox(policy_, std::move(starting), interrupted_));
  return {};
}

bool PythonKernel::Answer(const json& call, bool too_many) {
  json reply = {{"v", 1}, {"seq", call["seq"]}, {"type", "reply"}};
  if (too_many) {
    reply["error"] = "more than " + std::to_string(kMaxCalls) + " questions in one cell";
  } else if (!host_call_) {
    reply["error"] = "no house API index is attached to this kernel";
  } else {
    const auto arguments = call.find("arguments");
    const Result<std::string> text =
        host_call_(TextField(call, "name"), arguments == call.end() ? "{}" : arguments->dump());
    if (text.ok()) {
      reply["text"] = *text;
    } else {
      reply["error"] = text.error().message;
    }
  }
  return sandbox_.channel.Send(reply, Clock::now() + kAnswerDeadline);
}

// True when the exchange goes on: the frame was a question, and is answered.
bool PythonKernel::ServeFrame(Exchange* exchange) {
  const std::string type = TextField(exchange->frame, "type");
  if (type == "result" && exchange->frame["seq"] == seq_) return false;
  // Anything but a question out of turn means that a cell forged frames.
  if (type == "call") {
    if (Answer(exchange->frame, ++exchange->calls > kMaxCalls)) return true;
    exchange->event = ChannelEvent::kClosed;
    return false;
  }
  exchange->event = ChannelEvent::kBroken;
  return false;
}

PythonKernel::Exchange PythonKernel::Ask(const json& question, std::chrono::milliseconds deadline,
                                         OutputCollector* output) {
  // gVisor's kernel traces its processes by signals of its own: not to be disturbed.
  if (policy_.kind == SandboxKind::kGvisor) return AskRunning(question, deadline, output);
  ResumeSandbox(sandbox_.process);
  Exchange exchange = AskRunning(question, deadline, output);
  if (exchange.event != ChannelEvent::kFrame || PauseSandbox(sandbox_.process)) return exchange;
  exchange.event = ChannelEvent::kBroken;
  exchange.over_limit =
      "the cell left processes that start or wake one another and cannot be stopped; the "
      "interpreter was ended";
  return exchange;
}

PythonKernel::Exchange PythonKernel::AskRunning(const json& question,
                                                std::chrono::milliseconds deadline,
                                                OutputCollector* output) {
  Exchange exchange;
  auto until = Clock::now() + deadline;
  json sent = question;
  sent["v"] = 1;
  sent["seq"] = ++seq_;
  if (!sandbox_.channel.Send(sent, until)) {
    exchange.event = ChannelEvent::kClosed;
    return exchange;
  }
  for (;;) {
    exchange.event = NextWatched(&sandbox_, until, output, &exchange.frame, &exchange.over_limit);
    const bool goes_on = exchange.event == ChannelEvent::kDeadline ||
                         (exchange.event == ChannelEvent::kFrame && ServeFrame(&exchange));
    if (!goes_on) return exchange;
    exchange.event = ChannelEvent::kDeadline;
    if (!exchange.by_user && interrupted_ && interrupted_()) {
      exchange.by_user = true;
      until = Clock::now();
    }
    if (output != nullptr && output->total_bytes() > policy_.limits.flood_bytes &&
        !exchange.interrupted) {
      exchange.flooded = true;
      until = Clock::now();
    }
    if (Clock::now() < until) continue;
    if (exchange.interrupted) return exchange;
    exchange.interrupted = true;
    InterruptProgram(sandbox_.process);
    until = Clock::now() +
            (exchange.by_user ? std::min(kUserGrace, policy_.limits.grace) : policy_.limits.grace);
  }
}

// The result of a cell whose interpreter is gone, or has to go.
CellResult PythonKernel::EndedResult(const Exchange& exchange) {
  CellResult result;
  result.state_lost = true;
  result.outcome = exchange.interrupted ? CellOutcome::kTimeout : CellOutcome::kKernelDied;
  result.error_type = exchange.interrupted ? "Timeout" : "KernelDied";
  if (!exchange.over_limit.empty()) {
    result.outcome = CellOutcome::kKernelDied;
    result.error_type = "OverLimit";
    result.error_message = exchange.over_limit;
  } else if (exchange.event == ChannelEvent::kBroken) {
    frames_forged_ = true;
    result.error_message = "the cell wrote to the kernel's own channel; the interpreter was ended";
  } else if (exchange.interrupted) {
    result.error_message = "the cell did not stop when interrupted; the interpreter was ended";
  } else {
    result.error_message = DescribeDeath(&sandbox_.process.process);
  }
  sandbox_.process.process.Kill();
  return result;
}

// `recorded`: the turn of which brokers are answered; none: they are asked.
Status PythonKernel::BeginBrokers(std::optional<int64_t> recorded, CellResult* result) {
  BrokerRelay* brokers = sandbox_.process.brokers.get();
  if (brokers == nullptr) return {};
  if (recorded) return brokers->AnswerTurn(*recorded);
  bool ended = false;
  result->broker_turn = brokers->PassTurn("", &ended);
  if (ended) {
    result->warnings.push_back(
        "connections to brokers from before the interpreter was rebuilt are closed; connect again");
  }
  return {};
}

void PythonKernel::EndBrokers(std::optional<int64_t> recorded, CellResult* result) {
  BrokerRelay* brokers = sandbox_.process.brokers.get();
  if (brokers == nullptr) return;
  const bool whole = brokers->EndTurn();
  result->broker_uses = TakeBrokerLines(policy_.broker_log);
  if (recorded) {
    result->broker_turn = *recorded;
    result->brokers_differed = !whole;
  } else if (!whole) {
    result->broker_uses.push_back("not all of this is recorded: it cannot be rebuilt");
  }
}

Result<CellResult> PythonKernel::Run(std::string_view code, std::chrono::milliseconds deadline,
                                     std::optional<int64_t> recorded) {
  const bool keeps = !recorded && !policy_.output_folder.empty();
  WholeOutput whole(policy_.output_folder, policy_.limits.flood_bytes);
  OutputCollector output(policy_.limits.output_bytes, keeps ? &whole : nullptr);
  CellResult brokers;
  RETURN_IF_ERROR(BeginBrokers(recorded, &brokers));
  const auto started = Clock::now();
  const Exchange exchange =
      Ask({{"type", "exec"}, {"mode", "cell"}, {"code", std::string(code)}}, deadline, &output);
  CellResult result;
  if (exchange.event == ChannelEvent::kFrame) {
    result = ReadResultFrame(exchange.frame);
    if (exchange.interrupted && result.outcome == CellOutcome::kError)
      result.outcome = CellOutcome::kTimeout;
  } else {
    result = EndedResult(exchange);
    result.seconds = std::chrono::duration<double>(Clock::now() - started).count();
  }
  sandbox_.channel.DrainOutput(&output);
  if (exchange.flooded && result.outcome != CellOutcome::kOk) {
    BlameFlood(policy_.limits.flood_bytes, &result);
  }
  result.output = output.Text();
  result.output_bytes = output.total_bytes();
  result.output_file = whole.Finish();
  result.broker_turn = brokers.broker_turn;
  result.warnings.insert(result.warnings.end(), brokers.warnings.begin(), brokers.warnings.end());
  EndBrokers(recorded, &result);
  if (exchange.by_user) return Error{ErrorKind::kInterrupted, "interrupted by the user"};
  return result;
}

Status PythonKernel::Restart() {
  starting_.reset();
  sandbox_.process.process.Kill();
  ASSIGN_OR_RETURN(sandbox_, StartSandbox(policy_, interrupted_));
  seq_ = 0;
  lost_between_ = false;
  frames_forged_ = false;
  succeeded_.clear();
  return {};
}

// Runs what had succeeded once more; *complete tells whether all of it did.
Status PythonKernel::RunAgain(bool* complete) {
  const auto until = Clock::now() + kRebuildDeadline;
  std::vector<Cell> cells;
  cells.swap(succeeded_);
  RETURN_IF_ERROR(Restart());
  for (const Cell& cell : cells) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return {};
    const auto expected = std::chrono::milliseconds(
        static_cast<int64_t>(std::clamp(cell.seconds, 0.0, 1000.0) * 4000));
    ASSIGN_OR_RETURN(const CellResult rebuilt,
                     Run(cell.code, std::min(left, expected + kRebuildSlack), cell.broker_turn));
    if (rebuilt.outcome != CellOutcome::kOk || rebuilt.brokers_differed) return {};
    succeeded_.push_back(cell);
  }
  *complete = true;
  return {};
}

// A fresh interpreter with the state of the old one, or else an empty one.
Status PythonKernel::Rebuild(CellResult* result) {
  bool complete = false;
  RETURN_IF_ERROR(RunAgain(&complete));
  if (!complete) RETURN_IF_ERROR(Restart());
  result->state_lost = !complete;
  return {};
}

// After a cell that ended the interpreter.
Status PythonKernel::Recover(CellResult* result) {
  if (!frames_forged_ && ++lost_in_a_row_ <= kMaxLostInARow) return Rebuild(result);
  result->state_lost = true;
  return Restart();
}

Result<CellResult> PythonKernel::RunAndRecover(std::string_view code,
                                               std::chrono::milliseconds deadline,
                                               std::optional<int64_t> recorded) {
  if (code.size() > kMaxCode) return TooLong(code.size());
  RETURN_IF_ERROR(AwaitReady());
  if (std::exchange(lost_between_, false)) return LostBetween();
  ASSIGN_OR_RETURN(CellResult result, Run(code, deadline, recorded));
  if (result.outcome == CellOutcome::kOk && !result.brokers_differed) {
    succeeded_.push_back({std::string(code), result.seconds, result.broker_turn});
  }
  if (result.state_lost) {
    RETURN_IF_ERROR(Recover(&result));
  } else {
    lost_in_a_row_ = 0;
  }
  return result;
}

Result<CellResult> PythonKernel::Execute(std::string_view code,
                                         std::chrono::milliseconds deadline) {
  return RunAndRecover(code, deadline, {});
}

Result<CellResult> PythonKernel::Rerun(std::string_view code, std::chrono::milliseconds deadline,
                                       int64_t broker_turn) {
  return RunAndRecover(code, deadline, broker_turn);
}

Result<std::vector<LiveName>> PythonKernel::Names() {
  RETURN_IF_ERROR(AwaitReady());
  Exchange exchange = Ask({{"type", "names"}}, policy_.limits.grace, nullptr);
  if (exchange.event == ChannelEvent::kFrame) return ReadNamesFrame(exchange.frame);
  // It died between two cells, or a live object ends or holds it when looked at.
  CellResult ended = EndedResult(exchange);
  RETURN_IF_ERROR(Recover(&ended));
  lost_between_ = ended.state_lost;
  exchange = Ask({{"type", "names"}}, policy_.limits.grace, nullptr);
  if (exchange.event == ChannelEvent::kFrame) return ReadNamesFrame(exchange.frame);
  RETURN_IF_ERROR(Restart());
  lost_between_ = true;
  return std::vector<LiveName>{};
}

Result<CopyReport> PythonKernel::CopyWork(const std::filesystem::path& destination,
                                          const CopyLimits& limits) {
  RETURN_IF_ERROR(AwaitReady());
  return CopyOut(sandbox_.process.work.get(), destination, limits);
}

}  // namespace inhouse
