#include "agent/gates/team_gate.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "agent/kernel/child_process.h"
#include "agent/kernel/output_collector.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMaxOutput = int64_t{1} << 20;
constexpr rlim_t kMaxFile = rlim_t{64} << 20;  // of any file that the command writes
constexpr size_t kMaxFindings = 50;
constexpr size_t kMaxMessage = 1000;

// Between fork and exec: system calls only. `context` is the folder's path.
int EnterFolder(const void* context, const char** stage) {
  *stage = "entering the configuration's folder";
  if (::chdir(static_cast<const char*>(context)) != 0) return errno;
  const rlimit limit{kMaxFile, kMaxFile};
  *stage = "setting a limit";
  return ::setrlimit(RLIMIT_FSIZE, &limit) == 0 ? 0 : errno;
}

struct Streams {
  UniqueFd in, out, err;
};

Result<Streams> OpenStreams(const fs::path& folder, const fs::path& script, bool by_path) {
  const auto create = [](const fs::path& path) {
    return UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  };
  Streams streams;
  streams.in = UniqueFd(::open(by_path ? "/dev/null" : script.c_str(), O_RDONLY | O_CLOEXEC));
  streams.out = create(folder / "findings");
  streams.err = create(folder / "errors");
  if (streams.in.valid() && streams.out.valid() && streams.err.valid()) return streams;
  return StorageError("cannot write to " + folder.string() + ": " + ErrnoText(errno));
}

// How the command ended; nothing past its time. Errors: kInterrupted.
Result<std::optional<int>> AwaitCommand(ChildProcess& child, std::chrono::seconds time,
                                        const std::function<bool()>& cancelled) {
  using std::chrono::milliseconds;
  constexpr milliseconds kLook{100};
  const auto until = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    const std::optional<int> status = child.Wait(std::clamp(left, milliseconds{0}, kLook));
    if (status || left <= milliseconds{0}) return status;
    if (!cancelled || !cancelled()) continue;
    child.Kill();
    return Error{ErrorKind::kInterrupted, "interrupted while a gate command ran"};
  }
}

// As AwaitCommand. Errors: kSandbox too, when it cannot be started.
Result<std::optional<int>> RunCommand(const TeamGate& gate, const fs::path& folder,
                                      const fs::path& script,
                                      const std::function<bool()>& cancelled) {
  ASSIGN_OR_RETURN(const Streams streams, OpenStreams(folder, script, gate.by_path));
  SpawnPlan plan;
  plan.program = gate.command.front();
  plan.arguments.assign(gate.command.begin() + 1, gate.command.end());
  if (gate.by_path) plan.arguments.push_back(script.string());
  for (const auto& [name, value] : gate.environment) plan.environment.push_back(name + "=" + value);
  plan.fds = {{streams.in.get(), 0}, {streams.out.get(), 1}, {streams.err.get(), 2}};
  const std::string where = gate.folder.empty() ? folder.string() : gate.folder.string();
  plan.prepare = EnterFolder;
  plan.context = where.c_str();
  ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Spawn(plan));
  return AwaitCommand(child, std::chrono::seconds(gate.seconds), cancelled);
}

Finding Broken(const TeamGate& gate, const std::string& what) {
  return {gate.name, "error",
          "the gate could not judge the script: " + what +
              "; mend [[gates.command]] in inhouse.toml, the script cannot mend it",
          0, 0};
}

int NumberAt(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return 0;
  return static_cast<int>(std::clamp<int64_t>(found->get<int64_t>(), 0, 10'000'000));
}

// Nothing if the line is no finding.
std::optional<Finding> FindingOf(const TeamGate& gate, std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return {};
  const auto message = object.find("message");
  if (message == object.end() || !message->is_string()) return {};
  Finding finding{gate.name, "warning", CleanText(message->get_ref<const std::string&>()),
                  NumberAt(object, "line"), NumberAt(object, "column")};
  if (finding.message.size() > kMaxMessage) {
    finding.message = CleanText(finding.message.substr(0, kMaxMessage));
  }
  const auto severity = object.find("severity");
  if (severity == object.end()) return finding;
  if (*severity != "error" && *severity != "warning" && *severity != "note") return {};
  finding.severity = severity->get<std::string>();
  return finding;
}

std::string Shortened(std::string_view text) {
  std::string line = CleanText(text.substr(0, 200));
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::vector<Finding> ParseFindings(const TeamGate& gate, std::string_view output) {
  std::vector<Finding> findings;
  for (size_t begin = 0; begin < output.size() && findings.size() < kMaxFindings;) {
    const size_t end = std::min(output.find('\n', begin), output.size());
    const std::string_view line = output.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    std::optional<Finding> finding = FindingOf(gate, line);
    if (!finding)
      return {Broken(gate, "it printed '" + Shortened(line) + "', which is no finding")};
    findings.push_back(*std::move(finding));
  }
  return findings;
}

std::string LastErrorLine(const fs::path& folder) {
  const Result<std::string> errors = ReadFile(folder / "errors", int64_t{kMaxFile});
  if (!errors.ok()) return "";
  const size_t end = errors->find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "";
  const size_t before = errors->rfind('\n', end);
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  return ": " + Shortened(std::string_view(*errors).substr(begin, end + 1 - begin));
}

std::vector<Finding> JudgeRun(const TeamGate& gate, const Result<std::optional<int>>& ended,
                              const fs::path& folder) {
  if (!ended.ok()) return {Broken(gate, ended.error().message)};
  if (!ended->has_value()) {
    return {Broken(gate, "it did not end within " + std::to_string(gate.seconds) + " s")};
  }
  const int status = **ended;
  if (WIFSIGNALED(status)) {
    return {Broken(gate, "it was ended by signal " + std::to_string(WTERMSIG(status)))};
  }
  const int code = WEXITSTATUS(status);
  const Result<std::string> output = ReadFile(folder / "findings", kMaxOutput);
  if (!output.ok()) return {Broken(gate, "it printed more than 1 MiB")};
  std::vector<Finding> findings = ParseFindings(gate, *output);
  if (code == 0 || (code == 1 && !findings.empty())) return findings;
  return {Broken(gate, "exit code " + std::to_string(code) + LastErrorLine(folder))};
}

}  // namespace

Result<std::vector<Finding>> RunTeamGate(const TeamGate& gate, std::string_view script,
                                         const fs::path& scratch_dir,
                                         const std::function<bool()>& cancelled) {
  if (gate.command.empty()) return std::vector<Finding>{Broken(gate, "it names no command")};
  RETURN_IF_ERROR(MakeFolder(scratch_dir));
  const fs::path file = scratch_dir / "script.py";
  RETURN_IF_ERROR(WriteFileDurably(file, script));
  const Result<std::optional<int>> ended = RunCommand(gate, scratch_dir, file, cancelled);
  const bool interrupted = !ended.ok() && ended.error().kind == ErrorKind::kInterrupted;
  std::vector<Finding> findings;
  if (!interrupted) findings = JudgeRun(gate, ended, scratch_dir);
  std::error_code ignored;
  fs::remove_all(scratch_dir, ignored);
  if (interrupted) return ended.error();
  return findings;
}

}  // namespace inhouse
