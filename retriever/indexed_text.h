// The text of an indexed file, as long as it is what was indexed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "indexer/store/catalog.h"

namespace inhouse {

// Decoded (source_text.h). nullopt if the file has changed, is gone, is larger than what is
// indexed, or holds no plain source: lines of notebooks and documents are those of their
// code alone.
std::optional<std::string> IndexedText(const FileRow& file);

// Lines first..last (from 1) of the text, with their ends; "" if it has fewer.
std::string_view LinesOf(std::string_view text, int first, int last);

// The lines without the indentation that all of them share. Ends without a line end.
std::string Dedented(std::string_view lines);

}  // namespace inhouse
