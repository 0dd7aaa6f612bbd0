// The API that somebody meant who wrote a name that does not exist.
#pragma once

#include <string>
#include <string_view>

#include "retriever/house_names.h"

namespace inhouse {

struct NearestApi {
  const SymbolRow* row = nullptr;  // null: nothing is near
  std::string reason;              // "nearest name in audience_io"
};

// `owner` lacks `part`. First its own members, then the whole index: the same
// name elsewhere, then near ones.
NearestApi FindNearestApi(IndexView& view, const HouseNames& names, const SymbolRow& owner,
                          std::string_view part);

}  // namespace inhouse
