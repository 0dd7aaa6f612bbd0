#include "agent/gates/fault_probes.h"

#include <array>
#include <optional>
#include <system_error>
#include <thread>

#include "agent/gates/probe_findings.h"
#include "agent/gates/probe_room.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr int kWorkers = 2;
constexpr int64_t kMaxVerdicts = int64_t{4} << 20;

std::string WorkerScript(int worker) {
  return "import sys\n\nsys.path.insert(0, \"/opt/probe\")\n\nimport probe_main\n\n"
         "probe_main.main(worker=" +
         std::to_string(worker) + ", workers=" + std::to_string(kWorkers) + ")\n";
}

// What a worker reported, or the line that says why it did not.
Result<ProbeVerdicts> RunWorker(const ScriptRunner& runner, int worker, const fs::path& outputs) {
  ASSIGN_OR_RETURN(const ScriptRun run, runner.Run(WorkerScript(worker), 0, outputs));
  const Result<std::string> text = ReadFile(outputs / "verdicts.json", kMaxVerdicts);
  if (text.ok() && run.exit_code == 0) return ParseVerdicts(*text);
  ProbeVerdicts none;
  none.problem = run.timed_out ? "they did not end within their time"
                               : "they broke off: " + LastLine(run.output);
  return none;
}

// The time of the rehearsal, of the probes, and of the one that runs at the end.
std::chrono::milliseconds Deadline(const ScriptRunner& runner, const GateOptions& options) {
  return 2 * runner.deadline() + std::chrono::seconds(options.probe_seconds + 60);
}

Result<ProbeReport> RunWorkers(const ScriptRunner& runner, const fs::path& scratch_dir) {
  std::array<std::optional<Result<ProbeVerdicts>>, kWorkers> results;
  {
    // A sandbox belongs to the thread that started it: one thread for each.
    std::array<std::jthread, kWorkers> threads;
    for (int i = 0; i < kWorkers; ++i) {
      const auto slot = static_cast<size_t>(i);
      threads[slot] = std::jthread([&runner, &results, &scratch_dir, i, slot] {
        results[slot] = RunWorker(runner, i, scratch_dir / ("worker-" + std::to_string(i)));
      });
    }
  }
  std::vector<ProbeVerdicts> verdicts;
  for (std::optional<Result<ProbeVerdicts>>& result : results) {
    if (!result->ok()) return result->error();
    verdicts.push_back(std::move(**result));
  }
  return JudgeProbes(verdicts);
}

// A folder that is too large to perturb is no fault of the script.
ProbeReport LeftOut(const std::string& why) {
  const std::string text = "fault probes were left out: " + why;
  return {{{"fault probes", "note", text, 0, 0}}, text + "\n"};
}

}  // namespace

Result<ProbeReport> RunFaultProbes(const ScriptRunner& runner, std::string_view script,
                                   std::string_view request, const GateOptions& options,
                                   const fs::path& scratch_dir) {
  ProbeJob job{script, request, options};
  job.run_seconds = std::chrono::duration<double>(runner.deadline()).count();
  std::error_code ignored;
  fs::remove_all(scratch_dir, ignored);
  Result<std::optional<SandboxPolicy>> room = MakeProbeRoom(runner.policy(), job, scratch_dir);
  if (!room.ok() && room.error().kind == ErrorKind::kBadInput) {
    return LeftOut(room.error().message);
  }
  if (!room.ok()) return room.error();
  const std::optional<SandboxPolicy> policy = *std::move(room);
  if (!policy) return ProbeReport{{}, "no data folder to perturb\n"};
  Result<ProbeReport> report =
      RunWorkers(runner.With(*policy, Deadline(runner, options)), scratch_dir);
  fs::remove_all(scratch_dir, ignored);
  return report;
}

}  // namespace inhouse
