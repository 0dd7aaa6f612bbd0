#include "agent/kernel/python_kernel.h"

#include <signal.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "indexer/base/check.h"

namespace inhouse {

std::string_view KernelMainText();

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartDeadline{30};
constexpr std::chrono::seconds kGrace{3};
constexpr std::chrono::seconds kRebuildDeadline{60};
constexpr int64_t kStartOutputLimit = 4096;

// Fields of a frame, whatever the frame holds.
std::string TextField(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return it != object.end() && it->is_string() ? CleanText(it->get_ref<const std::string&>()) : "";
}

template <typename T>
T NumberField(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return it != object.end() && it->is_number() ? it->get<T>() : T{};
}

const json& ListField(const json& object, const char* name) {
  static const json kEmpty = json::array();
  const auto it = object.find(name);
  return it != object.end() && it->is_array() ? *it : kEmpty;
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::string DecodeBase64(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = Base64Value(c);
    if (value < 0) break;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    if ((count += 6) >= 8) bytes.push_back(static_cast<char>((bits >> (count -= 8)) & 0xFF));
  }
  return bytes;
}

// PNG signature: what claims to be a figure must at least look like one.
bool IsPng(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n"); }

void FillFromFrame(const json& frame, CellResult* result) {
  result->display = TextField(frame, "display");
  result->seconds = NumberField<double>(frame, "seconds");
  result->peak_memory_bytes = NumberField<int64_t>(frame, "peak_bytes");
  for (const json& warning : ListField(frame, "warnings")) {
    if (warning.is_string()) result->warnings.push_back(CleanText(warning.get<std::string>()));
  }
  for (const json& figure : ListField(frame, "figures")) {
    Figure taken{"figure-" + std::to_string(result->figures.size() + 1) + ".png",
                 DecodeBase64(TextField(figure, "png"))};
    const std::string name = TextField(figure, "name");
    if (name.starts_with("figure-") && name.find('/') == std::string::npos) taken.name = name;
    if (IsPng(taken.png)) result->figures.push_back(std::move(taken));
  }
  const auto error = frame.find("error");
  if (error == frame.end()) return;
  result->outcome = CellOutcome::kError;
  result->error_type = TextField(*error, "type");
  result->error_message = TextField(*error, "message");
  result->traceback = TextField(*error, "traceback");
  result->error_line = NumberField<int>(*error, "line");
}

std::string DescribeDeath(ChildProcess* process) {
  const std::optional<int> status = process->Wait(std::chrono::seconds(2));
  if (!status) return "the interpreter stopped answering and was ended";
  if (!WIFEXITED(*status)) return "the interpreter was killed";
  const int code = WEXITSTATUS(*status);
  if (code > 128) return std::string("the interpreter died of signal ") + strsignal(code - 128);
  return "the interpreter exited with status " + std::to_string(code);
}

}  // namespace

struct PythonKernel::Exchange {
  ChannelEvent event = ChannelEvent::kDeadline;
  bool interrupted = false;  // the deadline passed and SIGINT was sent
  bool by_user = false;
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

std::vector<std::string> SandboxLayers(const SandboxPolicy& policy) {
  const SandboxLimits& limits = policy.limits;
  auto mib = [](int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; };
  std::vector<std::string> layers = {
      "namespaces (bubblewrap): user, mount, pid, network (none), ipc, uts, cgroup",
      "system-call filter (seccomp), no new privileges, no capabilities, never uid 0",
      "limits: " + mib(limits.memory_bytes) + " address space a process, " +
          std::to_string(limits.processes) + " processes, work folder " + mib(limits.work_bytes) +
          ", files " + mib(limits.file_bytes),
      "environment from an allow-list; start-up canary passed",
      "not used: Landlock, memory cgroup (memory is bounded by processes x address space)"};
  if (!policy.sockets.empty())
    layers.push_back("broker sockets: " + std::to_string(policy.sockets.size()));
  return layers;
}

Result<ReadySandbox> StartSandbox(const SandboxPolicy& policy) {
  ASSIGN_OR_RETURN(SandboxProcess process, LaunchSandbox(policy, KernelMainText()));
  ReadySandbox ready{std::move(process), {}, ""};
  ready.channel = KernelChannel(std::move(ready.process.frames), std::move(ready.process.output));
  OutputCollector output(kStartOutputLimit);
  json frame;
  const ChannelEvent event = ready.channel.Next(Clock::now() + kStartDeadline, &output, &frame);
  if (event != ChannelEvent::kFrame || TextField(frame, "type") != "ready") {
    ready.process.process.Wait(std::chrono::milliseconds(500));
    ready.channel.DrainOutput(&output);
    ready.process.process.Kill();
    if (!ready.process.staging.empty()) {
      std::error_code ignored;
      std::filesystem::remove(ready.process.staging, ignored);
    }
    return ExplainLaunchFailure(output.Text());
  }
  RETURN_IF_ERROR(FinishLaunch(&ready.process));
  const json& escaped = ListField(frame, "escaped");
  if (!escaped.empty()) {
    return Error{ErrorKind::kSandbox,
                 "the sandbox does not confine: its canary could " +
                     CleanText(escaped[0].is_string() ? escaped[0].get<std::string>() : "act") +
                     "; nothing was run (docs/sandbox.md)"};
  }
  ready.python_version = TextField(frame, "python");
  return ready;
}

Result<std::unique_ptr<PythonKernel>> StartPythonKernel(const SandboxPolicy& policy,
                                                        HostCall host_call) {
  ASSIGN_OR_RETURN(ReadySandbox sandbox, StartSandbox(policy));
  return std::make_unique<PythonKernel>(policy, std::move(host_call), std::move(sandbox));
}

PythonKernel::PythonKernel(SandboxPolicy policy, HostCall host_call, ReadySandbox sandbox)
    : policy_(std::move(policy)), host_call_(std::move(host_call)), sandbox_(std::move(sandbox)) {}

PythonKernel::~PythonKernel() = default;

void PythonKernel::Interrupt() {
  const pid_t program = ProgramPid(sandbox_.process);
  if (program > 1) ::kill(program, SIGINT);
}

bool PythonKernel::Answer(const json& call) {
  json reply = {{"v", 1}, {"seq", call.value("seq", int64_t{0})}, {"type", "reply"}};
  if (!host_call_) {
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
  return sandbox_.channel.Send(reply, Clock::now() + kGrace);
}

PythonKernel::Exchange PythonKernel::Ask(const json& question, std::chrono::milliseconds deadline,
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
    // Short waits, so that a user's Ctrl-C is seen while a cell runs.
    const auto slice = std::min(until, Clock::now() + std::chrono::milliseconds(200));
    exchange.event = sandbox_.channel.Next(slice, output, &exchange.frame);
    if (exchange.event == ChannelEvent::kFrame) {
      const std::string type = TextField(exchange.frame, "type");
      if (type == "result" && exchange.frame["seq"] == seq_) break;
      // Anything but a question out of turn means that a cell forged frames.
      if (type == "call" && Answer(exchange.frame)) continue;
      exchange.event = ChannelEvent::kBroken;
      break;
    }
    if (exchange.event != ChannelEvent::kDeadline) break;
    if (!exchange.by_user && interrupted_ && interrupted_()) {
      exchange.by_user = true;
      until = Clock::now();
    }
    if (Clock::now() < until) continue;
    if (exchange.interrupted) break;
    exchange.interrupted = true;
    Interrupt();
    until = Clock::now() + kGrace;
  }
  return exchange;
}

Result<CellResult> PythonKernel::Run(std::string_view code, std::chrono::milliseconds deadline) {
  OutputCollector output(policy_.limits.output_bytes);
  const Exchange exchange =
      Ask({{"type", "exec"}, {"mode", "cell"}, {"code", std::string(code)}}, deadline, &output);
  sandbox_.channel.DrainOutput(&output);
  CellResult result;
  if (exchange.event == ChannelEvent::kFrame) {
    FillFromFrame(exchange.frame, &result);
    if (exchange.interrupted && result.error_type == "KeyboardInterrupt")
      result.outcome = CellOutcome::kTimeout;
  } else {
    result.outcome = exchange.interrupted ? CellOutcome::kTimeout : CellOutcome::kKernelDied;
    result.state_lost = true;
    result.error_type = exchange.interrupted ? "Timeout" : "KernelDied";
    result.error_message =
        exchange.event == ChannelEvent::kBroken
            ? "the cell wrote to the kernel's own channel; the interpreter was ended"
        : exchange.interrupted ? "the cell did not stop when interrupted; the interpreter was ended"
                               : DescribeDeath(&sandbox_.process.process);
    sandbox_.process.process.Kill();
  }
  result.output = output.Text();
  result.output_bytes = output.total_bytes();
  if (exchange.by_user) return Error{ErrorKind::kInterrupted, "interrupted by the user"};
  return result;
}

Status PythonKernel::Restart() {
  sandbox_.process.process.Kill();
  ASSIGN_OR_RETURN(sandbox_, StartSandbox(policy_));
  seq_ = 0;
  return {};
}

// A fresh interpreter that has run what had succeeded before.
Status PythonKernel::Rebuild(CellResult* result) {
  RETURN_IF_ERROR(Restart());
  const auto until = Clock::now() + kRebuildDeadline;
  std::vector<std::string> again;
  again.swap(succeeded_);
  for (const std::string& cell : again) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return {};
    ASSIGN_OR_RETURN(const CellResult rebuilt, Run(cell, left));
    if (rebuilt.outcome != CellOutcome::kOk) {
      if (rebuilt.state_lost) RETURN_IF_ERROR(Restart());
      succeeded_.clear();
      return {};
    }
    succeeded_.push_back(cell);
  }
  result->state_lost = false;
  return {};
}

Result<CellResult> PythonKernel::Execute(std::string_view code,
                                         std::chrono::milliseconds deadline) {
  ASSIGN_OR_RETURN(CellResult result, Run(code, deadline));
  if (result.outcome == CellOutcome::kOk) succeeded_.emplace_back(code);
  if (result.state_lost) RETURN_IF_ERROR(Rebuild(&result));
  return result;
}

Result<std::vector<LiveName>> PythonKernel::Names() {
  const Exchange exchange = Ask({{"type", "names"}}, kGrace, nullptr);
  std::vector<LiveName> names;
  if (exchange.event != ChannelEvent::kFrame) return names;
  for (const json& entry : ListField(exchange.frame, "names")) {
    if (names.size() >= 200) break;
    names.push_back(
        {TextField(entry, "name"), TextField(entry, "type"), TextField(entry, "detail")});
  }
  return names;
}

Result<CopyReport> PythonKernel::CopyWork(const std::filesystem::path& destination,
                                          const CopyLimits& limits) {
  return CopyOut(sandbox_.process.work.get(), destination, limits);
}

}  // namespace inhouse
