// The Python code inside notebooks, Markdown and reStructuredText. Pure; safe from any thread.
#pragma once

#include <string>
#include <string_view>

#include "indexer/base/result.h"

namespace inhouse {

// The code cells of a notebook (nbformat 3 and 4), in order, with a blank line
// between. Lines of IPython's own (%magic, !shell, name?) become comments; cells
// of another language (%%bash) are left out. Errors: kBadInput (no notebook).
Result<std::string> CodeOfNotebook(std::string_view json);

// As long as the input and with the same lines, but blank outside fenced blocks
// marked python, py or pycon. Prompts (>>>, ...) become blanks; what they print
// is blanked.
std::string CodeOfMarkdown(std::string_view text);

// The same of reStructuredText: blocks of code-block, code, sourcecode and
// ipython directives in Python, and interactive sessions wherever they stand.
// Code moves to the begin of its line.
std::string CodeOfReStructuredText(std::string_view text);

}  // namespace inhouse
