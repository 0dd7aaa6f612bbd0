// Would Python accept these arguments? The binding rules of inspect.Signature.bind
// on a signature as callers see it, told as sentences. Pure.
#pragma once

#include <string>
#include <vector>

#include "indexer/python/call_arguments.h"
#include "indexer/python/symbol.h"

namespace inhouse {

enum class ArgumentProblem : uint8_t {
  kUnknownKeyword,
  kTooManyPositionals,
  kMissingArgument,
  kGivenTwice,
  kPositionalOnlyByName,
};

struct ArgumentFinding {
  ArgumentProblem problem = ArgumentProblem::kUnknownKeyword;
  std::string message;      // "no parameter 'holdout'"
  int keyword = -1;         // index into CallArguments::keywords where one is at fault
  std::string replacement;  // for an unknown keyword: the parameter it surely means, or ""
};

// `extra_positionals`: arguments that the caller writes in front of what the
// signature knows (the instance, in `Session.close(session)`). Empty: it binds,
// as far as `*` and `**` let one tell.
std::vector<ArgumentFinding> CheckArguments(const Signature& signature, const CallArguments& call,
                                            int extra_positionals);

}  // namespace inhouse
