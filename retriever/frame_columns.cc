#include "retriever/frame_columns.h"

#include <algorithm>
#include <cctype>

namespace inhouse {
namespace {

constexpr size_t kMaxColumns = 40;
// "id" or "x" stand in any text.
constexpr size_t kMinColumnName = 4;

bool IsNameByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool HasWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool starts = at == 0 || !IsNameByte(text[at - 1]);
    if (starts && (end == text.size() || !IsNameByte(text[end]))) return true;
  }
  return false;
}

bool Names(const Docstring& doc, std::string_view column) {
  const auto in = [column](const std::string& text) { return HasWord(text, column); };
  return in(doc.summary) || in(doc.description) || in(doc.returns) ||
         std::any_of(doc.examples.begin(), doc.examples.end(), in) ||
         std::any_of(doc.parameters.begin(), doc.parameters.end(),
                     [&](const DocParameter& parameter) { return in(parameter.description); });
}

}  // namespace

std::vector<std::string> ColumnsOf(std::string_view live_name) {
  std::vector<std::string> columns;
  const size_t type = live_name.find(": ");
  if (type == std::string_view::npos) return columns;
  const size_t list = live_name.find(": ", type + 2);
  if (list == std::string_view::npos) return columns;
  std::string_view rest = live_name.substr(list + 2);
  while (!rest.empty() && columns.size() < kMaxColumns) {
    const std::string_view entry = rest.substr(0, rest.find(", "));
    columns.emplace_back(entry.substr(0, entry.find(' ')));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 2));
  }
  std::erase_if(columns, [](const std::string& name) { return name.size() < kMinColumnName; });
  return columns;
}

size_t ColumnsNamed(const Docstring& doc, const std::vector<std::string>& columns) {
  return static_cast<size_t>(
      std::count_if(columns.begin(), columns.end(),
                    [&doc](const std::string& column) { return Names(doc, column); }));
}

}  // namespace inhouse
