// An annotation as written → the one class that it promises.
#pragma once

#include <string_view>

namespace inhouse {

// "Session" of `Session`, `"Session"`, `Optional[Session]`, `Session | None`,
// `Annotated[Session, …]`, `Final[Session]`, `Session[int]`; "" when there are
// several, or none that can be named. Points into `annotation`.
std::string_view ClassInAnnotation(std::string_view annotation);

}  // namespace inhouse
