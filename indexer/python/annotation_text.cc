#include "indexer/python/annotation_text.h"

#include <algorithm>

#include "indexer/python/name_parts.h"
#include "indexer/python/syntax_text.h"
#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

constexpr int kMaxWrappers = 8;

std::string_view Trim(std::string_view text) {
  const std::string_view blanks = " \t\r\n";
  const size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view Unquote(std::string_view text) {
  const bool quoted =
      text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0];
  return quoted ? Trim(text.substr(1, text.size() - 2)) : text;
}

// Position of `mark` outside brackets, or npos.
size_t FindOutside(std::string_view text, char mark) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[' || c == '(') ++depth;
    if (c == ']' || c == ')') --depth;
    if (depth == 0 && c == mark) return i;
  }
  return std::string_view::npos;
}

// The one part of `A | None` that is not None; `text` itself without a bar; ""
// if there are several.
std::string_view OnlyAlternative(std::string_view text) {
  std::string_view only;
  while (true) {
    const size_t bar = FindOutside(text, '|');
    const std::string_view part = Trim(text.substr(0, bar));
    if (part != "None") {
      if (!only.empty()) return {};
      only = part;
    }
    if (bar == std::string_view::npos) return only;
    text.remove_prefix(bar + 1);
  }
}

bool IsDotted(std::string_view text) {
  const auto fits = [](char c) {
    const unsigned char u = static_cast<unsigned char>(c);
    return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || u >= 0x80;
  };
  const bool ends_well = !text.empty() && text.front() != '.' && text.back() != '.';
  return ends_well && std::all_of(text.begin(), text.end(), fits);
}

bool IsWrapper(std::string_view name) {
  return name == "Optional" || name == "Annotated" || name == "Final" || name == "ClassVar" ||
         name == "Required" || name == "NotRequired" || name == "ReadOnly";
}

// Those that give elements of their one kind, or of their first.
bool IsIterable(std::string_view name) {
  return OneOf(name, {"list",      "List",          "Sequence",      "MutableSequence",
                      "Iterable",  "Iterator",      "Collection",    "Reversible",
                      "set",       "Set",           "MutableSet",    "AbstractSet",
                      "frozenset", "FrozenSet",     "deque",         "Deque",
                      "Generator", "AsyncIterable", "AsyncIterator", "AsyncGenerator",
                      "ValuesView"});
}

bool IsMapping(std::string_view name) {
  return OneOf(name, {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict",
                      "OrderedDict"});
}

HeldInAnnotation HeldBy(std::string_view holder, std::string_view inside) {
  const std::string_view name = LastPart(holder);
  const size_t comma = FindOutside(inside, ',');
  const std::string_view first = Trim(inside.substr(0, comma));
  const std::string_view rest =
      comma == std::string_view::npos ? std::string_view() : Trim(inside.substr(comma + 1));
  const bool is_tuple = (name == "tuple" || name == "Tuple") && rest == "...";
  if (IsIterable(name) || is_tuple) return {holder, first, false};
  if (IsMapping(name) && !rest.empty()) return {holder, rest, true};
  return {};
}

}  // namespace

std::string_view ClassInAnnotation(std::string_view annotation) {
  std::string_view text = Unquote(Trim(annotation));
  for (int i = 0; i < kMaxWrappers; ++i) {
    text = Unquote(OnlyAlternative(text));
    const size_t open = text.find('[');
    if (open == std::string_view::npos) return IsDotted(text) ? text : std::string_view();
    const std::string_view head = Trim(text.substr(0, open));
    if (!IsDotted(head) || text.back() != ']') return {};
    if (!IsWrapper(LastPart(head))) return head;
    text = text.substr(open + 1, text.size() - open - 2);
    text = Trim(text.substr(0, FindOutside(text, ',')));
  }
  return {};
}

HeldInAnnotation ElementInAnnotation(std::string_view annotation) {
  std::string_view text = Unquote(Trim(annotation));
  for (int i = 0; i < kMaxWrappers; ++i) {
    text = Unquote(OnlyAlternative(text));
    const size_t open = text.find('[');
    if (open == std::string_view::npos || text.back() != ']') return {};
    const std::string_view head = Trim(text.substr(0, open));
    if (!IsDotted(head)) return {};
    text = text.substr(open + 1, text.size() - open - 2);
    if (!IsWrapper(LastPart(head))) return HeldBy(head, text);
    text = Trim(text.substr(0, FindOutside(text, ',')));
  }
  return {};
}

}  // namespace inhouse
