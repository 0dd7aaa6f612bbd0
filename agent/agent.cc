#include "agent/agent.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "agent/gates/gates.h"
#include "agent/kernel/broker_record.h"
#include "agent/kernel/broker_relay.h"
#include "agent/kernel/python_kernel.h"
#include "agent/kernel/sandbox_layers.h"
#include "agent/recorded_run.h"
#include "agent/resume.h"
#include "agent/session.h"
#include "agent/step_context.h"
#include "agent/strategies/strategy.h"
#include "agent/trace.h"
#include "agent/trace_records.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxDataFiles = 500;        // named in a prompt
constexpr size_t kMaxListedFiles = 100'000;  // looked at

// Files below the data folder, in order, without the hidden ones.
Result<std::vector<std::string>> DataFiles(const fs::path& folder) {
  std::vector<std::string> files;
  if (folder.empty()) return files;
  std::error_code code;
  fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, code);
  if (code) {
    return BadInput("the data folder " + folder.string() + " cannot be read (" + code.message() +
                    "); give one with --data");
  }
  for (; !code && it != fs::recursive_directory_iterator() && files.size() < kMaxListedFiles;
       it.increment(code)) {
    std::error_code ignored;
    if (it->path().filename().native().front() == '.') {  // hidden: not data
      it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file(ignored)) continue;
    std::string name = it->path().lexically_relative(folder).generic_string();
    // Names go into the prompt outside of any fence.
    std::replace_if(
        name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; }, '?');
    files.push_back(std::move(name));
  }
  // Sorted first: which ones a prompt names must not depend on the file system.
  std::sort(files.begin(), files.end());
  files.resize(std::min(files.size(), kMaxDataFiles));
  return files;
}

// One run, from the opened trace to its end event.
class TaskRun {
 public:
  TaskRun(const Task& task, Retriever& retriever, ModelClient& model,
          const Environment& environment, const RunEvents& events, const Session& session,
          TraceWriter& trace, int* step, BrokerRecord* broker_record)
      : task_(task),
        model_(model),
        environment_(environment),
        events_(events),
        session_(session),
        trace_(trace),
        context_(retriever, trace),
        contract_(retriever),
        step_(step),
        broker_record_(broker_record) {}

  // `resumption` may be null.
  Result<Outcome> Run(Strategy& strategy, const std::vector<std::string>& data_files,
                      std::function<int64_t()> clock_ms, Resumption* resumption) {
    resumption_ = resumption;
    RETURN_IF_ERROR(trace_.Append(
        0, "task", TaskRecord(task_, model_.name(), data_files, SandboxLayers(task_.policy))));
    ASSIGN_OR_RETURN(std::unique_ptr<Kernel> kernel,
                     environment_.start_kernel(
                         LoggedPolicy(), [this](std::string_view name, std::string_view arguments) {
                           return context_.Answer(*step_, name, arguments);
                         }));
    if (resumption != nullptr) kernel = resumption->WrapKernel(std::move(kernel));
    if (!task_.replay_of.empty()) {
      ASSIGN_OR_RETURN(RecordedRun recorded, LoadRecordedRun(task_.replay_of));
      kernel = AnswerFromRecord(std::move(kernel), std::move(recorded.cells));
    }
    Result<Outcome> outcome =
        strategy.Run({task_, data_files, model_, *kernel, context_, trace_, events_, contract_,
                      [this](int step, std::string_view script) { return Check(step, script); },
                      std::move(clock_ms), environment_.cancelled, step_, Replaying()});
    kernel.reset();
    if (outcome.ok()) outcome->broker_uses = TakeBrokerLines(&broker_log_);
    return outcome;
  }

 private:
  std::function<bool()> Replaying() const {
    if (resumption_ == nullptr) return {};
    return [resumption = resumption_] { return resumption->Replaying(); };
  }

  SandboxPolicy LoggedPolicy() {
    SandboxPolicy policy = task_.policy;
    policy.broker_log = &broker_log_;
    policy.broker_record = broker_record_;
    policy.ask_brokers = task_.replay_of.empty();
    policy.output_folder = session_.folder() / kCellOutputFolder;
    return policy;
  }

