// Answers of the retriever as JSON (for programs; schema 1 is a contract, see
// README.md) and as text (for people; may change). Pure but for the stream.
#pragma once

#include <ostream>
#include <string>

#include "retriever/retriever.h"
#include "tools/terminal.h"

namespace inhouse {

// One JSON object on one line, without a line end. Bytes that are not UTF-8
// are replaced. `explain`: each hit has its `signals`.
std::string SearchAnswerJson(const SearchAnswer& answer, bool explain);
// `reason` and place of each card, what was left out, and the text itself.
std::string ContextPackJson(const ContextPack& pack, const std::string& query, size_t budget);
std::string ApiCardJson(const ApiCard& card, bool with_source);

// Rank, symbol, signature, summary, path:line of each hit.
void PrintSearchAnswer(const SearchAnswer& answer, bool explain, const Style& style,
                       std::ostream& out);

}  // namespace inhouse
