#include "retriever/own_classes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "indexer/python/name_parts.h"

namespace inhouse {
namespace {

bool Has(const std::vector<std::string>& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

}  // namespace

OwnClasses::OwnClasses(const CodeUses& uses, const HouseNames& names, std::string_view code,
                       int64_t file_id)
    : uses_(uses), names_(names), code_(code), file_id_(file_id) {
  for (const OwnClass& own : uses.classes) {
    classes_.emplace(own.space.owner, &own);
    for (const std::string& base : own.bases) heirs_[base].push_back(&own);
  }
}

bool OwnClasses::Binds(const std::string& owner, const std::string& part) const {
  if (owner == uses_.module.owner) return Has(uses_.module.names, part);
  const auto own = classes_.find(owner);
  return own != classes_.end() && Has(own->second->space.names, part);
}

bool OwnClasses::HeirBinds(const std::string& house_class, const std::string& part) const {
  return std::any_of(classes_.begin(), classes_.end(), [&](const auto& entry) {
    if (!Has(entry.second->space.names, part)) return false;
    std::vector<std::string_view> family = {entry.first};
    for (size_t i = 0; i < family.size(); ++i) {
      const auto own = classes_.find(family[i]);
      if (own == classes_.end()) {
        const std::vector<std::string> above = names_.WithBases(family[i]);
        if (std::find(above.begin(), above.end(), house_class) != above.end()) return true;
        continue;
      }
      for (const std::string& base : own->second->bases) {
        if (std::find(family.begin(), family.end(), base) == family.end()) family.push_back(base);
      }
    }
    return false;
  });
}

std::optional<OwnLack> OwnClasses::LackOf(const std::string& dotted) const {
  if (classes_.empty()) return std::nullopt;
  for (size_t dot = dotted.rfind('.'); dot != std::string::npos && dot > 0;
       dot = dotted.rfind('.', dot - 1)) {
    const auto own = classes_.find(std::string_view(dotted).substr(0, dot));
    if (own == classes_.end()) continue;
    const std::string part(FirstPart(std::string_view(dotted).substr(dot + 1)));
    const std::string name = JoinNames(own->first, part);
    const auto known = answers_.find(name);
    if (known != answers_.end()) return known->second;
    return answers_.emplace(name, Judge(*own->second, part)).first->second;
  }
  return std::nullopt;
}

std::optional<OwnLack> OwnClasses::Judge(const OwnClass& own, const std::string& part) const {
  OwnLack lack;
  const std::string& name = own.space.owner;
  const std::string_view module = uses_.module.owner;
  lack.class_name = name.starts_with(module) ? name.substr(module.size() + 1) : name;
  lack.part = part;
  const bool is_missing = !uses_.module.is_open && !Has(uses_.set_names, part) &&
                          Lacks(own, part, &lack) && !lack.above.empty() && HeirsLack(own, part) &&
                          !HoldsWord(code_, part);
  return is_missing ? std::optional<OwnLack>(std::move(lack)) : std::nullopt;
}

// The class and all above it; whom it asked is noted.
bool OwnClasses::Lacks(const OwnClass& own, const std::string& part, OwnLack* lack) const {
  std::vector<const OwnClass*> family = {&own};
  std::set<std::string_view> seen;
  for (size_t i = 0; i < family.size(); ++i) {
    const Namespace& space = family[i]->space;
    if (space.is_open || Has(space.names, part)) return false;
    lack->is_filled |= space.is_filled;
    lack->names.insert(lack->names.end(), space.names.begin(), space.names.end());
    for (const std::string& base : family[i]->bases) {
      if (!seen.insert(base).second) continue;
      const auto local = classes_.find(base);
      if (local != classes_.end()) {
        family.push_back(local->second);
        continue;
      }
      if (base.empty() || !names_.BaseLacks(base, part, &lack->is_filled)) return false;
      std::vector<std::string> above = names_.WithBases(base);
      lack->above.insert(lack->above.end(), above.begin(), above.end());
    }
  }
  return true;
}

// An instance may be one of a class below, `self` in a mixin surely is.
bool OwnClasses::HeirsLack(const OwnClass& own, const std::string& part) const {
  std::vector<const OwnClass*> family = {&own};
  std::set<const OwnClass*> seen;
  for (size_t i = 0; i < family.size(); ++i) {
    OwnLack below;
    if (HasHeirsElsewhere(family[i]->space.owner)) return false;
    if (i > 0 && !Lacks(*family[i], part, &below)) return false;
    const auto heirs = heirs_.find(family[i]->space.owner);
    if (heirs == heirs_.end()) continue;
    for (const OwnClass* heir : heirs->second) {
      if (seen.insert(heir).second) family.push_back(heir);
    }
  }
  return true;
}

// By the name of the base alone, so rather too often.
bool OwnClasses::HasHeirsElsewhere(const std::string& class_name) const {
  if (file_id_ == 0) return false;
  const std::vector<std::string> heirs = names_.Subclasses(class_name);
  return std::any_of(heirs.begin(), heirs.end(), [&](const std::string& heir) {
    const std::vector<const SymbolRow*> rows = names_.Definitions(heir);
    return std::any_of(rows.begin(), rows.end(),
                       [&](const SymbolRow* row) { return row->file_id != file_id_; });
  });
}

}  // namespace inhouse
