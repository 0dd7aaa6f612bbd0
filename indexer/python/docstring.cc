#include "indexer/python/docstring.h"

#include <algorithm>
#include <array>
#include <vector>

#include "indexer/python/doc_text.h"
#include "indexer/python/source_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxDocBytes = 64 << 10;
constexpr size_t kMaxEntries = 100;

enum class Section { kNone, kParameters, kAttributes, kReturns, kRaises, kExamples, kOther };

Section SectionNamed(std::string_view title) {
  struct Name {
    std::string_view title;
    Section section;
  };
  static constexpr std::array<Name, 28> kNames = {{
      {"args", Section::kParameters},
      {"arguments", Section::kParameters},
      {"parameters", Section::kParameters},
      {"params", Section::kParameters},
      {"keyword args", Section::kParameters},
      {"keyword arguments", Section::kParameters},
      {"other parameters", Section::kParameters},
      {"attributes", Section::kAttributes},
      {"returns", Section::kReturns},
      {"return", Section::kReturns},
      {"yields", Section::kReturns},
      {"raises", Section::kRaises},
      {"raise", Section::kRaises},
      {"except", Section::kRaises},
      {"exceptions", Section::kRaises},
      {"example", Section::kExamples},
      {"examples", Section::kExamples},
      {"usage", Section::kExamples},
      {"note", Section::kOther},
      {"notes", Section::kOther},
      {"warning", Section::kOther},
      {"warnings", Section::kOther},
      {"warns", Section::kOther},
      {"see also", Section::kOther},
      {"references", Section::kOther},
      {"todo", Section::kOther},
      {"methods", Section::kOther},
      {"deprecated", Section::kOther},
  }};
  const std::string lower = Lower(title);
  for (const Name& name : kNames) {
    if (name.title == lower) return name.section;
  }
  return Section::kNone;
}

bool IsUnderline(std::string_view line) {
  const std::string_view text = Strip(line);
  return text.size() >= 3 && text.find_first_not_of(text[0]) == std::string_view::npos &&
         (text[0] == '-' || text[0] == '=' || text[0] == '~');
}

// The colon that ends the head of a Google entry: outside brackets.
size_t HeadEnd(std::string_view line) {
  int depth = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '(' || line[i] == '[') ++depth;
    if (line[i] == ')' || line[i] == ']') --depth;
    if (line[i] == ':' && depth <= 0 && (i + 1 == line.size() || line[i + 1] == ' ')) return i;
  }
  return std::string_view::npos;
}

bool IsOneName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return IsNameByte(c) || c == '*' || c == '`' || c == '\\' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

