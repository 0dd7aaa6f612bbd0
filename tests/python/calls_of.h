// Python text → the calls in it and what they reach, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "indexer/python/extract_facts.h"

namespace inhouse::testing {

// Facts of a module named `module` ("" for a script; then names begin with "job").
inline FileFacts FactsOf(std::string_view source, std::string module = "m",
                         bool is_package = false) {
  SourceFile file;
  file.path = "job.py";
  file.module = std::move(module);
  file.is_package = is_package;
  FactExtractor extractor;
  Result<ExtractedFile> extracted = extractor.Extract(file, std::string(source));
  EXPECT_TRUE(extracted.ok());
  return extracted.ok() ? std::move(extracted->facts) : FileFacts();
}

// The only call whose callee is written so; a failure if there is none, or several.
inline CallSite CallIn(const FileFacts& facts, std::string_view written) {
  const CallSite* found = nullptr;
  for (const CallSite& call : facts.call_sites) {
    if (call.written != written) continue;
    if (found != nullptr) ADD_FAILURE() << "several calls of " << written;
    found = &call;
  }
  if (found != nullptr) return *found;
  ADD_FAILURE() << "no call of " << written;
  return {};
}

// What that call of `source`, a module "m", reaches: a dotted name, or "".
inline std::string Target(std::string_view written, std::string_view source) {
  return CallIn(FactsOf(source), written).target;
}

// Targets of all calls written so, in source order: "a.f | b.f | ?".
inline std::string Targets(std::string_view written, std::string_view source) {
  std::string targets;
  for (const CallSite& call : FactsOf(source).call_sites) {
    if (call.written != written) continue;
    if (!targets.empty()) targets += " | ";
    targets += call.target.empty() ? std::string(1, '?') : call.target;
  }
  return targets;
}

}  // namespace inhouse::testing
