#include "retriever/usage_examples.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

constexpr size_t kMaxCallersRead = 60;
constexpr int64_t kMaxFileBytes = int64_t{4} << 20;
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

// Lines first..last (from 1) of the text; "" if it has fewer.
std::string_view LinesOf(std::string_view text, int first, int last) {
  size_t begin = 0;
  for (int line = 1; line < first; ++line) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return {};
    ++begin;
  }
  size_t end = begin;
  for (int line = first; line <= last && end < text.size(); ++line) {
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  }
  return text.substr(begin, end - begin);
}

// The paths of one answer, each read once: text that still is what was indexed.
class SourceTexts {
 public:
  // nullopt if the file has changed, is gone, or holds no plain source.
  const std::optional<std::string>& Of(const FileRow& file) {
    const auto [at, added] = texts_.try_emplace(file.id);
    if (added) at->second = Read(file);
    return at->second;
  }

 private:
  static std::optional<std::string> Read(const FileRow& file) {
    // Lines of notebooks and documents are those of their code alone.
    if (file.role == FileRole::kNotebook || file.role == FileRole::kDocument) return std::nullopt;
    auto bytes = ReadFile(std::filesystem::path(file.root) / file.path, kMaxFileBytes);
    if (!bytes.ok() || Xxh3Hex(*bytes) != file.digest) return std::nullopt;
    return std::move(bytes).value();
  }

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

std::string Dedented(std::string_view lines) {
  constexpr size_t kNone = ~size_t{0};
  size_t indent = kNone;
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    const size_t text = line.find_first_not_of(" \t\r");
    if (text != std::string_view::npos) indent = std::min(indent, text);
    at = end + 1;
  }
  std::string dedented;
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    std::string_view line = lines.substr(at, end - at);
    line.remove_prefix(std::min(indent == kNone ? 0 : indent, line.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    dedented.append(line).append("\n");
    at = end + 1;
  }
  while (dedented.ends_with('\n')) dedented.pop_back();
  return dedented;
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
