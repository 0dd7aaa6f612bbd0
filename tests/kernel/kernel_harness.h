// What the tests of the kernel and of its sandbox share: a policy with the
// product's own Python, small limits and short grace times; a kernel that must
// start; cells that must not fail to be answered.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "agent/kernel/python_kernel.h"

namespace inhouse::testing {

inline SandboxPolicy SmallPolicy() {
  SandboxPolicy policy;
  policy.python = INHOUSE_SOURCE_DIR "/.venv/bin/python";
  policy.limits.work_bytes = int64_t{8} << 20;
  policy.limits.tmp_bytes = int64_t{8} << 20;
  policy.limits.file_bytes = int64_t{4} << 20;
  policy.limits.processes = 64;
  policy.limits.grace = std::chrono::milliseconds(500);
  return policy;
}

inline std::unique_ptr<PythonKernel> Start(const SandboxPolicy& policy,
                                           HostCall host_call = nullptr) {
  auto kernel = StartPythonKernel(policy, std::move(host_call));
  if (!kernel.ok()) {
    ADD_FAILURE() << "no kernel: " << kernel.error().message;
    std::abort();
  }
  return std::move(kernel).value();
}

inline CellResult RunCell(Kernel& kernel, std::string_view code,
                          std::chrono::milliseconds deadline = std::chrono::seconds(60)) {
  Result<CellResult> result = kernel.Execute(code, deadline);
  if (result.ok()) return std::move(result).value();
  ADD_FAILURE() << "no result: " << result.error().message;
  return {};
}

// All that a result says, for the message of a failed expectation.
inline std::string Describe(const CellResult& result) {
  return std::string(CellOutcomeName(result.outcome)) + (result.state_lost ? " (state lost)" : "") +
         "\ndisplay: " + result.display + "\noutput: " + result.output +
         "\nerror: " + result.error_type + ": " + result.error_message + "\n" + result.traceback;
}

}  // namespace inhouse::testing
