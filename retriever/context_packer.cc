#include "retriever/context_packer.h"

#include <algorithm>

#include "indexer/chunk/terms.h"
#include "retriever/card_format.h"

namespace inhouse {
namespace {

// The first card is whole if it takes no more than this of the budget.
constexpr size_t kLeadPercent = 50;
// Items from this share of the best score on are shown whole before weaker ones
// are shown at all.
constexpr double kStrongShare = 0.85;
constexpr size_t kMaxOmittedShown = 6;

struct Forms {
  std::string whole;
  std::string brief;
  std::string line;  // the signature alone
};

Forms FormsOf(const PackItem& item) {
  Forms forms;
  forms.brief = FormatCardBriefly(item.card);
  forms.line = forms.brief.substr(0, forms.brief.find('\n') + 1);
  if (item.reminder) {
    const size_t end = forms.brief.find('\n');
    forms.brief = forms.brief.substr(0, end) + "  (shown before)\n";
    forms.whole = forms.line = forms.brief;
    return forms;
  }
  ApiCard card = item.card;
  card.import_line.clear();  // the signature has the name to import
  forms.whole = FormatCardForPrompt(card);
  return forms;
}

// Which items are shown, and which of them whole.
class Plan {
 public:
  Plan(const std::vector<PackItem>& items, size_t budget) : items_(items), left_(budget) {
    for (const PackItem& item : items) forms_.push_back(FormsOf(item));
    chosen_.assign(items.size(), nullptr);
  }

  // What fits least well ends it: no item is shown after one that is not.
  void Make() {
    const double best = items_.empty() ? 0 : items_[0].score;
    size_t strong = 0;
    while (strong < items_.size() && items_[strong].score >= kStrongShare * best) ++strong;
    if (!items_.empty() && IsLeadAffordable()) Choose(0, forms_[0].whole);
    Show(0, strong, &Forms::brief);
    Lengthen(0, strong, &Forms::whole);
    Show(strong, items_.size(), &Forms::line);
    Lengthen(strong, items_.size(), &Forms::brief);
    Lengthen(strong, items_.size(), &Forms::whole);
  }
  // Null: left out.
  const std::string* TextOf(size_t i) const { return chosen_[i]; }

 private:
  // Every form ends with a line end, so that estimates of parts add up; all but
  // the first have an empty line before them.
  size_t Cost(size_t i, const std::string& form) const {
    return EstimateTokens(form) + (i == 0 ? 0 : 1);
  }
  bool IsLeadAffordable() const {
    const size_t limit = items_.size() == 1 ? left_ : left_ * kLeadPercent / 100;
    return Cost(0, forms_[0].whole) <= limit;
  }
  bool Choose(size_t i, const std::string& form) {
    const size_t before = chosen_[i] == nullptr ? 0 : Cost(i, *chosen_[i]);
    if (Cost(i, form) > left_ + before) return false;
    left_ = left_ + before - Cost(i, form);
    chosen_[i] = &form;
    return true;
  }
  void Show(size_t begin, size_t end, std::string Forms::*form) {
    for (size_t i = begin; i < end && !full_; ++i) {
      if (chosen_[i] == nullptr) full_ = !Choose(i, forms_[i].*form);
    }
  }
  void Lengthen(size_t begin, size_t end, std::string Forms::*form) {
    for (size_t i = begin; i < end && chosen_[i] != nullptr; ++i) {
      if (!Choose(i, forms_[i].*form)) return;
    }
  }

  const std::vector<PackItem>& items_;
  std::vector<Forms> forms_;
  std::vector<const std::string*> chosen_;
  size_t left_;
  bool full_ = false;
};

PackEntry EntryOf(const PackItem& item, const std::string& text) {
  return {item.card.symbol,
          item.card.defined_as,
          item.card.path,
          item.card.start_line,
          item.score,
          item.reason,
          text};
}

// Names what was left out, if there is room for it.
void AppendOmitted(size_t budget, ContextPack* pack) {
  if (pack->omitted.empty() || pack->text.empty()) return;
  std::string line = "\nAlso:";
  for (size_t i = 0; i < std::min(pack->omitted.size(), kMaxOmittedShown); ++i) {
    line += (i == 0 ? " " : ", ") + pack->omitted[i];
  }
  line += "\n";
  if (EstimateTokens(pack->text + line) <= budget) pack->text += line;
}

}  // namespace

ContextPack PackCards(const std::vector<PackItem>& items, size_t token_budget) {
  ContextPack pack;
  Plan plan(items, token_budget);
  plan.Make();
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string* text = plan.TextOf(i);
    if (text == nullptr) {
      pack.omitted.push_back(items[i].card.symbol);
      continue;
    }
    if (!pack.text.empty()) pack.text += "\n";
    pack.text += *text;
    pack.entries.push_back(EntryOf(items[i], *text));
  }
  AppendOmitted(token_budget, &pack);
  pack.estimated_tokens = EstimateTokens(pack.text);
  return pack;
}

}  // namespace inhouse
