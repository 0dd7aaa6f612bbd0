#include <algorithm>
#include <utility>

#include "indexer/python/name_parts.h"
#include "indexer/python/record_fields.h"
#include "indexer/python/signature_reader.h"
#include "indexer/python/syntax_text.h"
#include "retriever/house_names.h"

namespace inhouse {
namespace {

constexpr int kMaxAliases = 4;

// "name" or "name(…)" alone; nothing behind the call.
bool IsPlainDecorator(std::string_view written, std::string_view callee) {
  if (callee.size() == written.size()) return true;
  if (written[callee.size()] != '(') return false;
  int depth = 0;
  for (size_t i = callee.size(); i < written.size(); ++i) {
    if (written[i] == '(') ++depth;
    if (written[i] == ')' && --depth == 0) return i + 1 == written.size();
  }
  return written.ends_with("…");
}

bool IsDotted(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c == '.' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

// Decorators that give the function itself, or something that gives what it gives.
bool IsHarmless(std::string_view decorator) {
  constexpr std::string_view kHarmless[] = {"staticmethod", "classmethod", "abstractmethod",
                                            "override",     "final",       "lru_cache",
                                            "cache",        "deprecated",  "overload"};
  return std::find(std::begin(kHarmless), std::end(kHarmless), LastPart(Callee(decorator))) !=
         std::end(kHarmless);
}

}  // namespace

const Exactness& HouseNames::ExactnessOf(const SymbolRow& row) const {
  const auto known = exactness_.find(row.id);
  if (known != exactness_.end()) return known->second;
  const Symbol& symbol = row.symbol;
  Exactness exactness;
  exactness.is_exact = symbol.signature.is_exact || symbol.signature.is_decorated;
  AddDecorators(symbol, &exactness);
  if (symbol.kind == SymbolKind::kClass) {
    for (const char* maker : {".__init__", ".__new__"}) {
      for (const SymbolRow* own : Definitions(symbol.qualified_name + maker)) {
        AddDecorators(own->symbol, &exactness);
      }
    }
  }
  return exactness_.emplace(row.id, std::move(exactness)).first->second;
}

void HouseNames::AddDecorators(const Symbol& symbol, Exactness* exactness) const {
  for (const std::string& written : symbol.decorators) {
    const bool is_known = KeepsSignature(written) || IsRecordDecorator(written);
    const DecoratorEffect effect = is_known ? DecoratorEffect() : EffectOf(written, symbol, 0);
    // What stands for a class is one only if it is the class itself.
    const bool fits = symbol.kind == SymbolKind::kMethod  ? !effect.functions_only
                      : symbol.kind == SymbolKind::kClass ? effect.keeps_result
                                                          : true;
    exactness->is_exact = exactness->is_exact && (is_known || (effect.when_plain && fits));
    exactness->keeps_result =
        exactness->keeps_result && (IsHarmless(written) || effect.keeps_result);
    exactness->own.insert(effect.own.begin(), effect.own.end());
  }
}

// Of a decorator as it is written in front of a symbol; `when_plain`: it keeps its signature.
DecoratorEffect HouseNames::EffectOf(std::string_view written, const Symbol& symbol,
                                     int depth) const {
  const std::string_view callee = written.substr(0, written.find('('));
  if (!IsDotted(callee) || !IsPlainDecorator(written, callee) || depth > kMaxAliases) return {};
  const bool is_called = callee.size() != written.size();
  const auto in = [&](const std::string& scope) {
    return Look(std::string(scope).append(".").append(callee));
  };
  NameAnswer answer = in(symbol.module);
  if (answer.verdict != NameVerdict::kFound && symbol.kind == SymbolKind::kMethod) {
    answer = in(symbol.parent);
  }
  if (answer.verdict != NameVerdict::kFound) return {};
  const std::vector<const SymbolRow*> rows = Definitions(answer.defined);
  const auto states = std::count_if(rows.begin(), rows.end(),
                                    [](const SymbolRow* row) { return !row->symbol.is_overload; });
  if (states != 1) return {};
  const Symbol& decorator = rows.back()->symbol;
  DecoratorEffect effect;
  if (decorator.kind == SymbolKind::kConstant) {  // keep = make_keep(…), or another name
    effect = EffectOf(decorator.value, decorator, depth + 1);
    if (is_called) effect.when_plain = effect.when_called;
    return effect;
  }
  for (const NameFact& fact : SpaceOf(decorator.parent).facts) {
    if (fact.kind != NameFactKind::kDecorator || fact.name != decorator.name) continue;
    const DecoratorEffect one = DecodeEffect(fact.text);
    effect.when_plain |= is_called ? one.when_called : one.when_plain;
    effect.when_called |= one.when_called;
    effect.functions_only |= one.functions_only;
    effect.keeps_result |= one.keeps_result;
    effect.own.insert(effect.own.end(), one.own.begin(), one.own.end());
  }
  return effect;
}

bool HouseNames::TakesAsWritten(const SymbolRow& row, const CallArguments& call) const {
  if (row.symbol.signature.is_exact) return true;
  const Exactness& exactness = ExactnessOf(row);
  return exactness.is_exact &&
         std::none_of(call.keywords.begin(), call.keywords.end(), [&](const KeywordUse& keyword) {
           return exactness.own.contains(keyword.name);
         });
}

}  // namespace inhouse
