#include "agent/markdown.h"

namespace inhouse {

// Everywhere, also where it seems to be code: whether a backtick opens code
// depends on the program that shows it.
std::string HarmlessMarkdown(std::string_view text) {
  std::string harmless;
  harmless.reserve(text.size());
  char before = '\0';
  for (const char c : text) {
    if (c == '<') {
      harmless += "&lt;";
    } else if (c == '$' || (before == '!' && c == '[') ||
               (before == ']' && (c == '(' || c == '[' || c == ':'))) {
      harmless.append({'\\', c});
    } else {
      harmless.push_back(c);
    }
    before = c;
  }
  return harmless;
}

}  // namespace inhouse
