#include "agent/strategies/contract_stop.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/prompt.h"
#include "agent/trace_records.h"

namespace inhouse {

Result<std::string> StopByContract(const StrategyInputs& in, Dialogue* dialogue,
                                   const std::string& code, const std::string& earlier) {
  ASSIGN_OR_RETURN(const std::vector<Finding> findings, in.contract.Check(code, earlier));
  const bool fits = std::none_of(findings.begin(), findings.end(),
                                 [](const Finding& f) { return f.severity == "error"; });
  if (fits) return std::string();
  for (const Finding& finding : findings) {
    RETURN_IF_ERROR(in.trace.Append(dialogue->step(), "finding", FindingRecord(finding)));
  }
  std::string told = ContractFindingsPrompt(in.task.prompts, code, findings);
  dialogue->Progress("the block does not fit the house APIs; it goes back");
  RETURN_IF_ERROR(dialogue->Note("contract", told, Dialogue::NoteKind::kOther));
  return told;
}

}  // namespace inhouse
