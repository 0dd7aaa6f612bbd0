#include <algorithm>
#include <tuple>

#include "retriever/contract_check.h"

namespace inhouse {
namespace {

auto KeyOf(const ContractFix& fix) { return std::tie(fix.start_byte, fix.end_byte, fix.text); }

// In the order of the code, each once, those out of range left out.
std::vector<ContractFix> AllFixes(const ContractReport& report, size_t size) {
  std::vector<ContractFix> fixes;
  for (const ContractFinding& finding : report.findings) {
    for (const ContractFix& fix : finding.fixes) {
      if (fix.start_byte <= fix.end_byte && fix.end_byte <= size) fixes.push_back(fix);
    }
  }
  std::sort(fixes.begin(), fixes.end(),
            [](const ContractFix& a, const ContractFix& b) { return KeyOf(a) < KeyOf(b); });
  const auto equal = [](const ContractFix& a, const ContractFix& b) {
    return KeyOf(a) == KeyOf(b);
  };
  fixes.erase(std::unique(fixes.begin(), fixes.end(), equal), fixes.end());
  return fixes;
}

// Two insertions at one place overlap too: their order is not certain.
bool Overlap(const ContractFix& first, const ContractFix& second) {
  return second.start_byte < first.end_byte || second.start_byte == first.start_byte;
}

// Also of a long one with several short ones: `reach` is the last byte before `i`.
std::vector<ContractFix> Certain(const std::vector<ContractFix>& fixes) {
  std::vector<ContractFix> certain;
  uint32_t reach = 0;
  for (size_t i = 0; i < fixes.size(); ++i) {
    const bool before = i > 0 && (fixes[i].start_byte < reach || Overlap(fixes[i - 1], fixes[i]));
    const bool after = i + 1 < fixes.size() && Overlap(fixes[i], fixes[i + 1]);
    if (!before && !after) certain.push_back(fixes[i]);
    reach = std::max(reach, fixes[i].end_byte);
  }
  return certain;
}

}  // namespace

std::string WithFixes(std::string_view code, const ContractReport& report) {
  std::string fixed;
  size_t done = 0;
  for (const ContractFix& fix : Certain(AllFixes(report, code.size()))) {
    fixed.append(code.substr(done, fix.start_byte - done)).append(fix.text);
    done = fix.end_byte;
  }
  return fixed.append(code.substr(done));
}

}  // namespace inhouse
