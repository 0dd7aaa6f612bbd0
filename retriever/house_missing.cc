// HouseNames' word on what is not there: a name that a module or a class surely lacks.
#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "indexer/base/file_io.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/python_builtins.h"
#include "indexer/python/python_classes.h"
#include "retriever/house_names.h"

namespace inhouse {
namespace {

constexpr int kMaxBases = 20;      // deep
constexpr int kMaxStars = 8;       // star imports, one behind the other
constexpr size_t kMaxAbove = 100;  // classes
constexpr size_t kMaxSubclasses = 2'000;
constexpr size_t kMaxSearchedFiles = 20'000;
constexpr int64_t kMaxSearchedBytes = int64_t{64} << 20;

bool IsDunder(std::string_view name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

bool IsExceptionAttribute(std::string_view name) {
  constexpr std::array<std::string_view, 21> kNames = {
      "args",   "with_traceback", "add_note", "errno",  "strerror", "filename", "filename2",
      "code",   "value",          "name",     "path",   "obj",      "msg",      "lineno",
      "offset", "text",           "reason",   "object", "start",    "end",      "encoding"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Bases that add no names but dunders, by where they come from.
bool IsEmptyBase(std::string_view base) {
  const bool is_pythons = base == "object" || FirstPart(base) == "abc" ||
                          FirstPart(base) == "typing" || FirstPart(base) == "typing_extensions";
  return is_pythons && AddsNoNames(base) && LastNameOf(base) != "Protocol";
}

bool IsNamePart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool HoldsWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const size_t end = at + word.size();
    const bool ends = end == text.size() || !IsNamePart(text[end]);
    if (ends && before != '.' && !IsNamePart(before)) return true;
  }
  return false;
}

NameVerdict HouseNames::Missing(const SymbolRow& owner, const std::string& part,
                                NameAnswer* answer) const {
  if (IsDunder(part) || SpaceOf("").names.contains(part)) return NameVerdict::kUnknown;
  if (owner.symbol.kind == SymbolKind::kModule) return MissingInModule(owner, part);
  if (owner.symbol.kind == SymbolKind::kClass) return MissingInFamily(owner, part, answer);
  return NameVerdict::kUnknown;
}

NameVerdict HouseNames::MissingInModule(const SymbolRow& module, const std::string& part,
                                        int depth) const {
  const Space& space = SpaceOf(module.symbol.qualified_name);
  if (space.is_open || space.names.contains(part) || HasFileFor(module, part)) {
    return NameVerdict::kUnknown;
  }
  if (!space.names.contains("*")) return NameVerdict::kMissing;
  // It may come by a star; what begins with an underscore only where __all__ says so.
  for (const NameFact& fact : space.facts) {
    if (fact.name != "*" || fact.kind != NameFactKind::kValue) continue;
    const SymbolRow* from = depth < kMaxStars ? ModuleNamed(fact.text) : nullptr;
    if (from == nullptr || from == &module) {
      return NameVerdict::kUnknown;
    }
    const NameVerdict there = MissingInModule(*from, part, depth + 1);
    if (there != NameVerdict::kMissing) return there;
  }
  return NameVerdict::kMissing;
}

// By its own name: a function that a package takes out of it may be called the same.
const SymbolRow* HouseNames::ModuleNamed(const std::string& name) const {
  for (const SymbolRow* row : Definitions(name)) {
    if (row->symbol.kind == SymbolKind::kModule) return row;
  }
  return nullptr;
}

// Python finds more submodules than the index: extension modules, generated files.
bool HouseNames::HasFileFor(const SymbolRow& module, const std::string& part) const {
  const Result<const FileRow*> file = view_.File(module.file_id);
  if (!file.ok() || *file == nullptr) return true;
  const std::filesystem::path path = std::filesystem::path((*file)->root) / (*file)->path;
  if (path.stem() != "__init__") return false;
  std::error_code error;
  std::filesystem::directory_iterator folder(path.parent_path(), error), end;
  for (; !error && folder != end; folder.increment(error)) {
    const std::string name = folder->path().filename().string();
    if (name == part || name.starts_with(part + ".")) return true;
  }
  return static_cast<bool>(error);
}

HouseNames::Lack HouseNames::LackInClass(const SymbolRow& row, const std::string& part,
                                         int depth) const {
  constexpr Lack kUnknown{NameVerdict::kUnknown, false, false};
  const Space& space = SpaceOf(row.symbol.qualified_name);
  const bool is_of_type = part == "mro";  // of every class
  if (space.names.contains(part) || depth > kMaxBases || is_of_type) return kUnknown;
  if (space.is_open) return {NameVerdict::kUnknown, false, true};
  Lack lack;
  lack.is_filled = space.is_filled;
  for (const std::string& written : row.symbol.bases) {
    const std::string_view base = std::string_view(written).substr(0, written.find('['));
    if (LastNameOf(base) == "Protocol") return kUnknown;  // any object may be one
    const NameAnswer found = Look(JoinNames(row.symbol.module, base));
    if (found.verdict == NameVerdict::kFound) {
      const SymbolRow* parent = Definition(found.defined);
      const bool is_class =
          parent != nullptr && parent->symbol.kind == SymbolKind::kClass && parent != &row;
      const Lack above = is_class ? LackInClass(*parent, part, depth + 1) : kUnknown;
      lack.is_filled |= above.is_filled;
      if (above.verdict == NameVerdict::kMissing) continue;
      if (!above.is_strange) return kUnknown;
      lack.verdict = NameVerdict::kUnknown;
      lack.is_strange = true;
    } else if (IsPythonException(base)) {
      if (IsExceptionAttribute(part)) return kUnknown;
    } else if (!AddsNoNames(base)) {
      // Private names of Python's own classes differ by version.
      const std::string_view pythons = PythonBase(row.symbol, base);
      if (!pythons.empty() && (part.starts_with('_') || PythonClassHas(pythons, part))) {
        return kUnknown;
      }
      if (!pythons.empty()) continue;
      lack.verdict = NameVerdict::kUnknown;
      lack.is_strange = true;
    }
  }
  return lack;
}

bool HouseNames::BaseLacks(std::string_view base, const std::string& part, bool* is_filled) const {
  if (IsDunder(part) || part == "mro" || SpaceOf("").names.contains(part)) return false;
  const NameAnswer found = Look(base);
  if (found.verdict == NameVerdict::kFound) {
    const SymbolRow* row = Definition(found.defined);
    if (row == nullptr || row->symbol.kind != SymbolKind::kClass) return false;
    const Lack lack = LackInClass(*row, part, 0);
    *is_filled |= lack.is_filled;
    return lack.verdict == NameVerdict::kMissing && !(lack.is_filled && IsWritten(part));
  }
  if (found.verdict != NameVerdict::kForeign) return false;
  if (IsPythonException(base)) return !part.starts_with('_') && !IsExceptionAttribute(part);
  if (IsEmptyBase(base)) return true;
  const std::string_view pythons = PythonClass(base);
  return !pythons.empty() && !part.starts_with('_') && !PythonClassHas(pythons, part);
}

std::vector<std::string> HouseNames::WithBases(std::string_view class_name) const {
  std::vector<std::string> found;
  const NameAnswer first = Look(class_name);
  if (first.verdict == NameVerdict::kFound && IsClass(first.defined)) {
    found.push_back(first.defined);
  }
  for (size_t i = 0; i < found.size() && found.size() < kMaxAbove; ++i) {
    const SymbolRow* row = Definition(found[i]);
    if (row == nullptr) continue;
    for (const std::string& written : row->symbol.bases) {
      const std::string_view base = std::string_view(written).substr(0, written.find('['));
      const NameAnswer above = Look(JoinNames(row->symbol.module, base));
      const bool is_new = above.verdict == NameVerdict::kFound && IsClass(above.defined) &&
                          std::find(found.begin(), found.end(), above.defined) == found.end();
      if (is_new) found.push_back(above.defined);
    }
  }
  return found;
}

bool HouseNames::IsOpen(std::string_view class_name) const {
  const auto known = open_.find(std::string(class_name));
  if (known != open_.end()) return known->second;
  const std::vector<std::string> family = WithBases(class_name);
  const bool is_open = std::any_of(family.begin(), family.end(),
                                   [this](const std::string& one) { return SpaceOf(one).is_open; });
  return open_.emplace(class_name, is_open).first->second;
}

// The class of Python's own that a base as written is; "" if it is none that is known.
std::string_view HouseNames::PythonBase(const Symbol& derived, std::string_view base) const {
  const std::string_view first = FirstPart(base);
  const Space& space = SpaceOf(derived.module);
  for (const NameFact& fact : space.facts) {
    if (fact.kind != NameFactKind::kBase || fact.name != first) continue;
    return PythonClass(std::string(fact.text).append(base.substr(first.size())));
  }
  const bool is_builtin = first.size() == base.size() && !space.names.contains(first);
  return is_builtin ? PythonClass(base) : std::string_view();
}

bool HouseNames::IsEnum(const std::string& class_name, int depth) const {
  const SymbolRow* row = Definition(class_name);
  if (row == nullptr || row->symbol.kind != SymbolKind::kClass || depth > kMaxBases) return false;
  for (const std::string& base : row->symbol.bases) {
    if (PythonBase(row->symbol, base).starts_with("enum.")) return true;
    const NameAnswer above = Look(JoinNames(row->symbol.module, base));
    const bool found = above.verdict == NameVerdict::kFound && above.defined != class_name;
    if (found && IsEnum(above.defined, depth + 1)) return true;
  }
  return false;
}

// An instance may be one of a subclass, `self` in a mixin surely is.
NameVerdict HouseNames::MissingInFamily(const SymbolRow& row, const std::string& part,
                                        NameAnswer* answer) const {
  const Lack own = LackInClass(row, part, 0);
  if (own.verdict != NameVerdict::kMissing) return own.verdict;
  answer->is_filled = own.is_filled;
  for (const std::string& name : Subclasses(row.symbol.qualified_name)) {
    const SymbolRow* derived = Definition(name);
    if (derived == nullptr) continue;
    const Lack below = LackInClass(*derived, part, 0);
    answer->is_filled |= below.is_filled;
    answer->has_strange_heirs |= below.is_strange;
    if (below.verdict != NameVerdict::kMissing && !below.is_strange) return NameVerdict::kUnknown;
  }
  return answer->is_filled && IsWritten(part) ? NameVerdict::kUnknown : NameVerdict::kMissing;
}

// Somebody who sets a name at run time has it from somewhere.
bool HouseNames::IsWritten(const std::string& word) const {
  const auto known = written_.find(word);
  if (known != written_.end()) return known->second;
  const auto is_written = [&] {
    const Result<std::vector<FileRow>> files = view_.catalog().Files();
    if (!files.ok() || files->size() > kMaxSearchedFiles) return true;
    int64_t total = 0;
    for (const FileRow& file : *files) {
      total += file.size;
      if (total > kMaxSearchedBytes) return true;
      const Result<std::string> text = ReadFile(std::filesystem::path(file.root) / file.path);
      if (!text.ok() || HoldsWord(*text, word)) return true;
    }
    return false;
  };
  return written_.emplace(word, is_written()).first->second;
}

std::vector<std::string> HouseNames::Subclasses(const std::string& class_name) const {
  if (!has_derived_) {
    has_derived_ = true;
    Result<std::vector<Catalog::ClassEntry>> classes = view_.catalog().Classes();
    if (!classes.ok()) status_ = classes.error();
    if (!classes.ok()) return {};
    std::set<std::string_view> names;
    for (const Catalog::ClassEntry& entry : *classes)
      names.insert(LastNameOf(entry.qualified_name));
    for (const Catalog::ClassEntry& entry : *classes) {
      const std::string_view around =
          std::string_view(entry.qualified_name).substr(0, entry.qualified_name.rfind('.'));
      for (const std::string& written : entry.bases) {
        const std::string_view base = std::string_view(written).substr(0, written.find('['));
        std::string name(LastNameOf(base));
        if (!names.contains(name)) {  // imported as something else
          const NameAnswer found = Look(JoinNames(around, base));
          if (found.verdict == NameVerdict::kFound) name = LastNameOf(found.defined);
        }
        derived_[name].push_back(entry.qualified_name);
      }
    }
  }
  std::vector<std::string> found = {class_name};
  std::set<std::string, std::less<>> seen = {class_name};
  for (size_t i = 0; i < found.size() && found.size() < kMaxSubclasses; ++i) {
    const auto derived = derived_.find(std::string(LastNameOf(found[i])));
    if (derived == derived_.end()) continue;
    for (const std::string& name : derived->second) {
      if (seen.insert(name).second) found.push_back(name);
    }
  }
  found.erase(found.begin());
  return found;
}

}  // namespace inhouse
