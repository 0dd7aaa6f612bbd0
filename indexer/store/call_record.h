// CallSite ⇄ the bytes of the catalog's `call_sites.facts` column: everything
// but target and caller, which have columns of their own. Pure.
#pragma once

#include <string>
#include <string_view>

#include "indexer/python/symbol.h"

namespace inhouse {

std::string EncodeCall(const CallSite& call);

// Fills everything but target and caller. False if the bytes are no such record.
bool DecodeCall(std::string_view bytes, CallSite* call);

}  // namespace inhouse
