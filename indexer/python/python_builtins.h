// Names that Python knows without any import (the builtins module of 3.11, with
// the names that every module has).
#pragma once

#include <string_view>

namespace inhouse {

bool IsPythonBuiltin(std::string_view name);
// An exception among them, by its name.
bool IsPythonException(std::string_view name);

}  // namespace inhouse
