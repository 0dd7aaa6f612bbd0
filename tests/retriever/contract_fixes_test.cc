// Fixes of a report, put into the code.
#include <gtest/gtest.h>

#include "retriever/contract_check.h"

namespace inhouse {
namespace {

ContractReport Report(std::vector<ContractFix> fixes) {
  ContractReport report;
  for (ContractFix& fix : fixes) report.findings.emplace_back().fixes = {std::move(fix)};
  return report;
}

TEST(ContractFixesTest, SeveralPlacesInAnyOrder) {
  EXPECT_EQ(WithFixes("f(a=1, b=2)", Report({{7, 8, "beta"}, {2, 3, "alpha"}})),
            "f(alpha=1, beta=2)");
}

TEST(ContractFixesTest, EqualOnesCountOnce) {
  EXPECT_EQ(WithFixes("f(a=1)", Report({{2, 3, "alpha"}, {2, 3, "alpha"}})), "f(alpha=1)");
}

TEST(ContractFixesTest, OfOverlappingOnesNoneIsMade) {
  EXPECT_EQ(WithFixes("one.two(a=1)", Report({{0, 7, "x"}, {4, 7, "y"}, {8, 9, "b"}})),
            "one.two(b=1)");
  EXPECT_EQ(WithFixes("abc", Report({{1, 1, "x"}, {1, 1, "y"}})), "abc");
}

TEST(ContractFixesTest, WhatLiesOutsideOfTheCodeIsLeftOut) {
  EXPECT_EQ(WithFixes("abc", Report({{2, 9, "x"}})), "abc");
}

}  // namespace
}  // namespace inhouse
