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
  // Class of the instance that a module or class holds under a name; "" if it holds none.
  virtual std::string ClassOfValue(std::string_view) const { return ""; }
  // What the elements of an iterable are instances of (of a mapping its values): of
  // what calling `name` gives, or of what the member holds. "" if that cannot be told.
  struct Held {
    std::string class_name;
    bool is_table = false;
  };
  virtual Held HeldBy(std::string_view) const { return {}; }
  // Class of x in `with callee(…) as x`, where a decorator makes the context.
  virtual std::string EnteredBy(std::string_view) const { return ""; }
  // Class that a method's annotation promises of a parameter.
  virtual std::string ClassOfParameter(std::string_view, std::string_view) const { return ""; }
  // True if the member surely is there, inherited ones too.
  virtual bool Has(std::string_view member) const = 0;
  // True for a class that may replace what class bodies below it bind: a metaclass may.
  virtual bool IsOpen(std::string_view) const { return false; }
  // True for a class.
  virtual bool IsClass(std::string_view name) const = 0;
};

}  // namespace inhouse
