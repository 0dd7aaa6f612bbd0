// Findings of the contract check as text, JSON and SARIF 2.1.0. Pure.
#pragma once

#include <string>
#include <vector>

#include "retriever/contract_check.h"
#include "tools/terminal.h"

namespace inhouse {

struct CheckedFile {
  std::string path;  // as the user wrote it; "-" for standard input
  ContractReport report;
};

// "jobs/a.py:3:1: error: … [unknown-keyword]", with the real signature below.
std::string ContractText(const CheckedFile& file, const Style& style);

// {"schema": 1, "files": [{"path", "checked_uses", "checked_calls", "findings": […]}]};
// with ContractOptions::list_calls also "calls": [{"line", "column", "target", "outcome"}].
std::string ContractJson(const std::vector<CheckedFile>& files);

// For code scanning: one run, one rule for each kind of finding.
std::string ContractSarif(const std::vector<CheckedFile>& files);

}  // namespace inhouse
