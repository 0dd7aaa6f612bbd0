#include "retriever/usage_examples.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "retriever/indexed_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxCallersRead = 60;
constexpr size_t kMaxUsageBytes = 1200;
constexpr int kMaxUsageLines = 20;

struct Call {
  CallSiteRow site;
  const FileRow* file = nullptr;
};

int RoleRank(FileRole role) {
  switch (role) {
    case FileRole::kScript:
    case FileRole::kNotebook: return 0;
    case FileRole::kLibrary: return 1;
    case FileRole::kDocument: return 2;
    case FileRole::kTest: return 3;
  }
  return 3;
}

// The paths of one answer, each read once: text that still is what was indexed.
class SourceTexts {
 public:
  // nullopt if the file has changed, is gone, or holds no plain source.
  const std::optional<std::string>& Of(const FileRow& file) {
    const auto [at, added] = texts_.try_emplace(file.id);
    if (added) at->second = IndexedText(file);
    return at->second;
  }

 private:
  std::map<int64_t, std::optional<std::string>> texts_;
};

std::string Limited(std::string_view code) {
  if (code.size() <= kMaxUsageBytes) return std::string(code);
  const size_t end = code.rfind('\n', kMaxUsageBytes);
  if (end == std::string_view::npos) return "";
  return std::string(code.substr(0, end)) + "\n...";
}

std::string FromText(const std::string& text, const CallSite& call) {
  const SourceRange& range = call.statement.start_line > 0 ? call.statement : call.range;
  const int last = std::min(range.end_line, range.start_line + kMaxUsageLines - 1);
  return Limited(Dedented(LinesOf(text, range.start_line, last)));
}

// The usage chunk that holds the call.
Result<std::string> FromChunks(IndexView& view, std::string_view qualified_name, const Call& call) {
  ASSIGN_OR_RETURN(const auto chunks, view.catalog().ChunksOf(qualified_name));
  const int line = call.site.call.range.start_line;
  for (const ChunkRow& row : chunks) {
    const SourceRange& range = row.chunk.range;
    if (row.chunk.kind == ChunkKind::kUsage && row.file_id == call.site.file_id &&
        range.start_line <= line && line <= range.end_line) {
      return Limited(Dedented(row.chunk.body));
    }
  }
  return std::string();
}

Result<std::vector<Call>> ReadCalls(IndexView& view, std::string_view qualified_name) {
  std::vector<Call> calls;
  ASSIGN_OR_RETURN(auto sites, view.catalog().CallersOf(qualified_name, kMaxCallersRead));
  for (CallSiteRow& site : sites) {
    ASSIGN_OR_RETURN(const FileRow* file, view.File(site.file_id));
    if (file != nullptr) calls.push_back({std::move(site), file});
  }
  // Of each caller the first call, then the others.
  std::set<std::pair<int64_t, std::string>> callers;
  std::vector<std::pair<int, size_t>> order;
  for (size_t i = 0; i < calls.size(); ++i) {
    const CallSiteRow& site = calls[i].site;
    const bool first = callers.emplace(site.file_id, site.call.caller).second;
    order.emplace_back(RoleRank(calls[i].file->role) * 2 + (first ? 0 : 1), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<Call> sorted;
  sorted.reserve(order.size());
  for (const auto& [rank, i] : order) sorted.push_back(std::move(calls[i]));
  return sorted;
}

}  // namespace

Result<std::vector<UsageExample>> CallersOf(IndexView& view, std::string_view qualified_name,
                                            size_t limit) {
  std::vector<UsageExample> callers;
  ASSIGN_OR_RETURN(const std::vector<Call> calls, ReadCalls(view, qualified_name));
  std::set<std::pair<int64_t, std::string_view>> seen;
  for (const Call& call : calls) {
    if (callers.size() >= limit) break;
    if (!seen.emplace(call.site.file_id, call.site.call.caller).second) continue;
    callers.push_back(
        {call.file->path, call.site.call.range.start_line, call.site.call.caller, ""});
  }
  return callers;
}

Result<std::vector<UsageExample>> UsagesOf(IndexView& view, std::string_view qualified_name,
                                           size_t limit) {
  std::vector<UsageExample> usages;
  ASSIGN_OR_RETURN(const std::vector<Call> calls, ReadCalls(view, qualified_name));
  SourceTexts texts;
  std::set<std::string> seen;
  for (const Call& call : calls) {
    if (usages.size() >= limit) break;
    UsageExample usage;
    const std::optional<std::string>& text = texts.Of(*call.file);
    if (text.has_value()) {
      usage.code = FromText(*text, call.site.call);
    } else {
      ASSIGN_OR_RETURN(usage.code, FromChunks(view, qualified_name, call));
    }
    if (usage.code.empty() || !seen.insert(usage.code).second) continue;
    usage.path = call.file->path;
    usage.line = call.site.call.range.start_line;
    usage.caller = call.site.call.caller;
    usages.push_back(std::move(usage));
  }
  return usages;
}

}  // namespace inhouse
