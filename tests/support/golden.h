// Golden files: tests/golden/NAME holds what a function is to give.
//
//   ExpectGolden("prompts/codeact_system.md", CodeActSystemPrompt(parts));
//
// INHOUSE_UPDATE_GOLDEN=1 writes the files; read the diff before committing it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/temp_dir.h"

namespace inhouse::testing {

inline void ExpectGolden(std::string_view name, std::string_view actual) {
  const std::filesystem::path path =
      std::filesystem::path(INHOUSE_SOURCE_DIR) / "tests" / "golden" / name;
  if (std::getenv("INHOUSE_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(path))
      << path << " is missing; run with INHOUSE_UPDATE_GOLDEN=1";
  EXPECT_EQ(actual, ReadAll(path)) << "differs from " << path;
}

}  // namespace inhouse::testing
