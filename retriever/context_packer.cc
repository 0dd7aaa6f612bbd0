#include "retriever/context_packer.h"

#include <algorithm>
#include <set>

#include "indexer/chunk/terms.h"
#include "retriever/card_format.h"

namespace inhouse {
namespace {

// The first card is whole if it leaves so much to the others.
constexpr double kFirstShare = 0.6;
constexpr size_t kMaxOmittedShown = 6;

struct Forms {
  std::string whole;
  std::string brief;
};

Forms FormsOf(const PackItem& item) {
  Forms forms;
  forms.brief = FormatCardBriefly(item.card);
  if (item.reminder) {
    const size_t end = forms.brief.find('\n');
    forms.brief = forms.brief.substr(0, end) + "  (shown before)\n";
    forms.whole = forms.brief;
    return forms;
  }
  ApiCard card = item.card;
  card.import_line.clear();  // the signature has the name to import
  forms.whole = FormatCardForPrompt(card);
  return forms;
}

// Every form ends with a line end, so that estimates of parts add up.
size_t Cost(const std::string& form, bool first) { return EstimateTokens(form) + (first ? 0 : 1); }

// How many items are shown, and which of them whole.
struct Plan {
  size_t shown = 0;
  std::vector<bool> whole;
};

Plan MakePlan(const std::vector<Forms>& forms, size_t budget) {
  Plan plan;
  plan.whole.assign(forms.size(), false);
  size_t used = 0;
  for (size_t i = 0; i < forms.size(); ++i, ++plan.shown) {
    const size_t whole = Cost(forms[i].whole, i == 0);
    const size_t brief = Cost(forms[i].brief, i == 0);
    const bool lead =
        i == 0 && static_cast<double>(whole) <= kFirstShare * static_cast<double>(budget);
    const size_t cost = lead || whole < brief ? whole : brief;
    if (used + cost > budget) break;
    plan.whole[i] = cost == whole;
    used += cost;
  }
  for (size_t i = 0; i < plan.shown; ++i) {
    if (plan.whole[i]) continue;
    const size_t more = Cost(forms[i].whole, i == 0) - Cost(forms[i].brief, i == 0);
    if (used + more > budget) break;
    plan.whole[i] = true;
    used += more;
  }
  return plan;
}

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
  std::vector<Forms> forms;
  for (const PackItem& item : items) forms.push_back(FormsOf(item));
  const Plan plan = MakePlan(forms, token_budget);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i >= plan.shown) {
      pack.omitted.push_back(items[i].card.symbol);
      continue;
    }
    const std::string& text = plan.whole[i] ? forms[i].whole : forms[i].brief;
    if (!pack.text.empty()) pack.text += "\n";
    pack.text += text;
    pack.entries.push_back(EntryOf(items[i], text));
  }
  AppendOmitted(token_budget, &pack);
  pack.estimated_tokens = EstimateTokens(pack.text);
  return pack;
}

}  // namespace inhouse
