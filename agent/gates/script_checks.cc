#include "agent/gates/script_checks.h"

#include <algorithm>
#include <string>

#include "agent/gates/credentials.h"
#include "agent/identifiers.h"
#include "agent/python_text.h"

namespace inhouse {
namespace {

Finding Problem(std::string gate, std::string message, int line) {
  return {std::move(gate), "error", std::move(message), line, 0};
}

struct EntryPoint {
  bool has_main = false;
  int guard_line = 0;        // of `if __name__ == "__main__":`
  bool guard_calls = false;  // main() behind it
};

bool IsGuard(std::string_view line) {
  return line.starts_with("if") && line.find("__name__") != std::string_view::npos &&
         line.find("__main__") != std::string_view::npos;
}

EntryPoint FindEntryPoint(std::string_view script, const std::string& masked) {
  EntryPoint entry;
  int line = 0;
  for (size_t begin = 0; begin < script.size();) {
    const size_t end = std::min(script.find('\n', begin), script.size());
    const std::string_view code = std::string_view(masked).substr(begin, end - begin);
    ++line;
    if (code.starts_with("def main(") || code.starts_with("async def main(")) entry.has_main = true;
    // The quoted name is masked: the line itself is looked at where code begins with `if`.
    if (code.starts_with("if") && IsGuard(script.substr(begin, end - begin))) {
      entry.guard_line = line;
    }
    if (entry.guard_line > 0 && code.find("main(") != std::string_view::npos) {
      entry.guard_calls = true;
    }
    begin = end + 1;
  }
  return entry;
}

void CheckEntryPoint(std::string_view script, const std::string& masked,
                     std::vector<Finding>* findings) {
  const EntryPoint entry = FindEntryPoint(script, masked);
  if (!entry.has_main) {
    findings->push_back(Problem("main", "the script has no main() function at its top level", 0));
  }
  if (entry.guard_line == 0) {
    findings->push_back(
        Problem("main", "main() must be called behind `if __name__ == \"__main__\":`", 0));
  } else if (!entry.guard_calls) {
    findings->push_back(Problem("main", "the guard does not call main()", entry.guard_line));
  }
}

// A path that exists on somebody's machine only. /data, /work and /tmp are the sandbox's.
bool IsMachinePath(std::string_view text) {
  for (const std::string_view root : {"/home/", "/Users/", "/root/", "/mnt/", "/media/", "~/"}) {
    if (text.starts_with(root)) return true;
  }
  const bool drive = text.size() > 3 && text[1] == ':' && (text[2] == '\\' || text[2] == '/') &&
                     ((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z'));
  return drive && text.substr(2, 2) != "//";
}

void CheckPaths(std::string_view script, const PythonText& text, std::vector<Finding>* findings) {
  for (const StringLiteral& literal : text.strings) {
    if (literal.triple) continue;
    const std::string_view body =
        script.substr(literal.body_begin, literal.body_end - literal.body_begin);
    if (!IsMachinePath(body)) continue;
    std::string message(1, '\'');
    message.append(body.substr(0, 80))
        .append("' is a path of one machine; use /data, /work, or a path from the environment");
    findings->push_back(Problem("paths", std::move(message), LineOf(script, literal.begin)));
  }
}

bool Defines(const std::string& masked, std::string_view name) {
  return masked.find("def " + std::string(name) + "(") != std::string::npos;
}

void CheckHelpers(std::string_view script, const std::string& masked,
                  std::vector<Finding>* findings) {
  for (const NameUse& use : UsedNames(script)) {
    for (const std::string_view helper : {"find_api", "show_api", "read_schema"}) {
      if (use.name != helper || !use.is_call || use.imported || Defines(masked, helper)) continue;
      findings->push_back(
          Problem("helpers",
                  std::string(helper) + "() exists while exploring only; take it out of the script",
                  LineOf(script, use.offset)));
    }
  }
}

// "DataFrame.to_parquet" names a method of whatever value; everything else is
// an imported name, or one that it begins.
bool Matches(const NameUse& use, const std::string& replaced) {
  const size_t dot = replaced.rfind('.');
  const bool method = replaced[0] >= 'A' && replaced[0] <= 'Z' && dot != std::string::npos;
  if (method) return use.is_call && !use.imported && use.name.ends_with(replaced.substr(dot));
  if (!use.imported) return false;
  const std::string name = "." + use.name + ".";
  // "datetime.now" also stands for datetime.datetime.now.
  return name.find("." + replaced + ".") != std::string::npos;
}

}  // namespace

std::vector<Finding> CheckScriptText(std::string_view script) {
  std::vector<Finding> findings;
  const PythonText text = ScanPython(script);
  CheckEntryPoint(script, text.masked, &findings);
  for (Finding& finding : FindCredentials(script)) findings.push_back(std::move(finding));
  CheckPaths(script, text, &findings);
  CheckHelpers(script, text.masked, &findings);
  return findings;
}

std::vector<Finding> CheckHouseRules(std::string_view script,
                                     const std::vector<PreferRule>& rules) {
  std::vector<Finding> findings;
  const std::vector<NameUse> uses = UsedNames(script);
  for (const PreferRule& rule : rules) {
    if (rule.instead_of.empty()) continue;
    const auto use = std::find_if(uses.begin(), uses.end(), [&](const NameUse& candidate) {
      return Matches(candidate, rule.instead_of);
    });
    if (use == uses.end()) continue;
    findings.push_back({"house rules", "warning",
                        "use " + rule.use + " in place of " + rule.instead_of +
                            (rule.reason.empty() ? "" : ": " + rule.reason),
                        LineOf(script, use->offset), 0});
  }
  return findings;
}

}  // namespace inhouse
