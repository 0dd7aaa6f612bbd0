// Code against the real signatures of the indexed libraries, before it runs.
//
//   ASSIGN_OR_RETURN(ContractReport report, retriever->Check(code, {}));
//   for (const ContractFinding& finding : report.findings) Tell(finding);
//
// Flow: code → uses with their meaning (indexer/python/code_uses) → does the
// name exist (house_names) → do the arguments bind (call_check) → findings with
// the real signature and the nearest API. What cannot be known is not reported.
// `inhouse check`, the agent's loop and its gates all use this one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/python/code_uses.h"

namespace inhouse {

enum class ContractRule : uint8_t {
  kUnknownModule,
  kUnknownName,    // function, class, attribute of a module
  kUnknownMember,  // of a class
  kUnknownKeyword,
  kTooManyPositionals,
  kMissingArgument,
  kBadArgument,  // given twice, positional only by name
  kNotAwaited,
  kPrivateUse,     // warning
  kDeprecatedUse,  // warning
};
const char* ContractRuleName(ContractRule rule);  // "unknown-keyword", ...

class HouseNames;
class IndexView;

struct ContractFix {  // certain: puts `text` in place of the bytes
  uint32_t start_byte = 0, end_byte = 0;
  std::string text;
};

struct ContractFinding {
  ContractRule rule = ContractRule::kUnknownName;
  bool is_error = true;              // else a warning
  int line = 0, column = 0;          // 1-based; column in characters
  int end_line = 0, end_column = 0;  // behind the last character
  std::string text;                  // the offending text
  std::string message;               // one sentence
  std::string symbol;                // import name of the API concerned, or ""
  std::string signature;             // its real one
  std::string place;                 // "path:line" of its definition
  std::string suggestion;            // import name of the nearest API, or ""
  std::string reason;                // why that one, one line
  std::vector<ContractFix> fixes;
};

enum class CallOutcome : uint8_t {
  kBound,       // arguments held against a signature
  kGuarded,     // the code expects it to fail
  kMissing,     // no such name: a finding, or none because its import is one
  kUnknown,     // ours, but the index cannot tell what it is
  kNotExact,    // decorated, or not written out: what it takes is not known
  kNoSignature  // found, but neither function nor class
};
const char* CallOutcomeName(CallOutcome outcome);  // "bound", ...

struct CheckedCall {         // a call whose name leads into an indexed package
  int line = 0, column = 0;  // of the last part of the name
  std::string target;
  CallOutcome outcome = CallOutcome::kBound;
};

struct ContractReport {
  std::vector<ContractFinding> findings;  // in source order
  size_t checked_uses = 0;                // whose target is in the index
  size_t checked_calls = 0;               // whose arguments were bound against a signature
  int error_count = 0;                    // syntax errors of the code
  std::vector<CheckedCall> calls;         // with ContractOptions::list_calls
};

struct ContractOptions {
  int first_line = 1;  // findings before this line are left out (earlier cells)
  bool warnings = true;
  bool list_calls = false;  // for measurements
  // Where the code lies, if it is a file: one of the index is read as its module.
  std::filesystem::path file;
};

// `names`: of that view, at its commit; what it has looked up before need not be looked up again.
// The view's own errors: kIndex. kBadInput for code that is too large.
Result<ContractReport> CheckContract(IndexView& view, const HouseNames& names,
                                     std::string_view code, const ContractOptions& options);

// "line 3: read_seed_list(pth=…): no parameter 'pth'; … real signature …".
std::string FormatFinding(const ContractFinding& finding);

// The code with the fixes of all findings. Equal ones count once; where two
// overlap neither is made: then nothing is certain.
std::string WithFixes(std::string_view code, const ContractReport& report);

}  // namespace inhouse
