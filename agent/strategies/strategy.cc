#include "agent/strategies/strategy.h"

#include "agent/strategies/chained.h"
#include "agent/strategies/codeact.h"
#include "agent/strategies/react.h"
#include "agent/strategies/single_shot.h"

namespace inhouse {

Result<std::unique_ptr<Strategy>> MakeStrategy(std::string_view name) {
  if (name == "codeact") return MakeCodeAct();
  if (name == "react") return MakeReAct();
  if (name == "chained") return MakeChained();
  if (name == "single-shot") return MakeSingleShot();
  return Error{ErrorKind::kUsage,
               "there is no strategy '" + std::string(name) +
                   "'; the strategies are: codeact, react, chained, single-shot"};
}

int DefaultSteps(std::string_view strategy) { return strategy == "react" ? 10 : 15; }

}  // namespace inhouse
