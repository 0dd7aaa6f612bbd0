// A Retriever that holds a few cards: a card matches when the evidence names it.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "retriever/retriever.h"

namespace inhouse::testing {

class FakeRetriever : public Retriever {
 public:
  struct Card {
    std::string symbol;
    std::string signature;
    std::string word;  // evidence with this word in it matches
  };
  explicit FakeRetriever(std::vector<Card> cards) : cards_(std::move(cards)) {}

  Result<SearchAnswer> Search(std::string_view text, const SearchOptions&) override {
    SearchAnswer answer;
    answer.query = text;
    return answer;
  }

  Result<ApiCard> Show(std::string_view name) override {
    for (const Card& card : cards_) {
      if (card.symbol != name) continue;
      ApiCard found;
      found.symbol = found.defined_as = card.symbol;
      found.path = "libs/house.py";
      found.start_line = 7;
      found.signature = card.signature;
      return found;
    }
    return Error{ErrorKind::kNegative, std::string(name) + " is not indexed"};
  }

  Result<ContextPack> Pack(const Evidence& evidence, size_t) override {
    asked.push_back(evidence);
    std::string text = evidence.text + " " + evidence.traceback;
    for (const std::string& name : evidence.identifiers) text += " " + name;
    ContextPack pack;
    for (const Card& card : cards_) {
      const auto& shown = evidence.already_shown;
      if (std::find(shown.begin(), shown.end(), card.symbol) != shown.end()) continue;
      if (text.find(card.word) == std::string::npos) continue;
      pack.text += card.signature + "\n";
      const auto score = scores.find(card.symbol);
      pack.entries.push_back({card.symbol, card.symbol, "libs/house.py", 7,
                              score == scores.end() ? 1.0 : score->second, "matches",
                              card.signature});
    }
    return pack;
  }

  Result<ContractReport> Check(std::string_view code, const ContractOptions&) override {
    checked.emplace_back(code);
    return contract;
  }

  Result<ContextPack> Summary(size_t) override {
    ContextPack pack;
    pack.text = summary;
    return pack;
  }

  // Texts are alike that begin with the same letter.
  Result<std::vector<double>> Likeness(std::string_view text,
                                       const std::vector<std::string>& texts) override {
    std::vector<double> likeness;
    for (const std::string& other : texts) {
      likeness.push_back(!text.empty() && !other.empty() && text[0] == other[0] ? 1 : 0);
    }
    return likeness;
  }

  std::string summary;
  std::map<std::string, double> scores;  // of cards; 1 where nothing is said
  std::vector<Evidence> asked;           // what Pack was given
  std::vector<std::string> checked;
  ContractReport contract;  // what Check answers

 private:
  std::vector<Card> cards_;
};

}  // namespace inhouse::testing
