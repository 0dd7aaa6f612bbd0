// What a dotted name in somebody's code stands for in the index, or surely does
// not. The facts behind the contract check and behind following names through
// libraries. Borrows the view; remembers answers (no rows), so it is right for one commit
// of the index. Errors of the catalog are kept in status().
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/python/call_arguments.h"
#include "indexer/python/decorator_effects.h"
#include "indexer/python/foreign_names.h"
#include "retriever/index_view.h"

namespace inhouse {

enum class NameVerdict : uint8_t {
  kForeign,  // of a package that is not in the index
  kUnknown,  // ours, but it cannot be told whether it exists
  kFound,
  kMissing,
};

struct NameAnswer {
  NameVerdict verdict = NameVerdict::kUnknown;
  std::string defined;  // kFound: the defined name
  std::string owner;    // kMissing: defined name of the module or class that lacks it
  std::string part;     // kMissing: the name that is not there
  // kMissing with reservations. Attributes are set on the class's instances that come from
  // elsewhere: hardly ever functions, but data. A class below is open, or has a base that is not
  // known: `self` may well be an instance of that.
  bool is_filled = false, has_strange_heirs = false;
};

// What its decorators leave of a function.
struct Exactness {
  bool is_exact = true;                    // callers pass what its signature says
  bool keeps_result = true;                // and get what it returns
  std::set<std::string, std::less<>> own;  // but for these keywords, which a decorator takes
};

// True if the text has the word, other than as an attribute (behind a dot).
bool HoldsWord(std::string_view text, std::string_view word);

class HouseNames : public ForeignNames {
 public:
  explicit HouseNames(IndexView& view);

  NameAnswer Look(std::string_view dotted) const;
  // All definitions of a defined name: alternatives, overloads, redefinitions.
  std::vector<const SymbolRow*> Definitions(const std::string& defined) const;
  // Defined names of classes that may derive from this one, at any depth. By the
  // names of bases alone, so rather too many.
  std::vector<std::string> Subclasses(const std::string& class_name) const;
  // The class whose constructor a class has that takes over the one of a base in
  // another file; nullptr where that cannot be told. An exact one gives itself; an
  // exception without one of its own a row with id 0.
  const SymbolRow* ConstructorOf(const SymbolRow& row, int depth = 0) const;
  // Of a function or method: what the bodies of its decorators tell (house_decorators.cc).
  const Exactness& ExactnessOf(const SymbolRow& row) const;
  // True if the arguments of this call go to the signature as it is written.
  bool TakesAsWritten(const SymbolRow& row, const CallArguments& call) const;
  // For a class that the index does not have. Do a base of it, dotted as its import says or
  // one of Python's own, and all classes above surely lack the name?
  // `is_filled` becomes true as in NameAnswer.
  bool BaseLacks(std::string_view base, const std::string& part, bool* is_filled) const;
  // Defined names of an indexed class and of those above it, itself first.
  std::vector<std::string> WithBases(std::string_view class_name) const;
  // Names that a module's or class's own code binds.
  std::vector<std::string> NamesIn(const std::string& owner) const;
  const Status& status() const { return status_; }

  std::optional<std::string> InstanceFrom(std::string_view callee) const override;
  std::optional<std::string> ClassOfMember(std::string_view member) const override;
  std::string ClassOfValue(std::string_view name) const override;
  Held HeldBy(std::string_view name) const override;
  std::string EnteredBy(std::string_view callee) const override;
  std::string ClassOfParameter(std::string_view method, std::string_view name) const override;
  bool Has(std::string_view member) const override;
  bool IsClass(std::string_view name) const override;
  bool IsOpen(std::string_view class_name) const override;

 private:
  struct Space {  // namespaces of one owner, joined; one without names is not stored
    bool is_open = false, is_filled = false;
    std::set<std::string, std::less<>> names;
    std::vector<NameFact> facts;
  };
  void AddDecorators(const Symbol& symbol, Exactness* exactness) const;
  DecoratorEffect EffectOf(std::string_view written, const Symbol& symbol, int depth) const;
  // The class of an attribute that methods assign, of a name without annotation,
  // of a result without one: as the sources tell (house_values.cc).
  std::string ValueClass(std::string_view path) const;
  std::string FactOf(const std::string& owner, std::string_view name, NameFactKind kind) const;
  std::string HolderOf(const std::string& class_name, std::string_view name, int depth) const;
  std::string FactOfAttribute(std::string_view member) const;
  std::optional<std::string> ClassOfAttribute(std::string_view member) const;
  Held HeldByFact(std::string_view fact) const;
  Held HeldByAnnotation(std::string_view annotation, const std::string& module) const;
  std::string FactOfResult(const Symbol& function, std::string_view called) const;
  std::string ResultOf(const Symbol& function, std::string_view called) const;
  bool IsChangedBelow(const std::string& class_name, std::string_view name) const;
  std::string_view PythonBase(const Symbol& derived, std::string_view base) const;
  bool IsEnum(const std::string& class_name, int depth = 0) const;
  bool HasOwnConstructor(const std::string& class_name) const;
  NameVerdict MissingInFamily(const SymbolRow& row, const std::string& part,
                              NameAnswer* answer) const;
  // True if the sources hold the word other than behind a dot, or cannot be read.
  bool IsWritten(const std::string& word) const;
  const Space& SpaceOf(const std::string& owner) const;
  NameAnswer LookUp(const std::string& dotted) const;
  NameVerdict Missing(const SymbolRow& owner, const std::string& part, NameAnswer* answer) const;
  NameVerdict MissingInModule(const SymbolRow& module, const std::string& part,
                              int depth = 0) const;
  struct Lack {  // of a name in a class with its bases
    NameVerdict verdict = NameVerdict::kMissing;
    bool is_filled = false;
    bool is_strange = false;  // unknown for nothing but a base that is not known, or open
  };
  Lack LackInClass(const SymbolRow& row, const std::string& part, int depth) const;
  const SymbolRow* ModuleNamed(const std::string& name) const;
  bool HasFileFor(const SymbolRow& module, const std::string& part) const;
  const SymbolRow* Definition(const std::string& defined) const;
  std::optional<std::string> Resolve(std::string_view dotted) const;
  std::string ClassMadeBy(const SymbolRow& row, std::string_view callee) const;
  std::string ReceiverOf(std::string_view callee, const Symbol& method) const;
  std::string ClassNamed(std::string_view annotation, const std::string& module) const;

  IndexView& view_;
  SymbolRow exception_;                          // the constructor of Python's own
  std::set<std::string, std::less<>> packages_;  // first parts of the modules in the index
  mutable Status status_;
  mutable std::unordered_map<std::string, NameAnswer> answers_;
  mutable std::unordered_map<std::string, Space> spaces_;
  mutable std::unordered_map<int64_t, Exactness> exactness_;  // by symbol
  // Last part of a base's name → classes that name it; loaded when first asked.
  mutable std::unordered_map<std::string, std::vector<std::string>> derived_;
  mutable bool has_derived_ = false;
  mutable std::unordered_map<std::string, bool> open_;     // classes, by IsOpen
  mutable std::unordered_map<std::string, bool> written_;  // words, by IsWritten
  mutable int steps_ = 0;                                  // of values that are being worked out
};

}  // namespace inhouse
