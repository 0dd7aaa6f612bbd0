// Dotted names taken apart: "a.b.c".
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace inhouse {

inline std::string_view FirstPart(std::string_view dotted) {
  return dotted.substr(0, dotted.find('.'));
}

inline std::string_view LastPart(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

// What stands before the last dot, or "".
inline std::string_view ParentNameOf(std::string_view dotted) {
  const size_t dot = dotted.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : dotted.substr(0, dot);
}

inline std::string JoinNames(std::string_view left, std::string_view right) {
  std::string joined;
  joined.reserve(left.size() + 1 + right.size());
  return joined.append(left).append(1, '.').append(right);
}

// visit(part), in their order, until it returns true; whether it did.
template <typename Visit>
bool AnyPart(std::string_view dotted, Visit visit) {
  for (size_t begin = 0; begin <= dotted.size();) {
    const size_t end = std::min(dotted.find('.', begin), dotted.size());
    if (visit(dotted.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

// A leading underscore, other than in "__init__".
inline bool IsPrivatePart(std::string_view part) {
  const bool dunder = part.size() > 4 && part.starts_with("__") && part.ends_with("__");
  return part.starts_with('_') && !dunder;
}

// "m.C.f" is below "m.C" and "m".
inline bool IsBelow(std::string_view name, std::string_view above) {
  return name.size() > above.size() && name.starts_with(above) && name[above.size()] == '.';
}

// Of a base class as written: "Base[T]" → "Base"; anything that is no dotted name → "".
inline std::string_view BaseName(std::string_view written) {
  const std::string_view name = written.substr(0, written.find('['));
  const bool dotted = std::all_of(name.begin(), name.end(), [](char c) {
    return c == '.' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  });
  return dotted ? name : std::string_view();
}

}  // namespace inhouse
