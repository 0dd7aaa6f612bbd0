// The sandboxed persistent Python kernel (see kernel.h for the contract).
//
//   ASSIGN_OR_RETURN(auto kernel, StartPythonKernel(policy, answer_host_call));
//   ASSIGN_OR_RETURN(CellResult result, kernel->Execute("1 + 1", std::chrono::seconds(60)));
//
// StartPythonKernel returns at once: interpreter and canary come up beside the
// preparation of the first prompt, the usual imports beside the first model call.
// What keeps the sandbox from confining is an Error of AwaitReady or of the first use.
//
// At a cell's deadline the interpreter gets SIGINT and keeps its state; if it
// does not yield within the grace time it is killed, started anew, and its
// state rebuilt by running the cells that had succeeded; brokers then answer from
// the record of the run, and are not asked again. If that works, the
// result's state_lost is false; if not, the interpreter is fresh and empty. It
// is not tried after forged frames, nor for a third interpreter lost in a row:
// then a cell that seemed to succeed may be the cause.
// What is lost while no cell runs is said by the next Execute, which runs nothing.
// Files of the work folder go with a killed interpreter, as it wrote them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/kernel/copy_out.h"
#include "agent/kernel/kernel.h"
#include "agent/kernel/ready_sandbox.h"
#include "agent/kernel/sandbox_policy.h"

namespace inhouse {

class PythonKernel : public Kernel {
 public:
  PythonKernel(SandboxPolicy policy, HostCall host_call, StartingSandbox sandbox);
  ~PythonKernel() override;

  // Until the interpreter has answered and its canary has passed; every other call does it too.
  Status AwaitReady() override;
  Result<CellResult> Execute(std::string_view code, std::chrono::milliseconds deadline) override;
  Result<CellResult> Rerun(std::string_view code, std::chrono::milliseconds deadline,
                           int64_t broker_turn) override;
  Result<std::vector<LiveName>> Names() override;
  Status Restart() override;

  // Copies the work folder out; works after the interpreter died too.
  Result<CopyReport> CopyWork(const std::filesystem::path& destination, const CopyLimits& limits);
  // "" before the first use.
  const std::string& python_version() const { return sandbox_.python_version; }
  // Polled while a cell runs; true interrupts the cell (Ctrl-C of the user).
  void set_interrupted(std::function<bool()> interrupted) { interrupted_ = std::move(interrupted); }

 private:
  struct Exchange;

  // One question while the sandbox runs; before and after it nothing there does.
  Exchange Ask(const nlohmann::json& question, std::chrono::milliseconds deadline,
               OutputCollector* output);
  Exchange AskRunning(const nlohmann::json& question, std::chrono::milliseconds deadline,
                      OutputCollector* output);
  bool Answer(const nlohmann::json& call, bool too_many);
  bool ServeFrame(Exchange* exchange);
  CellResult EndedResult(const Exchange& exchange);
  Status BeginBrokers(std::optional<int64_t> recorded, CellResult* result);
  void EndBrokers(std::optional<int64_t> recorded, CellResult* result);
  Result<CellResult> Run(std::string_view code, std::chrono::milliseconds deadline,
                         std::optional<int64_t> recorded);
  Result<CellResult> RunAndRecover(std::string_view code, std::chrono::milliseconds deadline,
                                   std::optional<int64_t> recorded);
  Status RunAgain(bool* complete);
  Status Rebuild(CellResult* result);
  Status Recover(CellResult* result);

  SandboxPolicy policy_;
  HostCall host_call_;
  std::function<bool()> interrupted_;
  std::optional<StartingSandbox> starting_;  // until the first use
  ReadySandbox sandbox_;
  int64_t seq_ = 0;
  int lost_in_a_row_ = 0;       // cells in a row that ended the interpreter
  bool lost_between_ = false;   // the state went while no cell ran, and was not yet said
  bool frames_forged_ = false;  // by a cell: what "succeeded" cannot be trusted
  struct Cell {
    std::string code;
    double seconds;
    int64_t broker_turn;
  };
  std::vector<Cell> succeeded_;  // to rebuild the state from
};

Result<std::unique_ptr<PythonKernel>> StartPythonKernel(const SandboxPolicy& policy,
                                                        HostCall host_call);

}  // namespace inhouse
