// Classes of Python's own library from which house classes often derive, with the
// names that their instances have. Whoever derives from one has these names and
// no others by it. Private names are not listed: they differ by version.
#pragma once

#include <string_view>

namespace inhouse {

// The listed class that a dotted name stands for: "dict" → "dict", "typing.Mapping" →
// "collections.abc.Mapping"; "" if it is none.
std::string_view PythonClass(std::string_view dotted);

// `class_name` as PythonClass gives it; `name` without a leading underscore.
bool PythonClassHas(std::string_view class_name, std::string_view name);

// A base class that adds no names but dunders: object, ABC, Protocol, Generic.
bool AddsNoNames(std::string_view base);

// "collections", "typing": names with that in front may be listed classes.
bool IsModuleOfPythonClasses(std::string_view module);

}  // namespace inhouse
