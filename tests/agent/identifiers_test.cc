#include "agent/identifiers.h"

#include <gtest/gtest.h>

#include "agent/python_text.h"

namespace inhouse {
namespace {

std::vector<std::string> Names(std::string_view code) { return EvidenceNames(code); }

TEST(Identifiers, PutImportsInPlaceOfAliases) {
  EXPECT_EQ(Names("import pandas as pd\nimport audience_io\nfrom cdp_client import query as q\n"
                  "df = q('x')\naudience_io.write_audience(pd.DataFrame(df))\n"),
            (std::vector<std::string>{"cdp_client.query", "audience_io.write_audience",
                                      "pandas.DataFrame"}));
}

TEST(Identifiers, ReadImportsOverSeveralLines) {
  EXPECT_EQ(
      Names(
          "from metrics import (\n    rfm_score,\n    ltv_predict as ltv,\n)\nltv(rfm_score(df))"),
      (std::vector<std::string>{"metrics.ltv_predict", "metrics.rfm_score"}));
}

TEST(Identifiers, TextInQuotesAndCommentsSaysNothing) {
  EXPECT_TRUE(Names("x = 'os.remove(1)'  # a.b()\n'''c.d()'''\n").empty());
}

TEST(Identifiers, CallsOnUnknownValuesComeLast) {
  EXPECT_EQ(Names("import m\ndf.merge(m.load())"),
            (std::vector<std::string>{"m.load", "df.merge"}));
}

TEST(Identifiers, MembersOfUnnamedValuesAreFound) {
  const std::vector<NameUse> uses = UsedNames("f(x)\\\n  .to_parquet('y')\na[0].b\n1.5.real\n");
  std::vector<std::string> names;
  for (const NameUse& use : uses) names.push_back(use.name);
  EXPECT_EQ(names, (std::vector<std::string>{"f", "x", ".to_parquet", "a", ".b"}));
}

TEST(PythonText, KnowsStringsOfAllKinds) {
  const std::string code = "a = f'x' + rb\"y\" # 'no'\nb = '''1\n'2'''\nc = 'open\nd = 1\n";
  const PythonText text = ScanPython(code);
  ASSERT_EQ(text.strings.size(), 4u);
  EXPECT_TRUE(text.strings[0].formatted);
  EXPECT_EQ(code.substr(text.strings[1].begin, 2), "rb");
  EXPECT_TRUE(text.strings[2].triple);
  EXPECT_FALSE(text.strings[3].terminated);
  EXPECT_EQ(text.masked.size(), code.size());
  EXPECT_NE(text.masked.find("d = 1"), std::string::npos);
}

TEST(PythonText, EscapedQuotesDoNotEndAString) {
  const PythonText text = ScanPython("'a\\'b' + 'c\\\\'");
  ASSERT_EQ(text.strings.size(), 2u);
  EXPECT_TRUE(text.strings[1].terminated);
}

TEST(PythonText, LinesAreCountedFromOne) {
  EXPECT_EQ(LineOf("a\nb\nc", 2), 2);
  EXPECT_EQ(LineAt("a\nbb\nc", 2), "bb");
  EXPECT_EQ(LineAt("a\nbb\nc", 9), "");
}

}  // namespace
}  // namespace inhouse
