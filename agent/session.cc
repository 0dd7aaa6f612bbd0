#include "agent/session.h"

#include "agent/notebook.h"
#include "agent/report.h"
#include "indexer/base/file_io.h"

namespace inhouse {

namespace fs = std::filesystem;

Result<Session> Session::Create(const fs::path& folder, std::string_view request) {
  if (folder.empty()) return BadInput("a run needs a session folder: give one with --out");
  std::error_code code;
  const fs::file_status status = fs::status(folder, code);
  if (fs::exists(status)) {
    if (!fs::is_directory(status)) {
      return BadInput(folder.string() + " is no folder; give an empty or a new one");
    }
    const bool empty = fs::is_empty(folder, code);
    if (code) return BadInput("cannot read " + folder.string() + ": " + code.message());
    if (!empty) {
      return BadInput("the session folder " + folder.string() +
                      " holds files already; give an empty or a new one");
    }
  }
  RETURN_IF_ERROR(MakeFolder(folder / "outputs"));
  std::string text(request);
  if (!text.ends_with('\n')) text.push_back('\n');
  RETURN_IF_ERROR(WriteFileDurably(folder / "request.md", text));
  return Session(folder);
}

Result<Session> Session::Open(const fs::path& folder) {
  std::error_code code;
  if (!fs::is_regular_file(folder / "trace.jsonl", code)) {
    return BadInput(folder.string() +
                    " is no session: it has no trace.jsonl; give the folder of an earlier run");
  }
  RETURN_IF_ERROR(MakeFolder(folder / "outputs"));
  return Session(folder);
}

Status Session::SaveScript(std::string_view script) const {
  return WriteFileDurably(folder_ / "script.py", script);
}

Status Session::TakeNewOutputs() const {
  std::error_code code;
  fs::remove_all(outputs(), code);
  if (!code) fs::rename(new_outputs(), outputs(), code);
  if (!code) return {};
  return StorageError("cannot replace " + outputs().string() + ": " + code.message());
}

// What passed stays, with its outputs; what failed after it stands beside it.
Status Session::SaveLastScript(const Outcome& outcome) const {
  std::error_code ignored;
  fs::remove(folder_ / kFailedScript, ignored);
  if (outcome.script.empty()) return {};
  if (FailedAfterAccepted(outcome)) {
    return WriteFileDurably(folder_ / kFailedScript, outcome.script);
  }
  // Without one that failed the accepted script is there; it may have been edited in a review.
  if (!outcome.accepted.empty() && outcome.kind != OutcomeKind::kDone) return {};
  return SaveScript(outcome.script);
}

Status Session::Finish(const Outcome& outcome) const {
  std::error_code ignored;
  fs::remove_all(scratch(), ignored);
  fs::remove_all(new_outputs(), ignored);
  RETURN_IF_ERROR(SaveLastScript(outcome));
  ASSIGN_OR_RETURN(const std::vector<TraceEvent> events, ReadTrace(folder_));
  RETURN_IF_ERROR(WriteFileDurably(folder_ / "session.ipynb", BuildNotebook(events)));
  return WriteFileDurably(folder_ / "report.md", BuildReport(outcome, events));
}

}  // namespace inhouse
