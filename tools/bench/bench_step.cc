// bench_step INDEX PYTHON FOLDER: what a step of a CodeAct run costs beside the model and
// the code that it writes. A model that answers at once sends kSteps small blocks about
// house APIs; each goes through parser, contract check, sandboxed kernel, observation,
// retrieval and trace (with fdatasync), in a real session below FOLDER. A step's overhead is
// the time from a reply to the next prompt less what the block itself took: as wall time, which
// other processes lengthen, and as CPU time of this process and of the interpreter in the
// sandbox (which the blocks print). Exit code 1 if both together take more CPU than the goal.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "tools/bench/measure.h"

namespace inhouse::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kSteps = 60;
constexpr int kWarmUp = 5;  // steps not counted: first imports, cold caches
constexpr double kGoalMilliseconds = 10;

double Milliseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

struct Overhead {
  std::vector<double> wall, cpu, kernel;
  double block_ms = 0;  // of the step that is going on
};

// Adds up what the blocks of a step take.
class TimedKernel : public Kernel {
 public:
  TimedKernel(std::unique_ptr<Kernel> inner, Overhead* overhead)
      : inner_(std::move(inner)), overhead_(overhead) {}
  Status AwaitReady() override { return inner_->AwaitReady(); }
  Result<CellResult> Execute(std::string_view code, std::chrono::milliseconds deadline) override {
    Result<CellResult> result = inner_->Execute(code, deadline);
    if (result.ok()) overhead_->block_ms += result->seconds * 1e3;
    return result;
  }
  Result<std::vector<LiveName>> Names() override { return inner_->Names(); }
  Status Restart() override { return inner_->Restart(); }

 private:
  std::unique_ptr<Kernel> inner_;
  Overhead* overhead_;
};

// Answers at once, and looks at the clock when it is asked and when it has answered.
class InstantModel : public ModelClient {
 public:
  explicit InstantModel(Overhead* overhead) : overhead_(overhead) {}
  std::string name() const override { return "instant"; }
  bool is_local() const override { return true; }
  Result<Reply> Complete(const ChatRequest& request,
                         const std::function<void(std::string_view)>&) override {
    const double kernel = KernelMilliseconds(request.messages.back().content);
    if (step_ > kWarmUp) {
      overhead_->kernel.push_back(kernel - kernel_);
      overhead_->wall.push_back(Milliseconds(CLOCK_MONOTONIC) - wall_ - overhead_->block_ms);
      overhead_->cpu.push_back(Milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_);
    }
    Reply reply;
    reply.finish = FinishReason::kStop;
    reply.content = step_ < kSteps ? Block() : "REFUSE: the measurement is over.";
    ++step_;
    kernel_ = kernel;
    overhead_->block_ms = 0;
    wall_ = Milliseconds(CLOCK_MONOTONIC);
    cpu_ = Milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    return reply;
  }

 private:
  // What the newest block printed.
  static double KernelMilliseconds(const std::string& observation) {
    const size_t at = observation.find("cpu_ns ");
    return at == std::string::npos ? 0 : std::strtod(observation.c_str() + at + 7, nullptr) * 1e-6;
  }
  std::string Block() const {
    static constexpr const char* kIntents[] = {
        "Read the users of the warehouse.", "Keep the best share by score.",
        "Write the audience with its holdout group.", "Work out recency and frequency."};
    const std::string number = std::to_string(step_);
    return std::string(kIntents[step_ % 4]) + "\n```python\nimport time\nvalue_" + number +
           " = [cdp_name for cdp_name in range(" + number + ")]\nprint(len(value_" + number +
           "), 'rows')\nprint('cpu_ns', time.process_time_ns())\n```\n";
  }

  Overhead* overhead_;
  int step_ = 0;
  double wall_ = 0, cpu_ = 0, kernel_ = 0;
};

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

Result<int> Run(const fs::path& index, const fs::path& python, const fs::path& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever, Retriever::Open(index));
  Overhead overhead;
  Environment environment = SystemEnvironment({});
  environment.start_kernel = [&overhead, start = environment.start_kernel](
                                 const SandboxPolicy& policy,
                                 HostCall call) -> Result<std::unique_ptr<Kernel>> {
    ASSIGN_OR_RETURN(std::unique_ptr<Kernel> kernel, start(policy, std::move(call)));
    return std::unique_ptr<Kernel>(std::make_unique<TimedKernel>(std::move(kernel), &overhead));
  };
  Task task;
  task.request = "Build a lookalike audience and write it with a holdout group.";
  task.session_dir = folder;
  task.policy.python = python;
  task.limits.steps = kSteps + 2;
  task.limits.retries = 0;
  InstantModel model(&overhead);
  ASSIGN_OR_RETURN(const Outcome outcome, RunTask(task, *retriever, model, environment, {}));
  if (overhead.wall.empty()) return BadInput("no step was measured: " + outcome.message);
  const double cpu = Median(overhead.cpu);
  const double kernel = Median(overhead.kernel);
  fmt::print("steps measured: {}\n", overhead.wall.size());
  fmt::print("overhead of a step, wall: median {:.2f} ms, 95% {:.2f} ms\n", Median(overhead.wall),
             Percentile(overhead.wall, 0.95));
  fmt::print("overhead of a step, CPU: median {:.2f} ms here, {:.2f} ms in the interpreter\n", cpu,
             kernel);
  return cpu + kernel <= kGoalMilliseconds ? 0 : 1;
}

}  // namespace
}  // namespace inhouse::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_step INDEX PYTHON FOLDER (a new session is made there)\n");
    return 2;
  }
  const auto done = inhouse::bench::Run(argv[1], argv[2], argv[3]);
  if (done.ok()) return *done;
  fmt::print(stderr, "bench_step: {}\n", done.error().message);
  return 3;
}
