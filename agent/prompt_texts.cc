#include "agent/prompt_texts.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "indexer/base/check.h"
#include "indexer/base/file_io.h"

namespace inhouse {

namespace fs = std::filesystem;

// Generated from prompts/*.md, in the order of their names.
std::span<const std::pair<std::string_view, std::string_view>> BuiltInPrompts();

namespace {

constexpr int64_t kMaxPromptBytes = int64_t{64} << 10;

// Without these a prompt would leave out what it is about.
constexpr std::array<std::string_view, 8> kNeeded = {"request", "message", "findings", "problem",
                                                     "tools",   "plan",    "code",     "step"};

const std::string_view* BuiltIn(std::string_view name) {
  for (const auto& [known, text] : BuiltInPrompts()) {
    if (known == name) return &text;
  }
  return nullptr;
}

std::string Joined(const std::vector<std::string_view>& names) {
  std::string joined;
  for (const std::string_view name : names) {
    joined.append(joined.empty() ? "" : ", ").append(name);
  }
  return joined;
}

bool Holds(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Status CheckPlaceholders(const fs::path& file, std::string_view text, std::string_view built_in) {
  const std::vector<std::string_view> known = PlaceholdersOf(built_in);
  const std::vector<std::string_view> used = PlaceholdersOf(text);
  for (const std::string_view name : used) {
    if (Holds(known, name)) continue;
    return BadInput(file.string() + ": there is no placeholder {{" + std::string(name) +
                    "}} in this prompt; it has: " + Joined(known));
  }
  for (const std::string_view name : known) {
    if (Holds(used, name) || std::find(kNeeded.begin(), kNeeded.end(), name) == kNeeded.end()) {
      continue;
    }
    return BadInput(file.string() + ": the placeholder {{" + std::string(name) +
                    "}} is missing; without it the model is not told what this prompt is about");
  }
  return {};
}

}  // namespace

std::vector<std::string_view> PlaceholdersOf(std::string_view text) {
  std::vector<std::string_view> names;
  for (size_t open = text.find("{{"); open != std::string_view::npos;) {
    const size_t close = text.find("}}", open);
    if (close == std::string_view::npos) {
      names.emplace_back();
      return names;
    }
    names.push_back(text.substr(open + 2, close - open - 2));
    open = text.find("{{", close + 2);
  }
  return names;
}

Result<PromptTexts> PromptTexts::Load(const fs::path& folder) {
  PromptTexts texts;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    if (it->path().extension() != ".md") continue;
    const std::string name = it->path().stem().string();
    const std::string_view* built_in = BuiltIn(name);
    if (built_in == nullptr) {
      return BadInput(it->path().string() +
                      ": there is no prompt of that name; the prompts are: " + Joined(Names()));
    }
    ASSIGN_OR_RETURN(std::string text, ReadFile(it->path(), kMaxPromptBytes));
    RETURN_IF_ERROR(CheckPlaceholders(it->path(), text, *built_in));
    texts.replaced_[name] = std::move(text);
  }
  if (!code) return texts;
  return BadInput("the folder of prompts " + folder.string() + " cannot be read (" +
                  code.message() + "); mend [run] prompts");
}

std::string_view PromptTexts::Get(std::string_view name) const {
  const auto replaced = replaced_.find(name);
  if (replaced != replaced_.end()) return replaced->second;
  const std::string_view* text = BuiltIn(name);
  CHECK(text != nullptr);
  return *text;
}

std::vector<std::string> PromptTexts::Replaced() const {
  std::vector<std::string> names;
  names.reserve(replaced_.size());
  for (const auto& [name, text] : replaced_) names.push_back(name);
  return names;
}

std::vector<std::string_view> PromptTexts::Names() {
  std::vector<std::string_view> names;
  names.reserve(BuiltInPrompts().size());
  for (const auto& [name, text] : BuiltInPrompts()) names.push_back(name);
  return names;
}

}  // namespace inhouse
