// A Kernel that answers cells from a list, and remembers what it was given.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/kernel/kernel.h"

namespace inhouse::testing {

class FakeKernel : public Kernel {
 public:
  // `on_cell` may be empty: then every cell succeeds and prints nothing.
  explicit FakeKernel(std::function<CellResult(std::string_view code)> on_cell)
      : on_cell_(std::move(on_cell)) {}

  Result<CellResult> Execute(std::string_view code, std::chrono::milliseconds) override {
    cells.emplace_back(code);
    return on_cell_ ? on_cell_(code) : CellResult{};
  }
  Result<CellResult> Rerun(std::string_view code, std::chrono::milliseconds deadline,
                           int64_t) override {
    Result<CellResult> result = Execute(code, deadline);
    if (result.ok()) result->brokers_differed = reruns_differ;
    return result;
  }
  Result<std::vector<LiveName>> Names() override { return names; }
  Status Restart() override {
    ++restarts;
    return {};
  }

  bool reruns_differ = false;  // from what brokers were asked before
  int restarts = 0;
  std::vector<std::string> cells;
  std::vector<LiveName> names;

 private:
  std::function<CellResult(std::string_view)> on_cell_;
};

// Passes every call on to a kernel that the test keeps.
class BorrowedKernel : public Kernel {
 public:
  explicit BorrowedKernel(Kernel& kernel) : kernel_(kernel) {}
  Status AwaitReady() override { return kernel_.AwaitReady(); }
  Result<CellResult> Execute(std::string_view code, std::chrono::milliseconds deadline) override {
    return kernel_.Execute(code, deadline);
  }
  Result<CellResult> Rerun(std::string_view code, std::chrono::milliseconds deadline,
                           int64_t broker_turn) override {
    return kernel_.Rerun(code, deadline, broker_turn);
  }
  Result<std::vector<LiveName>> Names() override { return kernel_.Names(); }
  Status Restart() override { return kernel_.Restart(); }

 private:
  Kernel& kernel_;
};

inline CellResult Prints(std::string output) {
  CellResult result;
  result.output_bytes = static_cast<int64_t>(output.size());
  result.output = std::move(output);
  return result;
}

inline CellResult Raises(std::string type, std::string message) {
  CellResult result;
  result.outcome = CellOutcome::kError;
  result.traceback = "Traceback (most recent call last):\n  File \"<cell 1>\", line 1\n" + type +
                     ": " + message + "\n";
  result.error_type = std::move(type);
  result.error_message = std::move(message);
  return result;
}

}  // namespace inhouse::testing
