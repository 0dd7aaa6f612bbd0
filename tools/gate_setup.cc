#include "tools/gate_setup.h"

#include <unistd.h>

#include <system_error>

namespace inhouse {
namespace {

namespace fs = std::filesystem;

bool IsProgram(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_regular_file(path, unreadable) && ::access(path.c_str(), X_OK) == 0;
}

// "" if it is nowhere.
std::string FindProgram(const std::string& name, std::string_view folders) {
  if (name.find('/') != std::string::npos) return IsProgram(name) ? name : "";
  while (!folders.empty()) {
    const size_t colon = folders.find(':');
    const fs::path candidate = fs::path(folders.substr(0, colon)) / name;
    if (candidate.is_absolute() && IsProgram(candidate)) return candidate.string();
    folders.remove_prefix(colon == std::string_view::npos ? folders.size() : colon + 1);
  }
  return "";
}

}  // namespace

Result<GateOptions> SetUpGates(const Config& config, const VariableLookup& variable) {
  GateOptions options = config.gates;
  for (TeamGate& gate : options.team) {
    const std::string found =
        FindProgram(gate.command.front(), variable("PATH").value_or("/usr/bin:/bin"));
    if (found.empty()) {
      return BadInput(config.file.string() + ": [[gates.command]] '" + gate.name +
                      "': " + gate.command.front() +
                      " is not a program that can be run; mend the path or install it");
    }
    gate.command.front() = found;
    for (const char* name : {"PATH", "HOME", "LANG"}) {
      if (const auto value = variable(name)) gate.environment.emplace_back(name, *value);
    }
    gate.environment.emplace_back("PYTHONDONTWRITEBYTECODE", "1");
  }
  return options;
}

}  // namespace inhouse
