// The tools of the ReAct strategy: what they are called with, and the Python
// that does the work of those that run in the sandbox. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/chat.h"
#include "indexer/base/result.h"

namespace inhouse {

// read_schema, run_python, check_imports, write_file, search_api, show_api.
std::vector<ToolSpec> ReActTools();

struct ToolPlan {
  std::string cell{};         // Python for the sandbox; "" for a question to the engine
  std::string python{};       // run_python: the model's own code
  std::string engine_call{};  // "find_api" or "show_api", with
  std::string engine_arguments{};
};

// Errors: kBadInput, for the model: no such tool, no JSON object, an argument
// that is missing or of another type.
Result<ToolPlan> PlanTool(std::string_view name, std::string_view arguments_json);

}  // namespace inhouse
