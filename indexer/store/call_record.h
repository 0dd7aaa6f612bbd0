// CallSite ⇄ bytes: everything but target and caller, which are kept once for
// several calls (file_record.h). Pure.
#pragma once

#include "indexer/python/symbol.h"
#include "indexer/store/record.h"

namespace inhouse {

// `before`: the range of the file's call before, which reading has to give again.
void PutCall(const CallSite& call, const SourceRange& before, RecordWriter* out);
CallSite TakeCall(const SourceRange& before, RecordReader* in);

}  // namespace inhouse
