// The name under which a definition is best imported, out of what packages
// re-export: resolve.h the other way round. Pure, one definition at a time, so that
// a part of the index can be looked at anew. As thread-safe as the NameFacts given.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/store/resolve.h"

namespace inhouse {

// The names that a package offers by its imports ("house.load"), sorted, each
// once, whatever they lead to. Empty for what is no package, or a private one.
std::vector<std::string> ReexportedNames(const NameFacts& facts, std::string_view package);

// Remembers what it found: make one for each state of the facts.
class ImportNamer {
 public:
  // The re-exported names that resolve to a definition.
  using Reexports = std::function<std::vector<std::string>(std::string_view definition)>;
  ImportNamer(const NameFacts& facts, Reexports reexports)
      : facts_(facts), reexports_(std::move(reexports)) {}

  // The import name is public if there is a public one, in the definition's own
  // top-level package if there is one, then has the fewest parts, then the fewest
  // bytes. A member is imported by its parent's name.
  const std::string& Of(std::string_view definition);

 private:
  const NameFacts& facts_;
  const Reexports reexports_;
  std::unordered_map<std::string, std::string, NameHasher, std::equal_to<>> known_;
};

}  // namespace inhouse
