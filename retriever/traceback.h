// Reads what a Python traceback says about APIs: in which functions it happened,
// which names the shown lines use, and what the last line complains about.
// Pure, linear in the text; at most kMaxTracebackNames names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

inline constexpr size_t kMaxTracebackNames = 64;

struct TracebackFacts {
  std::vector<std::string> functions;  // of the frames, innermost first, "<module>" left out
  std::vector<std::string> names;      // dotted names called in the shown lines, innermost first
  std::string error_type;              // "audience_io.errors.InvalidAudience"
  std::string message;                 // the rest of the last line
};

bool LooksLikeTraceback(std::string_view text);
TracebackFacts ReadTraceback(std::string_view text);

// Dotted Python names in a text, as written, in its order, repetitions kept.
struct NameInText {
  std::string_view name;
  bool is_call = false;    // followed by '('
  bool is_quoted = false;  // between quotes or backticks
};
std::vector<NameInText> NamesInText(std::string_view text);

// Adds the value unless the list holds it.
void AddDistinct(std::string_view value, std::vector<std::string>* list);

}  // namespace inhouse
