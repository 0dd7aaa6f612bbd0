// The words of the prompts: one file each in prompts/, embedded in the binary, and what
// a team puts in the place of some of them.
//
//   ASSIGN_OR_RETURN(const PromptTexts texts, PromptTexts::Load("prompts"));   // [run] prompts
//   FillTemplate(texts.Get("request"), {{"request", …}, …});
//
// A default-made PromptTexts holds the built-in ones. docs/prompts.md says what each is
// for. Values; safe from any thread once made.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

class PromptTexts {
 public:
  // The built-in texts, with every NAME.md of `folder` in the place of the text of that
  // name. Errors: kBadInput (no folder; a name that does not exist, with those that do; a
  // placeholder that this text does not have, or lacks one that it must have).
  static Result<PromptTexts> Load(const std::filesystem::path& folder);

  // `name` must be one of Names().
  std::string_view Get(std::string_view name) const;
  // Of the texts that were replaced, in order.
  std::vector<std::string> Replaced() const;

  static std::vector<std::string_view> Names();

 private:
  std::map<std::string, std::string, std::less<>> replaced_;
};

// The names between {{ and }}, in order; each as often as it stands there. An opening
// without an end gives "".
std::vector<std::string_view> PlaceholdersOf(std::string_view text);

}  // namespace inhouse
