// Cards within a token budget: whole cards for the best symbols, signature and
// summary for the rest, names for what does not fit. EstimateTokens of the text
// never exceeds the budget. Pure.
#pragma once

#include <string>
#include <vector>

#include "retriever/retriever.h"

namespace inhouse {

struct PackItem {
  ApiCard card;
  double score = 0;
  std::string reason;
  bool reminder = false;  // was shown before: one line is enough
};

// Items best first.
ContextPack PackCards(const std::vector<PackItem>& items, size_t token_budget);

}  // namespace inhouse