// "x", "**kwargs", "x, y", "`a.b`": nothing but names.
bool AreNames(std::string_view text) {
  for (;;) {
    const size_t comma = text.find(',');
    if (!IsOneName(Strip(text.substr(0, comma)))) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

// Without stars, backquotes and the backslashes that reST wants before stars.
std::string BareName(std::string_view text) {
  std::string name;
  for (const char c : Strip(text)) {
    if (c != '*' && c != '`' && c != '\\') name.push_back(c);
  }
  return name;
}

// "name (int, optional)", "name : int" or "name: int" → name and type.
DocParameter SplitNameAndType(std::string_view head) {
  const size_t spaced = head.find(" : ");
  const size_t colon = spaced != std::string_view::npos ? spaced + 1 : HeadEnd(head);
  const size_t open = head.find(" (");
  std::string_view name = head, type;
  if (colon != std::string_view::npos && AreNames(head.substr(0, colon))) {
    name = head.substr(0, colon);
    type = head.substr(colon + 1);
  } else if (open != std::string_view::npos && head.ends_with(')')) {
    name = head.substr(0, open);
    type = head.substr(open + 2, head.size() - open - 3);
  }
  DocParameter parameter;
  const bool several = name.find(',') != std::string_view::npos;
  parameter.name = several ? std::string(Strip(name)) : BareName(name);
  parameter.type = Strip(type);
  return parameter;
}

class DocParser {
 public:
  explicit DocParser(std::string_view raw) : lines_(SplitLines(CleanDocstring(raw))) {}

  Docstring Parse() {
    while (at_ < lines_.size()) Step();
    FinishProse();
    // A record class may describe its fields as attributes alone.
    if (doc_.parameters.empty()) doc_.parameters = std::move(attributes_);
    return std::move(doc_);
  }

 private:
  void Step() {
    const std::string& line = lines_[at_];
    const std::string_view text = Strip(line);
    if (at_ + 1 < lines_.size() && IsUnderline(lines_[at_ + 1]) && !text.empty()) {
      const Section section = SectionNamed(text);
      if (section != Section::kNone) {
        at_ += 2;
        return ReadNumpySection(section);
      }
    }
    if (text.ends_with(':') && Indent(line) == 0) {
      const Section section = SectionNamed(text.substr(0, text.size() - 1));
      if (section != Section::kNone && SectionFollows()) {
        ++at_;
        return ReadSection(section, std::string(text));
      }
    }
    if (text.starts_with(".. ") && text.find("::") != std::string_view::npos)
      return TakeDirective();
    if (text.starts_with(':') && ReadField()) return;
    if (text.starts_with(">>> ")) return ReadDoctest();
    prose_.push_back(line);
    ++at_;
  }

  // A section's body is indented deeper than its title.
  bool SectionFollows() const {
    for (size_t i = at_ + 1; i < lines_.size(); ++i) {
      if (!IsBlank(lines_[i])) return Indent(lines_[i]) > 0;
    }
    return false;
  }

  // A doctest among the prose: up to the next blank line.
  void ReadDoctest() {
    std::vector<std::string> body;
    while (at_ < lines_.size() && !IsBlank(lines_[at_])) body.push_back(lines_[at_++]);
    TakeExample(body);
  }

  // Left out, but for the code of a code block.
  void TakeDirective() {
    const std::string_view head = Strip(lines_[at_]);
    const bool code = head.starts_with(".. code") || head.starts_with(".. sourcecode") ||
                      head.starts_with(".. ipython");
    const bool python = head.ends_with("::") || head.find("py") != std::string_view::npos;
    const size_t indent = Indent(lines_[at_]);
    std::vector<std::string> body;
    for (++at_; at_ < lines_.size() && (IsBlank(lines_[at_]) || Indent(lines_[at_]) > indent);
         ++at_) {
      const bool option = body.empty() && Strip(lines_[at_]).starts_with(':');
      if (!option && !(body.empty() && IsBlank(lines_[at_]))) body.push_back(lines_[at_]);
    }
    if (!code || !python || body.empty()) return;
    Dedent(&body);
    TakeExample(body);
  }

  static void Dedent(std::vector<std::string>* body) {
    size_t common = std::string::npos;
    for (const std::string& line : *body) {
      if (!IsBlank(line)) common = std::min(common, Indent(line));
    }
    for (std::string& line : *body) line.erase(0, std::min(common, line.size()));
  }

  void ReadSection(Section section, const std::string& title) {
    std::vector<std::string> body;
    while (at_ < lines_.size() && (IsBlank(lines_[at_]) || Indent(lines_[at_]) > 0)) {
      body.push_back(lines_[at_++]);
    }
    Dedent(&body);
    TakeSection(section, body, title, false);
  }

  void ReadNumpySection(Section section) {
    std::vector<std::string> body;
    while (at_ < lines_.size()) {
      const bool next_title = at_ + 1 < lines_.size() && IsUnderline(lines_[at_ + 1]) &&
                              Indent(lines_[at_]) == 0 && !IsBlank(lines_[at_]);
      if (next_title) break;
      body.push_back(lines_[at_++]);
    }
    TakeSection(section, body, "", true);
  }

  void TakeSection(Section section, const std::vector<std::string>& body, const std::string& title,
                   bool numpy) {
    switch (section) {
      case Section::kParameters: return TakeEntries(body, numpy, &doc_.parameters);
      case Section::kAttributes:
        if (doc_.parameters.empty()) return TakeEntries(body, numpy, &attributes_);
        break;
      case Section::kRaises: return TakeEntries(body, numpy, &doc_.raises);
      case Section::kReturns:
        for (const std::string& line : body) Append(&doc_.returns, Strip(line), ' ');
        return;
      case Section::kExamples: return TakeExample(body);
      case Section::kNone:
      case Section::kOther: break;
    }
    prose_.push_back(title);
    prose_.insert(prose_.end(), body.begin(), body.end());
  }

  static void TakeEntries(const std::vector<std::string>& body, bool numpy,
                          std::vector<DocParameter>* entries) {
    for (const std::string& line : body) {
      if (IsBlank(line)) continue;
      if (Indent(line) > 0 && !entries->empty()) {
        Append(&entries->back().description, Strip(line), ' ');
        continue;
      }
      if (entries->size() >= kMaxEntries) return;
      const size_t end = numpy ? std::string_view::npos : HeadEnd(line);
      DocParameter entry = SplitNameAndType(std::string_view(line).substr(0, end));
      if (end != std::string_view::npos) {
        entry.description = Strip(std::string_view(line).substr(end + 1));
      }
      entries->push_back(std::move(entry));
    }
    if (numpy) SplitNames(entries);
  }

  // "x, y : int" describes two parameters; what does not begin with names
  // ("%(doc)s", a line of prose that is not indented) describes none.
  static void SplitNames(std::vector<DocParameter>* entries) {
    std::vector<DocParameter> split;
    for (const DocParameter& entry : *entries) {
      std::string_view names = entry.name;
      if (!AreNames(names)) continue;
      while (!names.empty() && split.size() < kMaxEntries) {
        const size_t comma = names.find(',');
        split.push_back({BareName(names.substr(0, comma)), entry.type, entry.description});
        names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
      }
    }
    *entries = std::move(split);
  }

  void TakeExample(const std::vector<std::string>& body) {
    std::string code;
    for (const std::string& line : body) code += line + "\n";
    const std::string_view stripped = Strip(code);
    if (!stripped.empty() && doc_.examples.size() < kMaxEntries)
      doc_.examples.emplace_back(stripped);
  }

  // ":param int x: text" and its relatives; continuation lines are indented.
  bool ReadField() {
    const std::string_view text = Strip(lines_[at_]);
    const size_t end = text.find(':', 1);
    if (end == std::string_view::npos) return false;
    const std::string_view head = text.substr(1, end - 1);
    const std::string_view word = head.substr(0, head.find(' '));
    const std::string_view rest =
        word.size() < head.size() ? Strip(head.substr(word.size())) : std::string_view();
    std::string body(Strip(text.substr(end + 1)));
    const size_t indent = Indent(lines_[at_]);
    size_t next = at_ + 1;
    while (next < lines_.size() && !IsBlank(lines_[next]) && Indent(lines_[next]) > indent) {
      Append(&body, Strip(lines_[next++]), ' ');
    }
    if (!TakeField(word, rest, body)) return false;
    at_ = next;
    return true;
  }

  bool TakeField(std::string_view word, std::string_view rest, const std::string& body) {
    if (doc_.parameters.size() + doc_.raises.size() > kMaxEntries) return true;
    if (word == "param" || word == "parameter" || word == "arg" || word == "argument" ||
        word == "key" || word == "keyword") {
      const size_t blank = rest.rfind(' ');
      DocParameter parameter;
      parameter.name = blank == std::string_view::npos ? rest : rest.substr(blank + 1);
      if (blank != std::string_view::npos) parameter.type = Strip(rest.substr(0, blank));
      while (parameter.name.starts_with('*')) parameter.name.erase(0, 1);
      parameter.description = body;
      doc_.parameters.push_back(std::move(parameter));
    } else if (word == "type") {
      for (DocParameter& parameter : doc_.parameters) {
        if (parameter.name == rest) parameter.type = body;
      }
    } else if (word == "returns" || word == "return" || word == "rtype" || word == "yields") {
      Append(&doc_.returns, body, ' ');
    } else if (word == "raises" || word == "raise" || word == "except" || word == "exception") {
      doc_.raises.push_back({std::string(rest), "", body});
    } else {
      return false;
    }
    return true;
  }

  // The first sentence, or the first line if the paragraph has none.
  void FinishProse() {
    std::string first;
    size_t i = 0;
    while (i < prose_.size() && IsBlank(prose_[i])) ++i;
    for (; i < prose_.size() && !IsBlank(prose_[i]); ++i) Append(&first, Strip(prose_[i]), ' ');
    const size_t end = SentenceEnd(first);
    doc_.summary = first.substr(0, end);
    std::string rest(Strip(std::string_view(first).substr(end)));
    for (; i < prose_.size(); ++i) rest += "\n" + prose_[i];
    doc_.description = Strip(rest);
  }

  static size_t SentenceEnd(std::string_view text) {
    for (size_t i = 0; i + 1 < text.size(); ++i) {
      if ((text[i] == '.' || text[i] == '!' || text[i] == '?') && text[i + 1] == ' ') {
        const std::string_view before = text.substr(0, i + 1);
        const bool abbreviation =
            before.ends_with("e.g.") || before.ends_with("i.e.") || before.ends_with("etc.");
        if (!abbreviation) return i + 1;
      }
    }
    return text.size();
  }

  std::vector<std::string> lines_;
  size_t at_ = 0;
  std::vector<std::string> prose_;
  std::vector<DocParameter> attributes_;
  Docstring doc_;
};

}  // namespace

std::string CleanDocstring(std::string_view raw) {
  std::vector<std::string> lines = SplitLines(CutText(raw, kMaxDocBytes));
  size_t common = std::string::npos;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (!IsBlank(lines[i])) common = std::min(common, Indent(lines[i]));
  }
  std::string text(Strip(lines[0]));
  for (size_t i = 1; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    if (common != std::string::npos) line.remove_prefix(std::min(common, line.size()));
    const size_t last = line.find_last_not_of(' ');
    text += '\n';
    text += line.substr(0, last == std::string_view::npos ? 0 : last + 1);
  }
  const size_t begin = text.find_first_not_of('\n');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of("\n ") - begin + 1);
}

Docstring ParseDocstring(std::string_view raw) { return DocParser(raw).Parse(); }

}  // namespace inhouse
