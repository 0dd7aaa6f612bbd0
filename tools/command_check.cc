// inhouse check: code against the real signatures of the indexed libraries.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "indexer/base/file_io.h"
#include "retriever/retriever.h"
#include "tools/command.h"
#include "tools/contract_format.h"
#include "tools/index_folder.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

struct CheckArguments {
  std::vector<std::string> files;
  std::string index;
  bool json = false, sarif = false, fix = false, no_warnings = false, calls = false;
};

Result<std::string> ReadCode(const std::string& path, CommandContext& context) {
  if (path != "-") return ReadFile(context.working_folder / path);
  return std::string(std::istreambuf_iterator<char>(context.in), {});
}

// From the end, so that earlier places stay true.
std::string Fixed(std::string code, const ContractReport& report) {
  std::vector<ContractFix> fixes;
  for (const ContractFinding& finding : report.findings) {
    fixes.insert(fixes.end(), finding.fixes.begin(), finding.fixes.end());
  }
  std::sort(fixes.begin(), fixes.end(),
            [](const ContractFix& a, const ContractFix& b) { return a.start_byte > b.start_byte; });
  for (const ContractFix& fix : fixes) {
    if (fix.end_byte > code.size()) continue;
    code.replace(fix.start_byte, fix.end_byte - fix.start_byte, fix.text);
  }
  return code;
}

class CheckRun {
 public:
  CheckRun(const CheckArguments& arguments, CommandContext& context, Retriever& retriever)
      : arguments_(arguments), context_(context), retriever_(retriever) {}

  Result<int> Run() {
    for (const std::string& path : arguments_.files) RETURN_IF_ERROR(CheckFile(path));
    Print();
    return has_errors_ ? 1 : 0;
  }

 private:
  Status CheckFile(const std::string& path) {
    ASSIGN_OR_RETURN(std::string code, ReadCode(path, context_));
    ContractOptions options;
    options.warnings = !arguments_.no_warnings;
    options.list_calls = arguments_.calls;
    if (path != "-") options.file = context_.working_folder / path;
    ASSIGN_OR_RETURN(ContractReport report, retriever_.Check(code, options));
    if (arguments_.fix && path != "-") {
      std::string fixed = Fixed(code, report);
      if (fixed != code) {
        RETURN_IF_ERROR(WriteFileDurably(context_.working_folder / path, fixed));
        ASSIGN_OR_RETURN(report, retriever_.Check(fixed, options));
        ++fixed_;
      }
    }
    for (const ContractFinding& finding : report.findings) {
      has_errors_ = has_errors_ || finding.is_error;
    }
    if (report.error_count > 0) {
      context_.err << "inhouse: note: " << OneLine(path) << " does not parse as Python ("
                   << report.error_count << (report.error_count == 1 ? " place" : " places")
                   << "); what could be read was checked\n";
    }
    files_.push_back({path, std::move(report)});
    return {};
  }

  void Print() {
    if (arguments_.json) {
      context_.out << ContractJson(files_) << '\n';
      return;
    }
    if (arguments_.sarif) {
      context_.out << ContractSarif(files_) << '\n';
      return;
    }
    const Style style(context_.out_is_terminal && !context_.no_color);
    size_t findings = 0, calls = 0, uses = 0;
    for (const CheckedFile& file : files_) {
      context_.out << ContractText(file, style);
      findings += file.report.findings.size();
      calls += file.report.checked_calls;
      uses += file.report.checked_uses;
    }
    if (fixed_ > 0) context_.out << fixed_ << (fixed_ == 1 ? " file" : " files") << " mended\n";
    context_.out << findings << (findings == 1 ? " finding" : " findings") << "; " << uses
                 << " uses of indexed libraries looked at, " << calls << " calls bound\n";
  }

  const CheckArguments& arguments_;
  CommandContext& context_;
  Retriever& retriever_;
  std::vector<CheckedFile> files_;
  size_t fixed_ = 0;
  bool has_errors_ = false;
};

Result<int> RunCheck(const CheckArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever,
                   Retriever::Open(FindIndexFolder(arguments.index, context.working_folder)));
  return CheckRun(arguments, context, *retriever).Run();
}

}  // namespace

Command AddCheckCommand(CLI::App& app) {
  const auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command =
      app.add_subcommand("check", "Code against the real signatures of the indexed libraries");
  command->add_option("FILE", arguments->files, "Python files; - reads standard input")->required();
  auto* json = command->add_flag("--json", arguments->json, "Findings as a JSON object");
  command->add_flag("--sarif", arguments->sarif, "Findings as SARIF 2.1.0")->excludes(json);
  command->add_flag("--fix", arguments->fix, "Mend what is certain (a renamed keyword) in place");
  command->add_flag("--no-warnings", arguments->no_warnings,
                    "Leave out private and deprecated uses");
  command->add_flag("--calls", arguments->calls, "With --json: each call into indexed packages too")
      ->needs(json);
  command->add_option("--index", arguments->index, "Index folder (else the nearest .inhouse/)");
  return {command, [arguments](CommandContext& context) { return RunCheck(*arguments, context); }};
}

}  // namespace inhouse
