// An annotation as written → the one class that it promises.
#pragma once

#include <string_view>

namespace inhouse {

// "Session" of `Session`, `"Session"`, `Optional[Session]`, `Session | None`,
// `Annotated[Session, …]`, `Final[Session]`, `Session[int]`; "" when there are
// several, or none that can be named. Points into `annotation`.
std::string_view ClassInAnnotation(std::string_view annotation);

// What an iterable holds, by its annotation: "Box" of `list[Box]`, `Iterator[Box] | None`,
// `tuple[Box, ...]`; of a mapping its values, "Box" of `dict[str, Box]`. `holder` is
// what stands before the bracket: "list". Empty for anything else.
struct HeldInAnnotation {
  std::string_view holder;
  std::string_view element;  // an annotation again
  bool is_table = false;     // a mapping: a loop goes through its keys
};
HeldInAnnotation ElementInAnnotation(std::string_view annotation);

}  // namespace inhouse
