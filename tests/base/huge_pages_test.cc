#include "indexer/base/huge_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace inhouse {
namespace {

TEST(HugePages, ChangeNoByteOfAnyMemory) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{100'000}, size_t{9'000'001}}) {
    for (const size_t at : {size_t{0}, size_t{1}, size_t{4095}}) {
      std::string bytes(size + at, 'x');
      AskForHugePages(bytes.data() + at, size);
      EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 'x'; }));
      std::fill(bytes.begin(), bytes.end(), 'y');
      EXPECT_EQ(bytes, std::string(size + at, 'y'));
    }
  }
}

}  // namespace
}  // namespace inhouse
