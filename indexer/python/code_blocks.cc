#include "indexer/python/code_blocks.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace inhouse {
namespace {

using Json = nlohmann::json;

constexpr int kMaxNesting = 200;

// Nesting of brackets outside strings, at its deepest.
int NestingOf(std::string_view json) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      deepest = std::max(deepest, ++depth);
    } else if (!in_string && (c == '}' || c == ']')) {
      --depth;
    }
  }
  return deepest;
}

// A cell's source: one string, or a list of lines.
std::string SourceOf(const Json& cell) {
  for (const char* key : {"source", "input"}) {
    const auto found = cell.find(key);
    if (found == cell.end()) continue;
    if (found->is_string()) return found->get<std::string>();
    std::string text;
    if (!found->is_array()) continue;
    for (const Json& line : *found) {
      if (line.is_string()) text += line.get_ref<const std::string&>();
    }
    return text;
  }
  return "";
}

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n')); }

bool IsShellLine(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  line.remove_prefix(first);
  return line[0] == '%' || line[0] == '!' || line[0] == '?' || line.ends_with('?');
}

// `%timeit f()` → `#timeit f()`.
void CommentShellLines(std::string* code) {
  for (size_t at = 0; at < code->size();) {
    const std::string_view line = FirstLine(std::string_view(*code).substr(at));
    const size_t length = line.size();
    if (IsShellLine(line)) (*code)[at + line.find_first_not_of(" \t")] = '#';
    at += length + 1;
  }
}

bool IsCode(const Json& cell) {
  if (!cell.is_object()) return false;
  const auto kind = cell.find("cell_type");
  return kind != cell.end() && kind->is_string() && kind->get_ref<const std::string&>() == "code";
}

void AddCells(const Json& cells, std::string* code) {
  if (!cells.is_array()) return;
  for (const Json& cell : cells) {
    if (!IsCode(cell)) continue;
    std::string source = SourceOf(cell);
    const std::string_view head = FirstLine(source);
    const bool other =
        head.starts_with("%%") && !head.starts_with("%%time") && !head.starts_with("%%capture");
    if (other || source.empty()) continue;
    CommentShellLines(&source);
    *code += source;
    *code += source.back() == '\n' ? "\n" : "\n\n";
  }
}

struct Fence {
  bool open = false;
  bool python = false;
  char mark = '`';
  size_t length = 0;
};

// "```python" after up to three blanks. 0 if it is no fence.
size_t FenceLength(std::string_view line, char* mark, std::string_view* info) {
  const size_t first = line.find_first_not_of(' ');
  if (first == std::string_view::npos) return 0;
  line.remove_prefix(first);
  *mark = line[0];
  if (*mark != '`' && *mark != '~') return 0;
  const size_t length = std::min(line.find_first_not_of(*mark), line.size());
  *info = line.substr(length);
  return length >= 3 ? length : 0;
}

bool IsPython(std::string_view info) {
  const size_t first = info.find_first_not_of(" {.");
  if (first == std::string_view::npos) return false;
  info.remove_prefix(first);
  const std::string_view language = info.substr(0, info.find_first_of(" ,}:\r"));
  return language == "python" || language == "py" || language == "pycon" || language == "python3";
}

// True if the line stays (prompts blanked).
bool KeepPrompted(std::string* line) {
  const size_t first = line->find_first_not_of(' ');
  if (first == std::string::npos) return false;
  const std::string_view rest = std::string_view(*line).substr(first);
  if (!rest.starts_with(">>>") && !rest.starts_with("...")) return false;
  line->erase(0, std::min(first + 4, line->size()));
  return true;
}

void Blank(std::string_view line, std::string* out) {
  for (const char c : line) out->push_back(c == '\r' ? '\r' : ' ');
}

// One block's lines → code of the same length.
void AddBlock(const std::vector<std::string_view>& lines, std::string* out) {
  const bool session = std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    const size_t first = line.find_first_not_of(' ');
    return first != std::string_view::npos && line.substr(first).starts_with(">>> ");
  });
  for (const std::string_view line : lines) {
    std::string kept(line);
    if (!session) {
      *out += kept;
    } else if (KeepPrompted(&kept)) {
      // The code moves to the line's begin; blanks after it keep the length.
      const size_t missing = line.size() - kept.size();
      const bool carriage = !kept.empty() && kept.back() == '\r';
      *out += kept.substr(0, kept.size() - (carriage ? 1 : 0)) + std::string(missing, ' ');
      if (carriage) out->push_back('\r');
    } else {
      Blank(line, out);
    }
    out->push_back('\n');
  }
}

