// A docstring's text → summary, description, parameters, returns, raises,
// examples. Understands Google sections ("Args:"), NumPy sections (underlined
// titles) and reST fields (":param x:"), also mixed; anything else is prose.
// Pure; safe from any thread. Linear in the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "indexer/python/symbol.h"

namespace inhouse {

// The text as PEP 257 says to show it: common indentation, blank first and last
// lines removed, tabs as eight columns.
std::string CleanDocstring(std::string_view raw);

// `raw` is the string's value. Texts over 64 KiB are cut.
Docstring ParseDocstring(std::string_view raw);

// A ".. deprecated::" directive, a "Deprecated:" section or a sentence that
// begins with "Deprecated".
std::optional<Deprecation> DeprecationInDocstring(std::string_view raw);

// From "x is deprecated, use cdp_client.get_orders (since 2.0)": the message and
// the name after "use", "by" or "favor of". Marks such as :func:`…` are removed.
Deprecation ParseDeprecation(std::string_view message);

}  // namespace inhouse
