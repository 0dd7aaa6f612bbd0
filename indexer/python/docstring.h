// A docstring's text → summary, description, parameters, returns, raises,
// examples. Understands Google sections ("Args:"), NumPy sections (underlined
// titles) and reST fields (":param x:"), also mixed; anything else is prose.
// Pure; safe from any thread. Linear in the text.
#pragma once

#include <string>
#include <string_view>

#include "indexer/python/symbol.h"

namespace inhouse {

// The text as PEP 257 says to show it: common indentation, blank first and last
// lines removed, tabs as eight columns.
std::string CleanDocstring(std::string_view raw);

// `raw` is the string's value. Texts over 64 KiB are cut.
Docstring ParseDocstring(std::string_view raw);

}  // namespace inhouse
