#include "agent/strategies/strategy.h"

#include "agent/strategies/codeact.h"

namespace inhouse {

Result<std::unique_ptr<Strategy>> MakeStrategy(std::string_view name) {
  if (name == "codeact") return MakeCodeAct();
  return Error{ErrorKind::kUsage,
               "there is no strategy '" + std::string(name) + "'; the strategies are: codeact"};
}

}  // namespace inhouse
