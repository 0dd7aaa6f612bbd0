#include "agent/session.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/notebook.h"
#include "agent/report.h"
#include "indexer/base/file_io.h"

namespace inhouse {

namespace fs = std::filesystem;

namespace {

std::string RequestText(const std::vector<TraceEvent>& events) {
  std::string text;
  for (const TraceEvent& event : events) {
    const bool begins = event.type == "task" && event.seq == 0;
    if (!begins && event.type != "observation") continue;
    const auto data = nlohmann::json::parse(event.data, nullptr, false);
    if (!begins && data.value("kind", "") != "follow-up") continue;
    if (!text.empty()) text += "\n---\n\n";
    text += data.value(begins ? "request" : "message", "");
    if (!text.ends_with('\n')) text.push_back('\n');
  }
  return text;
}

}  // namespace

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

std::vector<std::string> Session::OutputFiles() const {
  std::vector<std::string> files;
  std::error_code code;
  fs::recursive_directory_iterator it(outputs(), code);
  for (; !code && it != fs::recursive_directory_iterator(); it.increment(code)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    files.push_back(it->path().lexically_relative(outputs()).generic_string());
  }
  std::sort(files.begin(), files.end());
  return files;
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
  RETURN_IF_ERROR(WriteFileDurably(folder_ / "request.md", RequestText(events)));
  RETURN_IF_ERROR(WriteFileDurably(folder_ / "session.ipynb", BuildNotebook(events)));
  return WriteFileDurably(folder_ / "report.md", BuildReport(outcome, events));
}

}  // namespace inhouse