  Result<GateReport> Check(int step, std::string_view script) {
    if (resumption_ != nullptr) {
      if (auto report = resumption_->CheckAt(step)) {
        // Those of the latest script that passed, which is the one that counts.
        if (report->passed) report->outputs = session_.OutputFiles();
        return *std::move(report);
      }
    }
    const ScriptRunner runner(LoggedPolicy(), environment_.run_script,
                              std::chrono::seconds(task_.limits.script_seconds));
    ASSIGN_OR_RETURN(
        GateReport report,
        RunGates(script, {runner, task_.prefer, session_.new_outputs(), session_.scratch(),
                          &contract_, task_.gates, task_.request, environment_.cancelled}));
    for (const GateResult& gate : report.gates) RETURN_IF_ERROR(Record(step, gate));
    if (report.passed) {
      // In this order: outputs/ never holds files of a script that is nowhere.
      RETURN_IF_ERROR(session_.SaveScript(script));
      RETURN_IF_ERROR(session_.TakeNewOutputs());
    }
    return report;
  }

  Status Record(int step, const GateResult& gate) {
    for (const Finding& finding : gate.findings) {
      RETURN_IF_ERROR(trace_.Append(step, "finding", FindingRecord(finding)));
    }
    if (events_.on_progress) {
      events_.on_progress(step, "check " + gate.name + (gate.passed ? ": passed" : ": failed"));
    }
    // All runs of the gates have ended; the first of them that runs tells of them all.
    std::vector<std::string> uses;
    if (gate.name == "runs" || !gate.passed) uses = TakeBrokerLines(&broker_log_);
    return trace_.Append(
        step, "gate", GateRecord(gate.name, gate.passed, gate.findings.size(), gate.output, uses));
  }

  const Task& task_;
  ModelClient& model_;
  const Environment& environment_;
  const RunEvents& events_;
  const Session& session_;
  TraceWriter& trace_;
  StepContext context_;
  ContractGate contract_;
  BrokerLog broker_log_;
  Resumption* resumption_ = nullptr;
  int* const step_;                    // the strategy is at
  BrokerRecord* const broker_record_;  // null where there are no brokers
};

// Null where there are no brokers. A replay has that of the run that it repeats.
Result<std::unique_ptr<BrokerRecord>> OpenBrokerRecord(const Task& task, const Session& session) {
  if (task.policy.sockets.empty()) return std::unique_ptr<BrokerRecord>();
  const fs::path path = session.folder() / kBrokerRecordFile;
  std::error_code code;
  const fs::path before = task.replay_of / kBrokerRecordFile;
  if (!task.replay_of.empty() && fs::exists(before, code)) {
    fs::copy_file(before, path, code);
    if (code) return StorageError("cannot copy " + before.string() + ": " + code.message());
  }
  return BrokerRecord::Open(path);
}

const char* ErrorOutcome(ErrorKind kind) {
  return kind == ErrorKind::kInterrupted ? "interrupted" : "error";
}

// The folder is completed also when the run broke off; the run's own error counts.
Result<Outcome> Close(Result<Outcome> result, int steps, const Session& session,
                      TraceWriter& trace) {
  if (!result.ok()) {
    Outcome broken;
    broken.steps = steps;
    const Error& error = result.error();
    const Status ended =
        trace.Append(steps, "end", ErrorEndRecord(ErrorOutcome(error.kind), error.message, steps));
    if (ended.ok()) static_cast<void>(session.Finish(broken).ok());
    return result;
  }
  RETURN_IF_ERROR(trace.Append(result->steps, "end", EndRecord(*result)));
  RETURN_IF_ERROR(session.Finish(*result));
  return result;
}

std::function<int64_t()> ClockFrom(const Environment& environment, int64_t offset_ms) {
  return [now = environment.clock_ms, begin = environment.clock_ms() - offset_ms] {
    return now() - begin;
  };
}

std::string FirstFew(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(names.size(), 3); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > 3 ? text + ", …" : text;
}

// The task as it was begun, with what was said since.
Result<Task> ResumedTask(const Task& task, const RecordedRun& run) {
  Task resumed = task;
  resumed.request = run.request;
  resumed.strategy = run.strategy;
  resumed.patterns.only = run.patterns;
  resumed.follow_ups = run.follow_ups;
  resumed.follow_ups.insert(resumed.follow_ups.end(), task.follow_ups.begin(),
                            task.follow_ups.end());
  if (!run.data_files.empty() && task.data_dir.empty()) {
    return BadInput("the session in " + task.session_dir.string() + " had data files (" +
                    FirstFew(run.data_files) + "); give their folder with --data");
  }
  const bool over = run.outcome == "done" || run.outcome == "asked" || run.outcome == "refused";
  if (over && task.follow_ups.empty()) {
    return BadInput("the run in " + task.session_dir.string() + " is over (" + run.outcome +
                    "); give a message with --then to go on");
  }
  return resumed;
}