size_t IndentOf(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool IsBlankLine(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// ".. code-block:: python" and its relatives.
bool OpensPython(std::string_view line) {
  line.remove_prefix(IndentOf(line));
  for (const std::string_view name : {".. code-block::", ".. code::", ".. sourcecode::"}) {
    if (line.starts_with(name)) return IsPython(line.substr(name.size()));
  }
  return line.starts_with(".. ipython::");
}

// One text's lines, block by block.
class ReStructuredText {
 public:
  explicit ReStructuredText(std::string_view text) : size_(text.size()) {
    while (!text.empty()) {
      lines_.push_back(FirstLine(text));
      text.remove_prefix(std::min(lines_.back().size() + 1, text.size()));
    }
  }

  std::string Code() {
    out_.reserve(size_ + 1);
    while (at_ < lines_.size()) {
      const std::string_view line = lines_[at_];
      if (line.substr(IndentOf(line)).starts_with(">>> ")) {
        TakeSession();
        continue;
      }
      DropLine();
      if (OpensPython(line)) TakeDirective(IndentOf(line));
    }
    out_.resize(size_);  // without the line break that a last line does not have
    return std::move(out_);
  }

 private:
  void DropLine() {
    Blank(lines_[at_++], &out_);
    out_.push_back('\n');
  }

  // Up to the next blank line.
  void TakeSession() {
    std::vector<std::string_view> block;
    while (at_ < lines_.size() && !IsBlankLine(lines_[at_])) block.push_back(lines_[at_++]);
    AddBlock(block, &out_);
  }

  // Options, then what is indented deeper than the directive.
  void TakeDirective(size_t indent) {
    const auto inside = [&] {
      return at_ < lines_.size() && (IsBlankLine(lines_[at_]) || IndentOf(lines_[at_]) > indent);
    };
    while (inside() && (IsBlankLine(lines_[at_]) ||
                        lines_[at_].substr(IndentOf(lines_[at_])).starts_with(':'))) {
      DropLine();
    }
    std::vector<std::string_view> block;
    size_t common = std::string_view::npos;
    for (; inside(); ++at_) {
      block.push_back(lines_[at_]);
      if (!IsBlankLine(lines_[at_])) common = std::min(common, IndentOf(lines_[at_]));
    }
    std::vector<std::string> moved;
    moved.reserve(block.size());
    for (const std::string_view line : block) moved.push_back(Moved(line, common));
    AddBlock({moved.begin(), moved.end()}, &out_);
  }

  // The indentation goes behind the code, so that the line keeps its length.
  static std::string Moved(std::string_view line, size_t indent) {
    const size_t cut = std::min({indent, IndentOf(line), line.size()});
    const bool carriage = line.ends_with('\r');
    std::string text(line.substr(cut, line.size() - cut - (carriage ? 1 : 0)));
    text.append(cut, ' ');
    if (carriage) text.push_back('\r');
    return text;
  }

  const size_t size_;
  std::vector<std::string_view> lines_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

Result<std::string> CodeOfNotebook(std::string_view json) {
  if (NestingOf(json) > kMaxNesting) return Error{ErrorKind::kBadInput, "nested too deeply"};
  const Json notebook = Json::parse(json, nullptr, false);
  if (!notebook.is_object()) return Error{ErrorKind::kBadInput, "not a notebook (no JSON object)"};
  std::string code;
  const auto cells = notebook.find("cells");
  if (cells != notebook.end()) {
    AddCells(*cells, &code);
    return code;
  }
  const auto sheets = notebook.find("worksheets");
  if (sheets == notebook.end() || !sheets->is_array()) {
    return Error{ErrorKind::kBadInput, "not a notebook (no cells)"};
  }
  for (const Json& sheet : *sheets) {
    if (sheet.is_object() && sheet.contains("cells")) AddCells(sheet["cells"], &code);
  }
  return code;
}

std::string CodeOfMarkdown(std::string_view text) {
  std::string out;
  const size_t size = text.size();
  out.reserve(size + 1);
  Fence fence;
  std::vector<std::string_view> block;
  while (!text.empty()) {
    const std::string_view line = FirstLine(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    char mark = 0;
    std::string_view info;
    const size_t length = FenceLength(line, &mark, &info);
    const bool closes = fence.open && length >= fence.length && mark == fence.mark &&
                        info.find_first_not_of(" \r") == std::string_view::npos;
    if (fence.open && !closes && fence.python) {
      block.push_back(line);
      continue;
    }
    AddBlock(block, &out);
    block.clear();
    Blank(line, &out);
    out.push_back('\n');
    if (closes) {
      fence.open = false;
    } else if (!fence.open && length > 0) {
      fence = {true, IsPython(info), mark, length};
    }
  }
  AddBlock(block, &out);
  out.resize(size);  // without the line break that a last line does not have
  return out;
}

std::string CodeOfReStructuredText(std::string_view text) { return ReStructuredText(text).Code(); }

}  // namespace inhouse
