#include "agent/strategies/plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "indexer/python/source_text.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kMaxPlanBytes = 64 << 10;
constexpr size_t kMaxListItems = 12;
constexpr int kMaxNesting = 16;

Error Wrong(std::string what) { return {ErrorKind::kBadInput, std::move(what)}; }

std::string OneLine(const json& value) {
  if (!value.is_string()) return "";
  std::string text = value.get<std::string>();
  text.resize(std::min(text.size(), kMaxPlanText));
  text.resize(ValidUtf8Prefix(text));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

// Strings of a list, or one string.
std::vector<std::string> Texts(const json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end()) return texts;
  if (found->is_string()) return {OneLine(*found)};
  if (!found->is_array()) return texts;
  for (const json& item : *found) {
    if (texts.size() < kMaxListItems && item.is_string()) texts.push_back(OneLine(item));
  }
  return texts;
}

// The end of the JSON value that begins at `begin`, by its brackets; npos if it
// is open or nested too deeply.
size_t EndOfValue(std::string_view text, size_t begin) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      if (++depth > kMaxNesting) return std::string_view::npos;
    } else if (!in_string && (c == ']' || c == '}') && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// The list in a value: itself, or under a name that models give it.
std::optional<json> ListIn(json value) {
  if (value.is_object()) {
    for (const char* key : {"steps", "plan"}) {
      const auto found = value.find(key);
      if (found != value.end() && found->is_array()) return *found;
    }
    return {};
  }
  const bool is_plan = value.is_array() && !value.empty() && value.front().is_object();
  return is_plan ? std::optional<json>(std::move(value)) : std::nullopt;
}

std::optional<json> FindList(std::string_view text) {
  size_t begin = text.find_first_of("[{");
  for (int tries = 0; begin != std::string_view::npos && tries < 20; ++tries) {
    const size_t end = EndOfValue(text, begin);
    size_t next = begin + 1;
    if (end != std::string_view::npos) {
      json value = json::parse(text.substr(begin, end - begin), nullptr, false);
      if (!value.is_discarded()) {
        if (auto list = ListIn(std::move(value))) return list;
        next = end;
      }
    }
    begin = text.find_first_of("[{", next);
  }
  return {};
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

}  // namespace

Result<std::vector<PlanStep>> ParsePlan(std::string_view reply) {
  if (reply.size() > kMaxPlanBytes) return Wrong("the plan is longer than 64 KiB");
  const std::optional<json> list = FindList(reply);
  if (!list) return Wrong("the reply has no JSON list of steps");
  if (list->empty()) return Wrong("the plan has no step");
  std::vector<PlanStep> plan;
  for (const json& item : *list) {
    if (!item.is_object()) return Wrong("a step of the plan is no JSON object");
    PlanStep step;
    step.function = OneLine(item.value("function", json()));
    step.purpose = OneLine(item.value("purpose", json()));
    if (step.function.empty()) return Wrong("a step of the plan has no \"function\"");
    step.inputs = Texts(item, "inputs");
    step.outputs = Texts(item, "outputs");
    step.libraries = Texts(item, "libraries");
    plan.push_back(std::move(step));
  }
  if (plan.size() > kMaxPlanSteps) {
    return Wrong("the plan has " + std::to_string(plan.size()) + " steps, more than " +
                 std::to_string(kMaxPlanSteps));
  }
  return plan;
}

std::string PlanStepLine(const PlanStep& step) {
  std::string line = step.function;
  if (!step.purpose.empty()) line += ": " + step.purpose;
  std::string more;
  const auto add = [&more](const char* label, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    more += (more.empty() ? "" : "; ") + std::string(label) + " " + Joined(texts);
  };
  add("in:", step.inputs);
  add("out:", step.outputs);
  add("with:", step.libraries);
  return more.empty() ? line : line + " (" + more + ")";
}

std::string PlanLines(const std::vector<PlanStep>& plan) {
  std::string lines;
  for (size_t i = 0; i < plan.size(); ++i) {
    lines += std::to_string(i + 1) + ". " + PlanStepLine(plan[i]) + "\n";
  }
  return lines;
}

}  // namespace inhouse
