// How the class of a value is written down that only the whole index can name.
//
//   "shop.cart.Cart"                    an instance of that class
//   "shop.open_cart()"                  what calling that gives
//   "shop.cart.Cart.owner~"             what that member of an instance holds
//   "shop.open_cart().owner~.address()" and so on, read from the left
//   "shop.cart.Cart[]"                  an iterable of such instances
//   "shop.cart.Cart{}"                  a mapping with such values
//
// A result may also be "self": the receiver.
//
// SymbolicNames makes NameFlow write such paths while one file is read;
// whoever has all files works them out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "indexer/python/foreign_names.h"

namespace inhouse {

class SymbolicNames : public ForeignNames {
 public:
  std::optional<std::string> InstanceFrom(std::string_view callee) const override {
    return std::string(callee).append("()");
  }
  std::optional<std::string> ClassOfMember(std::string_view) const override { return std::nullopt; }
  bool Has(std::string_view) const override { return false; }
  bool IsClass(std::string_view) const override { return false; }
};

// The first step of a path that is still to be worked out: "shop.open_cart()" is
// {"shop.open_cart", '(', ""}; mark 0 if there is none.
struct ValueStep {
  std::string_view name;
  char mark = 0;
  std::string_view rest;
};
inline ValueStep FirstStep(std::string_view path) {
  const size_t at = path.find_first_of("(~");
  if (at == std::string_view::npos) return {path, 0, ""};
  return {path.substr(0, at), path[at], path.substr(at + (path[at] == '(' ? 2 : 1))};
}

}  // namespace inhouse
