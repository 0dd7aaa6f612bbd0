#include "indexer/chunk/chunker.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "indexer/chunk/source_lines.h"
#include "indexer/chunk/symbol_text.h"
#include "indexer/chunk/usage_chunks.h"

namespace inhouse {
namespace {

constexpr size_t kMaxMembers = 200;  // listed in one summary

class Chunker {
 public:
  Chunker(const FileFacts& facts, std::string_view text)
      : facts_(facts), text_(text), lines_(text) {
    for (const Symbol& symbol : facts.symbols) members_[symbol.parent].push_back(&symbol);
  }

  std::vector<Chunk> Run() {
    for (const Symbol& symbol : facts_.symbols) {
      if (symbol.qualified_name.find("<locals>") != std::string::npos) continue;
      if (IsChunked(symbol)) chunks_.push_back(ChunkOf(symbol));
    }
    return std::move(chunks_);
  }

 private:
  bool IsChunked(const Symbol& symbol) const {
    const bool variable =
        symbol.kind == SymbolKind::kConstant || symbol.kind == SymbolKind::kTypeAlias;
    if (symbol.kind == SymbolKind::kField) return false;
    if (symbol.kind == SymbolKind::kModule) return HasOverview(symbol);
    return !variable || facts_.role == FileRole::kLibrary;
  }

  // An empty script or __init__ says nothing.
  bool HasOverview(const Symbol& module) const {
    return !module.doc.empty() || facts_.symbols.size() > 1 || !facts_.exported.empty() ||
           !facts_.imports.empty();
  }

  Chunk ChunkOf(const Symbol& symbol) const {
    Chunk chunk;
    chunk.symbol = symbol.qualified_name;
    chunk.name = WordsOfName(symbol.qualified_name);
    chunk.signature = DeclarationOf(symbol);
    chunk.doc = DocTextOf(symbol);
    chunk.range = symbol.range;
    if (symbol.kind == SymbolKind::kModule) {
      chunk.kind = ChunkKind::kModuleOverview;
      chunk.body = OverviewOf(symbol);
    } else if (symbol.kind == SymbolKind::kClass) {
      chunk.kind = ChunkKind::kClassSummary;
      chunk.body = MembersText(symbol);
    } else {
      chunk.body = BodyOf(symbol);
    }
    return chunk;
  }

  std::string BodyOf(const Symbol& symbol) const {
    const SourceRange& body = symbol.body_range;
    if (body.end_byte <= body.start_byte) {
      return DedentAndCut(lines_.Lines(symbol.range.start_line, symbol.range.end_line),
                          kMaxBodyBytes);
    }
    // From the line's begin, so that the first line is indented as the others are.
    const std::string_view line = lines_.Lines(body.start_line, body.start_line);
    const size_t line_begin = static_cast<size_t>(line.data() - text_.data());
    const std::string_view before =
        text_.substr(line_begin, std::max<size_t>(body.start_byte, line_begin) - line_begin);
    const bool own_line = before.find_first_not_of(" \t") == std::string_view::npos;
    const size_t begin = own_line ? line_begin : body.start_byte;
    return DedentAndCut(WithoutDocstring(text_.substr(begin, body.end_byte - begin)),
                        kMaxBodyBytes);
  }

  std::string MembersText(const Symbol& owner) const {
    std::string text;
    const auto found = members_.find(owner.qualified_name);
    if (found == members_.end()) return text;
    size_t listed = 0;
    for (const Symbol* member : found->second) {
      const bool special = member->name.starts_with("__") && member->name.ends_with("__");
      if (member == &owner || (!member->is_public && !special)) continue;
      if (++listed > kMaxMembers || text.size() > kMaxBodyBytes / 2) break;
      AddMember(*member, &text);
    }
    return text;
  }

  static void AddMember(const Symbol& member, std::string* text) {
    if (!text->empty()) text->push_back('\n');
    *text += DeclarationOf(member);
    if (!member.doc.summary.empty()) text->append("  # ").append(member.doc.summary);
  }

  // What a module defines, and what a package passes on.
  std::string OverviewOf(const Symbol& module) const {
    std::string text = MembersText(module);
    std::string names;
    for (const Import& import : facts_.imports) {
      if (import.scope != module.qualified_name || import.name.empty() || import.name == "*" ||
          names.size() > kMaxBodyBytes / 4) {
        continue;
      }
      const bool own = import.module.substr(0, import.module.find('.')) ==
                       facts_.module.substr(0, facts_.module.find('.'));
      if (!own || import.alias.starts_with('_')) continue;
      if (!names.empty()) names += ", ";
      names += import.alias;
    }
    if (!names.empty()) text.append(text.empty() ? "" : "\n").append("re-exports ").append(names);
    return text;
  }

  const FileFacts& facts_;
  const std::string_view text_;
  const SourceLines lines_;
  std::unordered_map<std::string_view, std::vector<const Symbol*>> members_;
  std::vector<Chunk> chunks_;
};

}  // namespace

std::vector<Chunk> MakeChunks(const FileFacts& facts, std::string_view text,
                              const ChunkOptions& options) {
  std::vector<Chunk> chunks = Chunker(facts, text).Run();
  std::vector<Chunk> usage = MakeUsageChunks(facts, text, options);
  chunks.insert(chunks.end(), std::make_move_iterator(usage.begin()),
                std::make_move_iterator(usage.end()));
  return chunks;
}

}  // namespace inhouse
