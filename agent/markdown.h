// Text of models, data and cells as Markdown that shows it and does nothing
// else: no HTML, no pictures that are fetched when somebody looks, no links with
// another target than they show, no formulas (which can hold links). Notebooks
// and reports are opened in browsers. Pure.
#pragma once

#include <string>
#include <string_view>

namespace inhouse {

std::string HarmlessMarkdown(std::string_view text);

}  // namespace inhouse
