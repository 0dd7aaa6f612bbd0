#include "retriever/indexed_text.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/python/python_parser.h"
#include "indexer/python/source_text.h"
#include "indexer/python/source_tree.h"

namespace inhouse {

std::optional<std::string> IndexedText(const FileRow& file) {
  if (file.role == FileRole::kNotebook || file.role == FileRole::kDocument) return std::nullopt;
  Result<std::string> bytes =
      ReadFile(std::filesystem::path(file.root) / RawPath(file.path), int64_t{kMaxSourceBytes});
  if (!bytes.ok() || Xxh3Hex(*bytes) != file.digest) return std::nullopt;
  Result<SourceText> text = DecodeSource(std::move(bytes).value());
  if (!text.ok()) return std::nullopt;
  return std::move(text->utf8);
}

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

}  // namespace inhouse
