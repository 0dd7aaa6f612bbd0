// The folder of one run:
//   request.md      the request and each later message, word for word, with a line "---" between
//   trace.jsonl     every event (trace.h), bodies in blobs/
//   cell-output/    output of cells that the trace holds cut, whole
//   brokers.record  what brokers answered, for --resume and replay (broker_record.h)
//   script.py       the last final script that passed; also one that did not, if none passed
//                   (report.md says so)
//   failed_script.py  the last final script, if it failed after one that passed
//   outputs/        what the script left in /work, from its checked run:
//                   /work/audiences/x.parquet is outputs/audiences/x.parquet
//   session.ipynb   the cells with what they gave (notebook.h)
//   report.md       what was asked, what came of it, findings, provenance (report.h)
//
// A Session owns the folder's shape, not its content; values only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/task.h"
#include "agent/trace.h"
#include "indexer/base/result.h"

namespace inhouse {

class Session {
 public:
  // Makes the folder and writes request.md. Errors: kBadInput (there is something
  // else at that path, or the folder holds files), kStorage.
  static Result<Session> Create(const std::filesystem::path& folder, std::string_view request);

  // One that exists already. Errors: kBadInput (no session there).
  static Result<Session> Open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path outputs() const { return folder_ / "outputs"; }
  // For the second run of a script; removed by the gate.
  std::filesystem::path scratch() const { return folder_ / ".second-run"; }

  // Where a script that is being checked leaves its files: outputs/ always holds
  // those of the last script that passed.
  std::filesystem::path new_outputs() const { return folder_ / ".new-outputs"; }
  // What outputs/ holds, in order.
  std::vector<std::string> OutputFiles() const;
  // Writes script.py. Errors: kStorage.
  Status SaveScript(std::string_view script) const;
  // They take the place of outputs/. Errors: kStorage.
  Status TakeNewOutputs() const;

  // Writes request.md, script.py (or failed_script.py beside it), session.ipynb and report.md from
  // the outcome and the trace. Errors: kStorage, kBadInput (the trace cannot be read back).
  Status Finish(const Outcome& outcome) const;

 private:
  Status SaveLastScript(const Outcome& outcome) const;

  explicit Session(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace inhouse
