// How near a short text comes to a question: the cosine of the embedder's sums of words. The
// vectors of chunks hold bodies and parameters too; this one is of what a symbol says of
// itself in a line.
//
//   TextLikeness likeness("who stopped buying", embedder);
//   likeness.Of({"churned_users", "List users without an order in a period."})  → 0..1
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/embed/embedder.h"

namespace inhouse {

class TextLikeness {
 public:
  // The embedder is borrowed; without one, and with one that does not go word by word, nothing
  // is near.
  TextLikeness(std::string_view question, const Embedder* embedder);

  // False: there are no vectors to compare by.
  bool is_known() const { return !question_.empty(); }
  // 0 also where the cosine is below.
  double Of(std::initializer_list<std::string_view> texts);

 private:
  using Vector = std::vector<float>;

  void AddText(std::string_view text, Vector* sum);
  // What a word adds to a text; empty if nothing. Remembered.
  const Vector& OfWord(std::string_view word);

  const Embedder* embedder_;
  Vector question_;  // at unit length; empty: nothing is known of it
  std::unordered_map<std::string, Vector> words_;
};

}  // namespace inhouse
