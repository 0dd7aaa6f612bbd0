// The API that somebody meant who wrote a name that does not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retriever/house_names.h"

namespace inhouse {

struct NearestApi {
  const SymbolRow* row = nullptr;  // null: nothing is near
  std::string reason;              // "nearest name in audience_io"
};

// `owners` lack `part`: a module, a class, or a class with those above it. First their
// own members, then the whole index: the same name elsewhere, then near ones.
NearestApi FindNearestApi(IndexView& view, const HouseNames& names,
                          const std::vector<const SymbolRow*>& owners, std::string_view part);

// That of the names which is close enough to be meant, "" for none.
std::string NearestOf(const std::vector<std::string>& names, std::string_view part);

}  // namespace inhouse
