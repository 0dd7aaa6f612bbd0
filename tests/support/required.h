// What must work on this machine: a test that would be skipped because a part cannot start fails
// where INHOUSE_REQUIRE ("gvisor,podman,cgroup") names the part. tools/check --ci sets it.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace inhouse::testing {

inline bool Required(std::string_view part) {
  const char* given = std::getenv("INHOUSE_REQUIRE");
  std::string list(1, ',');
  list.append(given == nullptr ? "" : given).push_back(',');
  std::string item(1, ',');
  item.append(part).push_back(',');
  return part == "bubblewrap" || list.find(item) != std::string::npos;
}

}  // namespace inhouse::testing
