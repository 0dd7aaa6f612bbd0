// The options of `inhouse run` as parsed. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inhouse {

struct RunArguments {
  std::string request;
  std::vector<std::string> follow_ups;   // --then
  std::string data, out, config, index;  // as written, "" if left out
  std::string model, base_url;
  std::string patterns;      // folder of approved scripts
  bool no_patterns = false;  // none is shown, none is kept
  std::string strategy;      // "" if left out
  std::string sandbox;       // a SandboxKind's name, "" if left out
  bool resume = false;       // go on with the run in `out`
  bool strict = false;       // a recording must match the prompts
  bool yes = false;          // approve without asking
  std::optional<int> steps;
  std::optional<int64_t> seconds;
  std::optional<double> usd;
  std::string deploy;  // command that gets the approved script, "" for none
};

}  // namespace inhouse