Result<Outcome> ResumeTask(const Task& given, Retriever& retriever, ModelClient& model,
                           const Environment& environment, const RunEvents& events) {
  ASSIGN_OR_RETURN(const Session session, Session::Open(given.session_dir));
  ASSIGN_OR_RETURN(RecordedRun recorded, LoadRecordedRun(given.session_dir));
  ASSIGN_OR_RETURN(const Task task, ResumedTask(given, recorded));
  ASSIGN_OR_RETURN(const std::unique_ptr<Strategy> strategy, MakeStrategy(task.strategy));
  ASSIGN_OR_RETURN(const std::vector<std::string> data_files, DataFiles(task.data_dir));
  const std::function<int64_t()> clock_ms = ClockFrom(environment, recorded.last_t_ms);
  ASSIGN_OR_RETURN(const std::unique_ptr<TraceWriter> trace,
                   TraceWriter::Open(session.folder(), clock_ms));
  int step = 0;
  ASSIGN_OR_RETURN(const std::unique_ptr<BrokerRecord> brokers, OpenBrokerRecord(task, session));
  Resumption resumption(std::move(recorded), &step);
  const std::unique_ptr<ModelClient> resumed_model = resumption.WrapModel(model);
  const std::unique_ptr<TraceWriter> resumed_trace = resumption.WrapTrace(*trace);
  TaskRun run(task, retriever, *resumed_model, environment, events, session, *resumed_trace, &step,
              brokers.get());
  Result<Outcome> result =
      run.Run(*strategy, data_files, resumption.WrapClock(clock_ms), &resumption);
  return Close(std::move(result), step, session, *resumed_trace);
}

}  // namespace

Environment SystemEnvironment(std::function<bool()> cancelled) {
  Environment environment;
  environment.start_kernel = [cancelled](const SandboxPolicy& policy,
                                         HostCall host_call) -> Result<std::unique_ptr<Kernel>> {
    SandboxPolicy usual = policy;
    usual.imports = {"pandas"};  // half a second that nearly every job needs
    ASSIGN_OR_RETURN(std::unique_ptr<PythonKernel> kernel,
                     StartPythonKernel(usual, std::move(host_call)));
    if (cancelled) kernel->set_interrupted(cancelled);
    return std::unique_ptr<Kernel>(std::move(kernel));
  };
  environment.run_script = [cancelled](const SandboxPolicy& policy, std::string_view script,
                                       std::chrono::milliseconds deadline,
                                       const fs::path& outputs_dir) {
    return RunScript(policy, script, deadline, outputs_dir, cancelled);
  };
  environment.clock_ms = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  environment.cancelled = std::move(cancelled);
  return environment;
}

Result<Outcome> RunTask(const Task& task, Retriever& retriever, ModelClient& model,
                        const Environment& environment, const RunEvents& events) {
  if (task.resume) return ResumeTask(task, retriever, model, environment, events);
  ASSIGN_OR_RETURN(const std::unique_ptr<Strategy> strategy, MakeStrategy(task.strategy));
  ASSIGN_OR_RETURN(const std::vector<std::string> data_files, DataFiles(task.data_dir));
  ASSIGN_OR_RETURN(const Session session, Session::Create(task.session_dir, task.request));
  const std::function<int64_t()> clock_ms = ClockFrom(environment, 0);
  ASSIGN_OR_RETURN(const std::unique_ptr<TraceWriter> trace,
                   TraceWriter::Open(session.folder(), clock_ms));
  ASSIGN_OR_RETURN(const std::unique_ptr<BrokerRecord> brokers, OpenBrokerRecord(task, session));
  int step = 0;
  TaskRun run(task, retriever, model, environment, events, session, *trace, &step, brokers.get());
  Result<Outcome> result = run.Run(*strategy, data_files, clock_ms, nullptr);
  return Close(std::move(result), step, session, *trace);
}

}  // namespace inhouse
