// Classes that the checked code defines itself and derives from indexed ones:
// which names they surely lack. The index knows nothing of them.
//
//   const OwnClasses own(uses, names, code);
//   if (auto lack = own.LackOf("__main__.Job.qurey")) …   a cdp.Job has no 'qurey'
//
// A class has its own names, those that its methods give their receiver, and
// what its bases have. Any base that is not known, a decorator, a metaclass, a
// __getattr__, a second binding of its name leave it open; so does a class below it
// that has the name or is open: `self` may be one of that. A name that the code
// writes anywhere but behind a dot is never called missing. Borrows everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/python/code_uses.h"
#include "retriever/house_names.h"

namespace inhouse {

struct OwnLack {
  std::string class_name;          // of the code, without its module: "Job"
  std::string part;                // what it lacks
  std::vector<std::string> above;  // indexed classes above it, nearest first; one at least
  std::vector<std::string> names;  // that it and the code's other classes above it bind
  bool is_filled = false;          // as in NameAnswer
};

class OwnClasses {
 public:
  // `file_id`: of the code in the index; 0 if it is not there.
  OwnClasses(const CodeUses& uses, const HouseNames& names, std::string_view code, int64_t file_id);

  // For a name that the index does not have.
  std::optional<OwnLack> LackOf(const std::string& dotted) const;
  // True if a class of the code that derives from the indexed one binds the name anew.
  bool HeirBinds(const std::string& house_class, const std::string& part) const;
  // True if the code itself binds the name in that module or class: the index may be older.
  bool Binds(const std::string& owner, const std::string& part) const;

 private:
  std::optional<OwnLack> Judge(const OwnClass& own, const std::string& part) const;
  bool Lacks(const OwnClass& own, const std::string& part, OwnLack* lack) const;
  bool HeirsLack(const OwnClass& own, const std::string& part) const;
  bool HasHeirsElsewhere(const std::string& class_name) const;

  const CodeUses& uses_;
  const HouseNames& names_;
  const std::string_view code_;
  const int64_t file_id_;
  std::unordered_map<std::string_view, const OwnClass*> classes_;
  std::unordered_map<std::string_view, std::vector<const OwnClass*>> heirs_;
  mutable std::unordered_map<std::string, std::optional<OwnLack>> answers_;
};

}  // namespace inhouse
