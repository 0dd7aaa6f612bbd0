#include "indexer/python/deprecation.h"

#include <gtest/gtest.h>

#include <string>

#include "indexer/python/source_text.h"

namespace inhouse {
namespace {

TEST(DeprecationTest, DeprecationMessagesAndReplacements) {
  const std::pair<const char*, const char*> cases[] = {
      {"x is deprecated, use cdp_client.get_orders (since 2.0)", "cdp_client.get_orders"},
      {"Use :func:`~cdp.query` instead.", "cdp.query"},
      {"Deprecated in favor of ``new_name``.", "new_name"},
      {"Replaced by `cdp.Session.run`.", "cdp.Session.run"},
      {"Use fetch() instead", "fetch"},
      {"Please use the new system", ""},
      {"It is no longer of use to anyone", ""},
      {"was replaced by get_all", "get_all"},
      {"Use Session instead", "Session"},
      {"", ""},
  };
  for (const auto& [message, replacement] : cases) {
    EXPECT_EQ(ParseDeprecation(message).replacement, replacement) << message;
  }
  EXPECT_EQ(ParseDeprecation("Use\n   :func:`a.b` now.").message, "Use a.b now.");
}

TEST(DeprecationTest, DeprecationsInDocstrings) {
  const auto found = [](const char* text) {
    const std::optional<Deprecation> d = DeprecationInDocstring(text);
    return d ? d->replacement + "|" + d->message : "none";
  };
  EXPECT_EQ(found("Old.\n\n.. deprecated:: 2.0\n   Use :func:`cdp.load`.\n\nMore."),
            "cdp.load|Use cdp.load.");
  EXPECT_EQ(found("Old.\n\n.. deprecated:: 2.0\n\n   Use cdp.load."), "cdp.load|Use cdp.load.");
  EXPECT_EQ(found("DEPRECATED: use cdp.load."), "cdp.load|DEPRECATED: use cdp.load.");
  EXPECT_EQ(found("Old.\n\nDeprecated:\n    Use cdp.load.").substr(0, 9), "cdp.load|");
  EXPECT_EQ(found("Old.\n\n.. deprecated:: 2.0 Use cdp.load."), "cdp.load|2.0 Use cdp.load.");
  EXPECT_EQ(found("Handles deprecated names."), "none");
  EXPECT_EQ(found("Lists names.\n\nDeprecatedNames are left out."), "none");
}

TEST(DeprecationTest, AParametersDeprecationIsNotTheFunctions) {
  EXPECT_FALSE(
      DeprecationInDocstring("Does it.\n\nArgs:\n    a: One.\n        .. deprecated:: 1.0\n"
                             "            Use b.\n"));
  EXPECT_FALSE(
      DeprecationInDocstring("Does it.\n\nParameters\n----------\na : int\n    One.\n\n"
                             "    .. deprecated:: 1.0\n       Use `b`.\n"));
  EXPECT_FALSE(DeprecationInDocstring(
      "Does it.\n\nArgs:\n    a: Deprecated, use b_c.\n    Deprecated: x\n"));
}

TEST(DeprecationTest, AUsagesDeprecationIsNotTheFunctions) {
  const auto found = [](const std::string& message) {
    return DeprecationInDocstring("Joins.\n\n.. deprecated:: 1.4\n   " + message + "\n")
        .has_value();
  };
  EXPECT_FALSE(
      found("The :func:`.and_` element now requires that at least one argument is passed; "
            "creating it with no arguments is deprecated."));
  EXPECT_FALSE(found("The ``whens`` parameter is deprecated."));
  EXPECT_FALSE(found("Passing a list is deprecated, use cdp.load."));
  EXPECT_FALSE(found("Calling it without a path was a mistake."));
  EXPECT_TRUE(found("Use :func:`cdp.load`, which takes the same arguments."));
  EXPECT_TRUE(found("This function is deprecated; pass the value to cdp.load."));
  EXPECT_TRUE(found("Will be removed in 2.0."));
}

TEST(DeprecationTest, LongMessagesAreCutBetweenCharacters) {
  std::string message = "x";
  for (int i = 0; i < 1000; ++i) message += "é";
  const std::string cut = ParseDeprecation(message).message;
  EXPECT_LE(cut.size(), 1000u);
  EXPECT_EQ(ValidUtf8Prefix(cut), cut.size());
  for (const char* odd :
       {"", ".. deprecated::", "Deprecated", "DEPRECATED:", ".. deprecated:: 1.0"}) {
    const auto found = DeprecationInDocstring(odd);
    EXPECT_EQ(found.has_value(), *odd != '\0') << odd;
  }
}

}  // namespace
}  // namespace inhouse
