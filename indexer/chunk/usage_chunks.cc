#include "indexer/chunk/usage_chunks.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "indexer/chunk/source_lines.h"

namespace inhouse {
namespace {

constexpr int kLinesAround = 3;
constexpr int kMaxStatementLines = 30;
constexpr size_t kMaxUsageBytes = 1500;
constexpr size_t kMaxUsageChunks = 500;  // of one file

std::string_view FirstPart(std::string_view dotted) { return dotted.substr(0, dotted.find('.')); }

// Lines that the function around a call covers; the whole file at module level.
struct LineSpan {
  int first = 1;
  int last = 0;
};

LineSpan SpanOf(const FileFacts& facts, const std::string& caller, const SourceLines& lines) {
  for (const Symbol& symbol : facts.symbols) {
    if (symbol.qualified_name != caller || symbol.kind == SymbolKind::kModule) continue;
    return {symbol.body_range.start_line, symbol.body_range.end_line};
  }
  return {1, lines.count()};
}

bool IsBlankLine(const SourceLines& lines, int line) {
  return lines.Lines(line, line).find_first_not_of(" \t\r") == std::string_view::npos;
}

// The statement and up to kLinesAround lines on each side, to the next blank line.
std::string CodeAround(const CallSite& call, const LineSpan& span, const SourceLines& lines) {
  int first = call.statement.start_line;
  int last = std::min(call.statement.end_line, first + kMaxStatementLines);
  for (int i = 0; i < kLinesAround && first > span.first && !IsBlankLine(lines, first - 1); ++i) {
    --first;
  }
  for (int i = 0; i < kLinesAround && last < span.last && !IsBlankLine(lines, last + 1); ++i) {
    ++last;
  }
  return DedentAndCut(lines.Lines(first, last), kMaxUsageBytes);
}

Chunk UsageChunk(const std::string& target, std::string body, const SourceRange& range) {
  Chunk chunk;
  chunk.kind = ChunkKind::kUsage;
  chunk.symbol = target;
  chunk.name = WordsOfName(target);
  chunk.body = std::move(body);
  chunk.range = range;
  return chunk;
}

// True if the target is a name of an indexed package, and none of a function's own.
bool IsIndexed(const std::string& target, const ChunkOptions& options) {
  const std::string_view package = FirstPart(target);
  return !target.empty() && package != target && options.packages.contains(package) &&
         target.find("<locals>") == std::string::npos;
}

// What docstrings show: a library's own names too, that is what they are for.
void AddDocExamples(const FileFacts& facts, const ChunkOptions& options,
                    std::set<std::string_view>* shown, std::vector<Chunk>* chunks) {
  for (const DocExample& example : facts.doc_examples) {
    const SourceLines lines(example.code);
    for (const CallSite& call : example.calls) {
      if (chunks->size() >= kMaxUsageChunks) return;
      if (!IsIndexed(call.target, options) || !shown->insert(call.target).second) continue;
      chunks->push_back(
          UsageChunk(call.target, CodeAround(call, {1, lines.count()}, lines), example.range));
    }
  }
}

}  // namespace

std::vector<Chunk> MakeUsageChunks(const FileFacts& facts, std::string_view text,
                                   const ChunkOptions& options) {
  std::vector<Chunk> chunks;
  std::set<std::string_view> shown;
  const SourceLines lines(text);
  const std::string_view own = FirstPart(facts.module);
  const bool is_library = facts.role == FileRole::kLibrary;
  for (const CallSite& call : facts.call_sites) {
    if (chunks.size() >= kMaxUsageChunks) break;
    if (!IsIndexed(call.target, options)) continue;
    if (is_library && FirstPart(call.target) == own) continue;
    if (!shown.insert(call.target).second) continue;
    chunks.push_back(UsageChunk(
        call.target, CodeAround(call, SpanOf(facts, call.caller, lines), lines), call.statement));
  }
  AddDocExamples(facts, options, &shown, &chunks);
  return chunks;
}

}  // namespace inhouse
