// The persistent Python that runs a model's cells. Imports, variables and
// functions stay alive from cell to cell, as in a notebook.
//
// A cell that fails, times out, floods its output or kills the interpreter is
// a CellResult, never an Error: Errors mean that no kernel can be had at all
// (kSandbox) or that the user interrupted (kInterrupted). Everything that
// comes from the kernel is untrusted data. A Kernel belongs to the thread that
// started it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

enum class CellOutcome {
  kOk,
  kError,       // Python raised
  kTimeout,     // deadline passed; interrupted (state kept) or killed (state lost)
  kKernelDied,  // the interpreter is gone: os._exit, segfault, out of memory
};
const char* CellOutcomeName(CellOutcome outcome);

struct Figure {
  std::string name;  // "figure-1.png"
  std::string png;   // bytes
};

struct CellResult {
  CellOutcome outcome = CellOutcome::kOk;
  bool state_lost = false;   // the kernel was restarted; earlier names are gone
  std::string output;        // stdout and stderr as written, cut in the middle past the limit
  int64_t output_bytes = 0;  // before cutting
  std::string output_file;   // holds it whole: name in SandboxPolicy::output_folder; "" if not cut
  std::string display;       // repr of the last expression, frames as compact tables
  std::vector<std::string> warnings;
  std::string error_type;  // "KeyError"
  std::string error_message;
  std::string traceback;  // the cell's own frames with their source lines
  int error_line = 0;     // 1-based line in the cell, 0 if unknown
  std::vector<Figure> figures;
  double seconds = 0;
  int64_t peak_memory_bytes = 0;
  std::vector<std::string> broker_uses;  // meanwhile, in words (broker_relay.h)
  int64_t broker_turn = 0;               // under which they are recorded, 0: not at all
  // Rerun: the cell asked its brokers something else than before, or they were not recorded;
  // what it left is not what it had left.
  bool brokers_differed = false;
};

// A live global of the kernel.
struct LiveName {
  std::string name;
  std::string type;    // "DataFrame", "function", ...
  std::string detail;  // "50000 x 7: user_id int64, purch_freq float64, ..."; no cell values
};

// Answers a question of a running cell: ("find_api", {"query": …}) → JSON text.
using HostCall =
    std::function<Result<std::string>(std::string_view name, std::string_view arguments_json)>;

class Kernel {
 public:
  virtual ~Kernel() = default;

  // Waits until it is known that cells can run, and confined; at once after the first time. Errors:
  // kSandbox (why not, with the remedy).
  virtual Status AwaitReady() { return {}; }
  virtual Result<CellResult> Execute(std::string_view code, std::chrono::milliseconds deadline) = 0;
  // Runs a cell that ran before once more, for what it leaves. Brokers are not asked:
  // they answer as in `broker_turn` of the record (0: refuse).
  virtual Result<CellResult> Rerun(std::string_view code, std::chrono::milliseconds deadline,
                                   int64_t broker_turn) {
    static_cast<void>(broker_turn);  // a kernel without brokers
    return Execute(code, deadline);
  }
  virtual Result<std::vector<LiveName>> Names() = 0;
  // Fresh interpreter, empty work folder.
  virtual Status Restart() = 0;
};

}  // namespace inhouse
