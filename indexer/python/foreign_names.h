// What a file cannot know of names that it imports; the index can. NameFlow
// asks it while it follows names out of the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inhouse {

class ForeignNames {
 public:
  virtual ~ForeignNames() = default;
  // Class of which calling `callee` gives an instance (a class gives its own);
  // "" if that cannot be told, nullopt if the name is not known at all.
  virtual std::optional<std::string> InstanceFrom(std::string_view callee) const = 0;
  // Class of which the attribute's value is an instance: a field or property
  // with an annotation. "" for one without, nullopt for methods and unknown names.
  virtual std::optional<std::string> ClassOfMember(std::string_view member) const = 0;
  // True if the member surely is there, inherited ones too.
  virtual bool Has(std::string_view member) const = 0;
  // True for a class.
  virtual bool IsClass(std::string_view name) const = 0;
};

}  // namespace inhouse
