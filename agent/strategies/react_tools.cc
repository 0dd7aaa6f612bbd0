#include "agent/strategies/react_tools.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

using nlohmann::json;

constexpr int kMaxNesting = 8;

ToolSpec Tool(std::string name, std::string description, const json& properties) {
  json required = json::array();
  for (const auto& item : properties.items()) required.push_back(item.key());
  const json schema = {{"type", "object"},
                       {"properties", properties},
                       {"required", std::move(required)},
                       {"additionalProperties", false}};
  return {std::move(name), std::move(description), schema.dump()};
}

json Text(const char* description) { return {{"type", "string"}, {"description", description}}; }

// A value as a Python expression: JSON inside a string literal, all ASCII.
std::string PythonValue(const json& value) {
  const auto ascii = [](const json& v) {
    return v.dump(-1, ' ', true, json::error_handler_t::replace);
  };
  return "__import__('json').loads(" + ascii(json(ascii(value))) + ")";
}

constexpr std::string_view kRunPython = R"py(import subprocess as _subprocess, sys as _sys
with open("/tmp/run_python.py", "w", encoding="utf-8") as _file:
    _file.write(_code)
try:
    _done = _subprocess.run([_sys.executable, "/tmp/run_python.py"], stdin=_subprocess.DEVNULL,
                            stdout=_subprocess.PIPE, stderr=_subprocess.STDOUT, timeout=30)
    _text, _end = _done.stdout, f"exit code {_done.returncode}" if _done.returncode else ""
except _subprocess.TimeoutExpired as _late:
    _text, _end = _late.stdout or b"", "stopped after 30 seconds"
print(_text.decode("utf-8", "replace"), end="")
if _end:
    print(f"[{_end}]")
)py";

constexpr std::string_view kCheckImports = R"py(import importlib.util as _util
for _name in _names:
    try:
        _found = _util.find_spec(str(_name)) is not None
    except (ImportError, ValueError, AttributeError):
        _found = False
    print(f"{_name}: {'can be imported' if _found else 'does not exist here'}")
)py";

constexpr std::string_view kWriteFile = R"py(from pathlib import Path as _Path
_target = (_Path("/work") / _path).resolve()
if _Path("/work") not in _target.parents:
    raise PermissionError(f"{_path}: files can be written below /work only")
_target.parent.mkdir(parents=True, exist_ok=True)
_target.write_text(_content, encoding="utf-8")
print(f"{len(_content)} characters written to {_target}")
)py";

Error Wrong(std::string what) { return {ErrorKind::kBadInput, std::move(what)}; }

Result<json> Arguments(std::string_view text) {
  const auto depth =
      std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; });
  json value = json::parse(
      text, [](int d, json::parse_event_t, json&) { return d <= kMaxNesting; }, false);
  if (depth == 0 || !value.is_object()) return Wrong("the arguments are no JSON object");
  return value;
}

Result<std::string> TextArgument(const json& arguments, const char* name) {
  const auto found = arguments.find(name);
  if (found == arguments.end())
    return Wrong(std::string("the argument \"") + name + "\" is missing");
  if (!found->is_string()) return Wrong(std::string("the argument \"") + name + "\" is no text");
  return found->get<std::string>();
}

Result<ToolPlan> PlanReadSchema(const json& arguments) {
  ASSIGN_OR_RETURN(const std::string path, TextArgument(arguments, "path_or_table"));
  return ToolPlan{.cell = "read_schema(" + PythonValue(path) + ")\n"};
}

Result<ToolPlan> PlanRunPython(const json& arguments) {
  ASSIGN_OR_RETURN(std::string code, TextArgument(arguments, "code"));
  ToolPlan plan;
  plan.cell = "_code = " + PythonValue(code) + "\n" + std::string(kRunPython);
  plan.python = std::move(code);
  return plan;
}

Result<ToolPlan> PlanCheckImports(const json& arguments) {
  const auto names = arguments.find("names");
  const bool ok =
      names != arguments.end() && names->is_array() && !names->empty() &&
      std::all_of(names->begin(), names->end(), [](const json& name) { return name.is_string(); });
  if (!ok) return Wrong("the argument \"names\" must be a list of module names");
  return ToolPlan{.cell = "_names = " + PythonValue(*names) + "\n" + std::string(kCheckImports)};
}

Result<ToolPlan> PlanWriteFile(const json& arguments) {
  ASSIGN_OR_RETURN(const std::string path, TextArgument(arguments, "path"));
  ASSIGN_OR_RETURN(const std::string content, TextArgument(arguments, "content"));
  return ToolPlan{.cell = "_path = " + PythonValue(path) + "\n_content = " + PythonValue(content) +
                          "\n" + std::string(kWriteFile)};
}

Result<ToolPlan> PlanEngineCall(const json& arguments, const char* argument, std::string call) {
  ASSIGN_OR_RETURN(const std::string text, TextArgument(arguments, argument));
  ToolPlan plan;
  plan.engine_call = std::move(call);
  plan.engine_arguments =
      json({{argument, text}}).dump(-1, ' ', false, json::error_handler_t::replace);
  return plan;
}

}  // namespace

std::vector<ToolSpec> ReActTools() {
  const json names = {
      {"type", "array"}, {"items", {{"type", "string"}}}, {"description", "module names"}};
  return {
      Tool("read_schema",
           "columns, types, null and unique counts of a data file under /data or of a table of the "
           "warehouse; argument `path_or_table`.",
           {{"path_or_table", Text("a path, or the name of a table")}}),
      Tool("run_python",
           "runs Python in a fresh process, at most 30 seconds, and shows what it prints; argument "
           "`code`.",
           {{"code", Text("a complete program")}}),
      Tool("check_imports", "says which modules can be imported; argument `names` (a list).",
           {{"names", names}}),
      Tool("write_file", "writes a text file below /work; arguments `path`, `content`.",
           {{"path", Text("relative to /work")}, {"content", Text("the whole text")}}),
      Tool("search_api", "finds house APIs for what you need; argument `query`.",
           {{"query", Text("what you need, in English")}}),
      Tool("show_api",
           "shows one house API: signature, parameters, how the team calls it; argument `name`.",
           {{"name", Text("dotted name, like module.function")}}),
  };
}

Result<ToolPlan> PlanTool(std::string_view name, std::string_view arguments_json) {
  ASSIGN_OR_RETURN(const json arguments, Arguments(arguments_json));
  if (name == "read_schema") return PlanReadSchema(arguments);
  if (name == "run_python") return PlanRunPython(arguments);
  if (name == "check_imports") return PlanCheckImports(arguments);
  if (name == "write_file") return PlanWriteFile(arguments);
  if (name == "search_api") return PlanEngineCall(arguments, "query", "find_api");
  if (name == "show_api") return PlanEngineCall(arguments, "name", "show_api");
  return Wrong("there is no tool \"" + std::string(name.substr(0, 60)) + "\"");
}

}  // namespace inhouse
