#include "agent/observation.h"

#include <algorithm>
#include <sstream>

#include "agent/prompt.h"

namespace inhouse {
namespace {

constexpr size_t kMaxWarnings = 5;
constexpr size_t kNameDetail = 300;
constexpr size_t kMaxLiveNames = 40;

// "ok" → first line of the observation.
std::string Headline(const CellResult& result) {
  switch (result.outcome) {
    case CellOutcome::kOk: return "Observation: the block ran.";
    case CellOutcome::kError: return "Observation: the block failed.";
    case CellOutcome::kTimeout: return "Observation: the block took too long and was stopped.";
    case CellOutcome::kKernelDied: return "Observation: the interpreter ended while the block ran.";
  }
  return "Observation:";
}

std::string DeathNote(const CellResult& result, const std::vector<std::string>& lost) {
  const bool ended =
      result.outcome == CellOutcome::kKernelDied || result.outcome == CellOutcome::kTimeout;
  if (!ended) return "";
  std::string note;
  if (result.state_lost) {
    note = "A fresh interpreter was started; all names are gone";
    for (size_t i = 0; i < lost.size() && i < 30; ++i) note += (i == 0 ? ": " : ", ") + lost[i];
    note += ". Files under /work are gone too. Import and define again what you need.\n";
  } else {
    note = "The names of the earlier blocks are still there; those of this block may not be.\n";
  }
  return note + "Use less data, less memory, or smaller steps.\n";
}

// A printed row of a table: an index, then at least two more columns or wide gaps.
bool LooksLikeRow(const std::string& line) {
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string::npos) return false;
  const bool boxed = line.compare(begin, 3, "│") == 0 || line[begin] == '|' || line[begin] == '[' ||
                     line[begin] == '(' || line[begin] == '{';
  const bool numbered =
      line[begin] >= '0' && line[begin] <= '9' && line.find("  ", begin) != std::string::npos;
  const bool commas = std::count(line.begin(), line.end(), ',') >= 2;
  const bool has_digit = line.find_first_of("0123456789") != std::string::npos;
  return numbered || ((boxed || commas) && has_digit);
}

std::string WithoutRows(const std::string& text) {
  std::istringstream lines(text);
  std::string kept;
  size_t withheld = 0;
  for (std::string line; std::getline(lines, line);) {
    if (LooksLikeRow(line)) {
      ++withheld;
    } else {
      kept += line + "\n";
    }
  }
  if (withheld > 0) kept.append("(").append(std::to_string(withheld)).append(" rows withheld)\n");
  return kept;
}

// The head that the kernel puts over frames and series says shape, types and nulls.
std::string DisplayWithoutRows(const std::string& display) {
  if (!display.starts_with("DataFrame ") && !display.starts_with("Series ")) {
    return WithoutRows(display);
  }
  const size_t first = display.find('\n');
  if (first == std::string::npos) return display;
  const bool nulls = display.compare(first + 1, 7, "nulls: ") == 0;
  return display.substr(0, nulls ? display.find('\n', first + 1) : first) + "\n(rows withheld)\n";
}

std::string Section(std::string_view title, const std::string& text, size_t limit) {
  if (text.find_first_not_of(" \n\t") == std::string::npos) return "";
  return std::string(title) + ":\n" + Fenced(CutMiddle(MaskVolatile(text), limit));
}

std::string Warnings(const CellResult& result) {
  std::string text;
  for (size_t i = 0; i < std::min(result.warnings.size(), kMaxWarnings); ++i) {
    text += result.warnings[i] + "\n";
  }
  return text;
}

std::string Failure(const CellResult& result) {
  if (!result.traceback.empty()) return result.traceback;
  if (result.error_type.empty()) return result.error_message;
  return result.error_type + ": " + result.error_message;
}

std::string NameLines(const std::vector<LiveName>& names, size_t limit) {
  std::string lines;
  for (size_t i = 0; i < std::min(names.size(), limit); ++i) {
    const LiveName& name = names[i];
    lines += name.name + ": " + name.type;
    if (!name.detail.empty()) lines.append(" ").append(CutMiddle(name.detail, kNameDetail));
    lines += "\n";
  }
  if (names.size() > limit) lines += "… and " + std::to_string(names.size() - limit) + " more\n";
  return lines;
}

}  // namespace

std::string CellObservation(const CellResult& result, const std::vector<LiveName>& changed,
                            const std::vector<std::string>& lost,
                            const ObservationOptions& options) {
  const std::string output = options.withhold_rows ? WithoutRows(result.output) : result.output;
  const std::string display =
      options.withhold_rows ? DisplayWithoutRows(result.display) : result.display;
  std::string text = Headline(result) + "\n";
  text += Section("Output", output, options.output_bytes);
  text += Section("Value", display, options.output_bytes);
  text += Section("Warnings", Warnings(result), 1000);
  if (result.outcome != CellOutcome::kOk) {
    text += Section("Error", Failure(result), options.traceback_bytes);
  }
  text += DeathNote(result, lost);
  if (!result.figures.empty()) {
    text += std::to_string(result.figures.size()) + " figure(s) were drawn and kept:";
    for (const Figure& figure : result.figures) text += " " + figure.name;
    text += "\n";
  }
  text += Section("New names", NameLines(changed, options.names), 2000);
  const bool silent = result.outcome == CellOutcome::kOk && output.empty() && display.empty();
  if (silent && changed.empty()) text += "It printed nothing.\n";
  return text;
}

std::vector<Finding> FindingsWithoutRows(std::vector<Finding> findings) {
  for (Finding& finding : findings) {
    const bool traceback =
        finding.message.find("Traceback (most recent call last)") != std::string::npos;
    if (finding.gate == "runs" && !traceback) finding.message = WithoutRows(finding.message);
    const size_t quote = finding.message.find(" (line ");
    if (finding.gate == "reproducible" && quote != std::string::npos) {
      finding.message.resize(quote);
      finding.message += " (the lines are withheld)";
    }
  }
  return findings;
}

std::string ShortenObservation(std::string_view observation, size_t limit) {
  if (observation.size() <= limit) return std::string(observation);
  const size_t line = std::min(observation.find('\n'), observation.size() - 1) + 1;
  // Cut text may hold half a fence: it gets one of its own around it.
  return std::string(observation.substr(0, line)) +
         Fenced(CutMiddle(observation.substr(line), limit)) + "(shortened)";
}

std::string LiveLines(const std::vector<LiveName>& names) {
  std::vector<LiveName> shown = names;
  std::erase_if(shown, [](const LiveName& name) { return name.type == "module"; });
  return NameLines(shown, kMaxLiveNames);
}

std::vector<LiveName> ChangedNames(const std::vector<LiveName>& before,
                                   const std::vector<LiveName>& now) {
  std::vector<LiveName> changed;
  for (const LiveName& name : now) {
    if (name.type == "module") continue;
    const auto same = std::find_if(before.begin(), before.end(), [&](const LiveName& old) {
      return old.name == name.name && old.type == name.type && old.detail == name.detail;
    });
    if (same == before.end()) changed.push_back(name);
  }
  return changed;
}

}  // namespace inhouse
