#include "indexer/python/annotation_text.h"

#include <gtest/gtest.h>

#include <string>

namespace inhouse {
namespace {

TEST(AnnotationTextTest, PlainNames) {
  EXPECT_EQ(ClassInAnnotation("Session"), "Session");
  EXPECT_EQ(ClassInAnnotation("  cdp.Session "), "cdp.Session");
  EXPECT_EQ(ClassInAnnotation("'Session'"), "Session");
  EXPECT_EQ(ClassInAnnotation("\"cdp.Session\""), "cdp.Session");
  EXPECT_EQ(ClassInAnnotation("Größe"), "Größe");
}

TEST(AnnotationTextTest, NoneIsLeftOut) {
  EXPECT_EQ(ClassInAnnotation("Session | None"), "Session");
  EXPECT_EQ(ClassInAnnotation("None|Session"), "Session");
  EXPECT_EQ(ClassInAnnotation("'Session | None'"), "Session");
  EXPECT_EQ(ClassInAnnotation("'Session' | None"), "Session");
  EXPECT_EQ(ClassInAnnotation("Optional[Session]"), "Session");
  EXPECT_EQ(ClassInAnnotation("typing.Optional['Session']"), "Session");
  EXPECT_EQ(ClassInAnnotation("Optional[Session | None]"), "Session");
  EXPECT_EQ(ClassInAnnotation("None"), "");
}

TEST(AnnotationTextTest, WrappersAreOpened) {
  EXPECT_EQ(ClassInAnnotation("Annotated[Session, Depends(get), 'x']"), "Session");
  EXPECT_EQ(ClassInAnnotation("Final[Session]"), "Session");
  EXPECT_EQ(ClassInAnnotation("ClassVar[Optional[Session]]"), "Session");
  EXPECT_EQ(ClassInAnnotation("Annotated[Optional[cdp.Session[int]], 1] | None"), "cdp.Session");
}

TEST(AnnotationTextTest, ArgumentsOfAClassAreLeftOut) {
  EXPECT_EQ(ClassInAnnotation("Session[int]"), "Session");
  EXPECT_EQ(ClassInAnnotation("Session[int | None]"), "Session");
  EXPECT_EQ(ClassInAnnotation("Session[dict[str, A | B], C] | None"), "Session");
}

TEST(AnnotationTextTest, SeveralClassesAreNone) {
  EXPECT_EQ(ClassInAnnotation("A | B"), "");
  EXPECT_EQ(ClassInAnnotation("A | B | None"), "");
  EXPECT_EQ(ClassInAnnotation("Optional[A | B]"), "");
  EXPECT_EQ(ClassInAnnotation("'A' | 'B'"), "");
  EXPECT_EQ(ClassInAnnotation("A[int] | B[str]"), "");
}

TEST(AnnotationTextTest, WhatIsNoAnnotationNamesNothing) {
  for (const char* text :
       {"",    " ",         "'",  "''",  "f(x)",  "A()",    "[A]",        "(A, B)",    "A.",
        ".A",  "A B",       "A[", "A]",  "A[int", "A]int[", "Optional[]", "Optional[", "|",
        "A |", "lambda: A", "*A", "...", "'A",    "\"A'",   "A[int].B",   "1 + 1"}) {
    EXPECT_EQ(ClassInAnnotation(text), "") << text;
  }
}

TEST(AnnotationTextTest, EndlessWrappingEnds) {
  std::string text = "A";
  for (int i = 0; i < 10'000; ++i) text = "Optional[" + text;
  EXPECT_EQ(ClassInAnnotation(text + std::string(10'000, ']')), "");
  EXPECT_EQ(ClassInAnnotation(std::string(10'000, '\'')), "");
}

}  // namespace
}  // namespace inhouse
