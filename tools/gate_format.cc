#include "tools/gate_format.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

using nlohmann::ordered_json;

// Lines after the first (what Python said) are set in.
std::string FindingText(const std::string& path, const Finding& finding, const Style& style) {
  std::string place = OneLine(path) + ":";
  if (finding.line > 0) place += std::to_string(finding.line) + ":";
  if (finding.line > 0 && finding.column > 0) place += std::to_string(finding.column) + ":";
  std::string message = Printable(finding.message);
  while (message.ends_with('\n')) message.pop_back();
  for (size_t at = message.find('\n'); at != std::string::npos; at = message.find('\n', at + 1)) {
    message.insert(at + 1, "    ");
  }
  return style.Bold(place) + " " + style.Warning(OneLine(finding.severity)) + ": " + message +
         " [" + OneLine(finding.gate) + "]\n";
}

std::string Indented(const std::string& text) {
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    out += "    " + OneLine(std::string_view(text).substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string Counted(size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::string GateText(const std::string& path, const GateReport& report, bool verbose,
                     const Style& style) {
  std::string text;
  for (const GateResult& gate : report.gates) {
    text += OneLine(gate.name) + ": " + (gate.passed ? "passed" : style.Warning("failed")) + "\n";
    for (const Finding& finding : gate.findings) text += FindingText(path, finding, style);
    if (verbose) text += style.Dim(Indented(gate.output));
  }
  const auto errors = static_cast<size_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [](const Finding& finding) { return finding.severity == "error"; }));
  return text + (report.passed ? "the script passed" : "the script did not pass") + ": " +
         Counted(errors, "error") + ", " +
         Counted(report.findings.size() - errors, "other finding") + "\n";
}

std::string GateJson(const std::string& path, const GateReport& report) {
  ordered_json gates = ordered_json::array();
  for (const GateResult& gate : report.gates) {
    ordered_json findings = ordered_json::array();
    for (const Finding& finding : gate.findings) {
      findings.push_back({{"gate", finding.gate},
                          {"severity", finding.severity},
                          {"message", finding.message},
                          {"line", finding.line},
                          {"column", finding.column}});
    }
    gates.push_back({{"gate", gate.name},
                     {"passed", gate.passed},
                     {"findings", std::move(findings)},
                     {"output", gate.output}});
  }
  const ordered_json json = {{"schema", 1},
                             {"path", path},
                             {"passed", report.passed},
                             {"gates", std::move(gates)},
                             {"outputs", report.outputs}};
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace inhouse
