// Output that is too long for an observation is whole on disk.
#include "agent/kernel/whole_output.h"

#include <gtest/gtest.h>

#include "agent/kernel/output_collector.h"
#include "tests/kernel/kernel_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::Describe;
using testing::ReadAll;
using testing::RunCell;

TEST(WholeOutputTest, WhatIsCutIsInTheFile) {
  const testing::TempDir folder;
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{100}}) {
    WholeOutput whole(folder.path() / "kept", 1000);
    OutputCollector output(20, &whole);
    std::string all;
    for (size_t i = 0; i < 99; ++i) all += static_cast<char>('!' + i % 90);
    for (size_t i = 0; i < all.size(); i += piece) {
      output.Add(std::string_view(all).substr(i, piece));
    }
    const std::string name = whole.Finish();
    EXPECT_EQ(name, "000" + std::to_string(piece == 1 ? 1 : piece == 7 ? 2 : 3) + ".txt");
    EXPECT_EQ(ReadAll(folder.path() / "kept" / name), all);
  }
}

TEST(WholeOutputTest, WhatFitsMakesNoFile) {
  const testing::TempDir folder;
  WholeOutput whole(folder.path() / "kept", 1000);
  OutputCollector output(20, &whole);
  output.Add("12345678901234567890");
  EXPECT_EQ(whole.Finish(), "");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "kept"));
}

TEST(WholeOutputTest, KeepsNoMoreThanItsLimit) {
  const testing::TempDir folder;
  WholeOutput whole(folder.path(), 30);
  OutputCollector output(20, &whole);
  for (int i = 0; i < 10; ++i) output.Add("0123456789");
  EXPECT_EQ(ReadAll(folder.path() / whole.Finish()).size(), 30U);
}

TEST(WholeOutputTest, ALongCellNamesItsFile) {
  const testing::TempDir folder;
  SandboxPolicy policy = testing::SmallPolicy();
  policy.output_folder = folder.path() / "cells";
  const auto kernel = testing::Start(policy);
  EXPECT_EQ(RunCell(*kernel, "print('short')").output_file, "");
  const CellResult result = RunCell(*kernel, "for i in range(30000): print(i)");
  ASSERT_EQ(result.output_file, "0001.txt") << Describe(result);
  EXPECT_NE(result.output.find("bytes cut"), std::string::npos);
  const std::string whole = ReadAll(policy.output_folder / "0001.txt");
  EXPECT_EQ(static_cast<int64_t>(whole.size()), result.output_bytes);
  EXPECT_NE(whole.find("\n15000\n"), std::string::npos);
}

}  // namespace
}  // namespace inhouse
