// Cards as text. FormatCard and FormatCardForPrompt stand in retriever.h; this
// is the shortest form, for prompts that are nearly full. Pure.
#pragma once

#include <string>
#include <string_view>

#include "retriever/retriever.h"

namespace inhouse {

// Signature and summary, "\n" at the end of each line.
std::string FormatCardBriefly(const ApiCard& card);

// The text on one line, cut after a sentence (or a word) within `limit` bytes.
std::string Shortened(std::string_view text, size_t limit);

}  // namespace inhouse
