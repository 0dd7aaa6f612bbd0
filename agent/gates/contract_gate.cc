#include "agent/gates/contract_gate.h"

#include <algorithm>
#include <utility>

namespace inhouse {

Result<std::vector<Finding>> ContractGate::Check(std::string_view code, std::string_view earlier) {
  std::string all(earlier);
  if (!all.empty() && all.back() != '\n') all += '\n';
  const int lines_before = static_cast<int>(std::count(all.begin(), all.end(), '\n'));
  all += code;
  ContractOptions options;
  options.first_line = lines_before + 1;
  std::vector<Finding> findings;
  Result<ContractReport> report = retriever_.Check(all, options);
  if (!report.ok() && report.error().kind == ErrorKind::kBadInput) return findings;  // too large
  if (!report.ok()) return report.error();
  for (const ContractFinding& found : report->findings) {
    Finding& finding = findings.emplace_back();
    finding.gate = "contract";
    finding.message = FormatFinding(found);
    finding.line = found.line - lines_before;
    finding.column = found.column;
    const bool blocks = found.is_error && told_.insert(found.text + "\n" + found.message).second;
    finding.severity = blocks ? "error" : "warning";
  }
  return findings;
}

}  // namespace inhouse
