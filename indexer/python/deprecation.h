// What code says about its own deprecation, in decorators, warnings and
// docstrings: the message and the name to use instead. Pure; safe from any thread.
#pragma once

#include <optional>
#include <string_view>

#include "indexer/python/python_parser.h"
#include "indexer/python/symbol.h"

namespace inhouse {

// The message of a deprecation that states none.
inline constexpr std::string_view kNoMessage = "deprecated";

// @deprecated("use x"), @deprecated(version="1.2", reason="use x"),
// @deprecated("3.8", alternative="x"): of a decorated_definition node.
std::optional<Deprecation> DeprecationInDecorators(const SyntaxTree& tree, SyntaxNode decorated);

// warnings.warn("…", DeprecationWarning) among the first 20 statements of a
// function's body, not inside conditions. A FutureWarning counts if its message
// speaks of deprecation.
std::optional<Deprecation> DeprecationInBody(const SyntaxTree& tree, SyntaxNode body);

// A ".. deprecated::" directive, a "Deprecated:" section or a sentence that
// begins with "Deprecated".
std::optional<Deprecation> DeprecationInDocstring(std::string_view raw);

// From "x is deprecated, use cdp_client.get_orders (since 2.0)": the message and
// the name after "use", "by" or "favor of". Marks such as :func:`…` are removed.
Deprecation ParseDeprecation(std::string_view message);

}  // namespace inhouse
