// inhouse check: code against the real signatures of the indexed libraries.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <istream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "indexer/base/file_io.h"
#include "indexer/python/source_tree.h"
#include "retriever/retriever.h"
#include "tools/command.h"
#include "tools/config.h"
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

constexpr size_t kMaxInputBytes = size_t{8} << 20;  // as much as the parser takes

Result<std::string> ReadInput(std::istream& in) {
  std::string code;
  std::array<char, 64 << 10> part{};
  while (in.read(part.data(), part.size()), in.gcount() > 0) {
    code.append(part.data(), static_cast<size_t>(in.gcount()));
    if (code.size() <= kMaxInputBytes) continue;
    return BadInput("standard input has more than " + std::to_string(kMaxInputBytes) +
                    " bytes; check smaller pieces");
  }
  return code;
}

Result<std::string> ReadCode(const std::string& path, CommandContext& context) {
  return path == "-" ? ReadInput(context.in) : ReadFile(context.working_folder / path);
}

// The Python files below a folder, as the index would list them.
Result<std::vector<std::string>> FilesBelow(const std::string& folder, CommandContext& context) {
  ASSIGN_OR_RETURN(const Config config, FindConfig("", context.working_folder));
  SourceTreeOptions options;
  options.exclude = config.index.exclude;
  ASSIGN_OR_RETURN(const SourceListing listing,
                   ListSources(context.working_folder / folder, options));
  std::vector<std::string> files;
  for (const SourceFile& file : listing.files) {
    if (file.format == SourceFormat::kPython) {
      files.push_back((std::filesystem::path(folder) / RawPath(file.path)).string());
    }
  }
  for (const SkippedFile& file : listing.skipped) {
    if (file.by_rule) continue;
    context.err << "inhouse: note: " << OneLine(folder + "/" + file.path)
                << " was left out: " << OneLine(file.reason) << '\n';
  }
  if (!files.empty()) return files;
  return BadInput("there are no Python files below " + folder +
                  "; name a folder that holds some, or a file");
}

// In the order in which they were named; those of a folder sorted.
Result<std::vector<std::string>> FilesOf(const std::vector<std::string>& named,
                                         CommandContext& context) {
  std::vector<std::string> files;
  for (const std::string& path : named) {
    std::error_code unreadable;
    if (path == "-" || !std::filesystem::is_directory(context.working_folder / path, unreadable)) {
      files.push_back(path);
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> below, FilesBelow(path, context));
    files.insert(files.end(), below.begin(), below.end());
  }
  return files;
}

class CheckRun {
 public:
  CheckRun(const CheckArguments& arguments, CommandContext& context, Retriever& retriever)
      : arguments_(arguments), context_(context), retriever_(retriever) {}

  Result<int> Run() {
    // A file that cannot be read takes nothing from the findings of the others.
    Status unread;
    ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOf(arguments_.files, context_));
    for (const std::string& path : files) {
      const Status checked = CheckFile(path);
      if (checked.ok()) continue;
      if (checked.error().kind != ErrorKind::kBadInput) return checked.error();
      if (!unread.ok()) context_.err << "inhouse: " << unread.error().message << '\n';
      unread = checked;
    }
    Print();
    if (!unread.ok()) return unread.error();
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
    if (arguments_.fix) {
      const std::string fixed = WithFixes(code, report);
      if (fixed != code) {
        RETURN_IF_ERROR(ReplaceFileDurably(context_.working_folder / path, fixed));
        ASSIGN_OR_RETURN(report, retriever_.Check(fixed, options));
        ++fixed_;
      }
    }
    for (const ContractFinding& finding : report.findings) {
      has_errors_ = has_errors_ || finding.is_error;
    }
    if (report.error_count > 0) {
      has_errors_ = true;  // what does not parse was not checked, and does not run
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

// Standard input once, and never to be mended in place.
Status CheckInputs(const CheckArguments& arguments) {
  const auto inputs = std::count(arguments.files.begin(), arguments.files.end(), "-");
  if (inputs > 1) return Error{ErrorKind::kUsage, "- stands more than once; it is read once"};
  if (inputs == 0 || !arguments.fix) return {};
  return Error{ErrorKind::kUsage, "--fix mends files in place, not standard input; name a file"};
}

Result<int> RunCheck(const CheckArguments& arguments, CommandContext& context) {
  RETURN_IF_ERROR(CheckInputs(arguments));
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever,
                   Retriever::Open(FindIndexFolder(arguments.index, context.working_folder)));
  return CheckRun(arguments, context, *retriever).Run();
}

}  // namespace

Command AddCheckCommand(CLI::App& app) {
  const auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command =
      app.add_subcommand("check", "Code against the real signatures of the indexed libraries");
  command
      ->add_option("FILE", arguments->files,
                   "Python files, or folders of them; - reads standard input")
      ->required();
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
