#include "indexer/python/docstring.h"

#include <gtest/gtest.h>

#include <string>

namespace inhouse {
namespace {

std::string Parameters(const Docstring& doc) {
  std::string text;
  for (const DocParameter& p : doc.parameters) {
    text += p.name + "|" + p.type + "|" + p.description + "\n";
  }
  return text;
}

std::string Raises(const Docstring& doc) {
  std::string text;
  for (const DocParameter& p : doc.raises) text += p.name + "|" + p.description + "\n";
  return text;
}

// As inspect.cleandoc does.
TEST(DocstringTest, CleansIndentation) {
  EXPECT_EQ(CleanDocstring("One.\n\n    Two\n      three\n    "), "One.\n\nTwo\n  three");
  EXPECT_EQ(CleanDocstring("\n    One.\n    Two.\n"), "One.\nTwo.");
  EXPECT_EQ(CleanDocstring("  One.  "), "One.");
  EXPECT_EQ(CleanDocstring("One.\n\tTwo\n\t\tthree"), "One.\nTwo\n        three");
  EXPECT_EQ(CleanDocstring("a\r\n    b\r\n"), "a\nb");
  EXPECT_EQ(CleanDocstring(""), "");
  EXPECT_EQ(CleanDocstring("\n  \n"), "");
}

TEST(DocstringTest, SummaryIsTheFirstSentence) {
  const auto summary = [](const char* text) { return ParseDocstring(text).summary; };
  EXPECT_EQ(summary("Does it."), "Does it.");
  EXPECT_EQ(summary("Does it. And more."), "Does it.");
  EXPECT_EQ(summary("\n    Does it\n    on two lines.\n\n    More."), "Does it on two lines.");
  EXPECT_EQ(summary("Takes e.g. a list. Then."), "Takes e.g. a list.");
  EXPECT_EQ(summary("Version 1.5 of it"), "Version 1.5 of it");
  EXPECT_EQ(summary("No stop\n\nNext"), "No stop");
  EXPECT_EQ(summary("Really? Yes."), "Really?");
  EXPECT_EQ(summary(""), "");
  const Docstring doc = ParseDocstring("One. Two.\n\nThree\nfour.");
  EXPECT_EQ(doc.description, "Two.\n\nThree\nfour.");
}

TEST(DocstringTest, GoogleSections) {
  const Docstring doc = ParseDocstring(R"(Scores users.

    Longer text here.

    Args:
        user_ids (list[int], optional): Who to score,
            in any order.
        weights: A mapping: name to weight.
        *args: Passed on.
        **kwargs (Any): Passed on too.

    Returns:
        DataFrame: One row a user.

    Raises:
        ValueError: If empty.
        KeyError: If a user
            is unknown.

    Example:
        >>> score([1])
        0.5

    Note:
        Slow.
    )");
  EXPECT_EQ(doc.summary, "Scores users.");
  EXPECT_EQ(Parameters(doc),
            "user_ids|list[int], optional|Who to score, in any order.\n"
            "weights||A mapping: name to weight.\n"
            "args||Passed on.\n"
            "kwargs|Any|Passed on too.\n");
  EXPECT_EQ(doc.returns, "DataFrame: One row a user.");
  EXPECT_EQ(Raises(doc), "ValueError|If empty.\nKeyError|If a user is unknown.\n");
  ASSERT_EQ(doc.examples.size(), 1u);
  EXPECT_EQ(doc.examples[0], ">>> score([1])\n0.5");
  EXPECT_NE(doc.description.find("Longer text here."), std::string::npos);
  EXPECT_NE(doc.description.find("Slow."), std::string::npos);
}

TEST(DocstringTest, NumpySections) {
  const Docstring doc = ParseDocstring(R"(
    Scores users.

    Parameters
    ----------
    user_ids : array-like of shape (n,), default=None
        Who to score.

        Second paragraph.
    weights, bias : dict
        Name to weight.
    **kwargs
        Passed on.

    Other Parameters
    ----------------
    seed : int
        For the sample.

    Returns
    -------
    scores : ndarray
        One a user.

    Raises
    ------
    ValueError
        If empty.

    See Also
    --------
    rank : Orders users.

    Examples
    --------
    >>> score([1])
    0.5
    )");
  EXPECT_EQ(doc.summary, "Scores users.");
  EXPECT_EQ(Parameters(doc),
            "user_ids|array-like of shape (n,), default=None|Who to score. Second paragraph.\n"
            "weights|dict|Name to weight.\n"
            "bias|dict|Name to weight.\n"
            "kwargs||Passed on.\n"
            "seed|int|For the sample.\n");
  EXPECT_EQ(doc.returns, "scores : ndarray One a user.");
  EXPECT_EQ(Raises(doc), "ValueError|If empty.\n");
  ASSERT_EQ(doc.examples.size(), 1u);
  EXPECT_EQ(doc.examples[0], ">>> score([1])\n0.5");
}

TEST(DocstringTest, NumpyEntriesThatAreNotQuiteSo) {
  const Docstring doc = ParseDocstring(R"(Does it.

    Parameters
    ----------
    X: ndarray of shape (n, m)
        Tight colon.
    \\*args, **kwargs : Any
        Both.
    `y` : int
    %(shared_doc)s
    a line of prose that forgot its indent
        and more.
    mode : {'a', 'b'}, default: 'a'
    )");
  EXPECT_EQ(Parameters(doc),
            "X|ndarray of shape (n, m)|Tight colon.\nargs|Any|Both.\nkwargs|Any|Both.\ny|int|\n"
            "mode|{'a', 'b'}, default: 'a'|\n");
}

TEST(DocstringTest, AttributesAreParametersOnlyWhereNoneAreDescribed) {
  EXPECT_EQ(Parameters(ParseDocstring("A record.\n\nAttributes:\n    id (int): Who.\n")),
            "id|int|Who.\n");
  const Docstring doc = ParseDocstring(
      "Fits.\n\nParameters\n----------\nn : int\n    Many.\n\nAttributes\n----------\nlabels_ : "
      "ndarray\n    Found.\n");
  EXPECT_EQ(Parameters(doc), "n|int|Many.\n");
  EXPECT_NE(doc.description.find("labels_ : ndarray"), std::string::npos);
}

TEST(DocstringTest, RestFields) {
  const Docstring doc = ParseDocstring(R"(Scores users.

    :param list[int] user_ids: Who to score,
        in any order.
    :param weights: Name to weight.
    :type weights: dict, optional
    :keyword seed: For the sample.
    :raises ValueError: If empty.
    :raise KeyError: If unknown.
    :returns: One row a user.
    :rtype: DataFrame
    )");
  EXPECT_EQ(Parameters(doc),
            "user_ids|list[int]|Who to score, in any order.\n"
            "weights|dict, optional|Name to weight.\n"
            "seed||For the sample.\n");
  EXPECT_EQ(Raises(doc), "ValueError|If empty.\nKeyError|If unknown.\n");
  EXPECT_EQ(doc.returns, "One row a user. DataFrame");
  EXPECT_EQ(doc.description, "");
}

TEST(DocstringTest, StylesMayBeMixedAndProseStaysProse) {
  const Docstring doc = ParseDocstring(
      "Does it.\n\nNote: this is prose.\nArguments are many: a, b.\n\nArgs:\n    a: One.\n\n:param "
      "b: Two.\n");
  EXPECT_EQ(Parameters(doc), "a||One.\nb||Two.\n");
  EXPECT_NE(doc.description.find("Note: this is prose."), std::string::npos);
  EXPECT_NE(doc.description.find("Arguments are many"), std::string::npos);
  const Docstring plain =
      ParseDocstring("Uses :func:`a.b` and ``x``.\n\nReturns:\nnothing indented");
  EXPECT_EQ(plain.summary, "Uses :func:`a.b` and ``x``.");
  EXPECT_EQ(plain.returns, "");
}

TEST(DocstringTest, DirectivesAreLeftOut) {
  const Docstring doc =
      ParseDocstring("Does it.\n\n.. versionadded:: 1.2\n\n.. note::\n   Inside.\n\nAfter.\n");
  EXPECT_EQ(doc.summary, "Does it.");
  EXPECT_EQ(doc.description, "After.");
}

TEST(DocstringTest, DoctestsInProseAreExamples) {
  const Docstring doc =
      ParseDocstring("Adds.\n\n>>> add(1, 2)\n3\n>>> add(2,\n...     2)\n4\n\nMore.\n");
  ASSERT_EQ(doc.examples.size(), 1u);
  EXPECT_EQ(doc.examples[0], ">>> add(1, 2)\n3\n>>> add(2,\n...     2)\n4");
  EXPECT_EQ(doc.description, "More.");
}

TEST(DocstringTest, HugeAndOddTextsAreSafe) {
  std::string text = "Args:\n";
  for (int i = 0; i < 10'000; ++i) text += "    a" + std::to_string(i) + ": x\n";
  EXPECT_LE(ParseDocstring(text).parameters.size(), 100u);
  EXPECT_LE(ParseDocstring(std::string(1 << 20, 'x')).summary.size(), size_t{64} << 10);
  for (const char* odd :
       {":", "::", ":param:", ":param x", "Args:", "Args:\n", "---", "Returns\n-------", ".. ",
        "..::", ":a b c", "Parameters\n---\n---\n---", ">>>", "\t:"}) {
    ParseDocstring(odd);
  }
}

}  // namespace
}  // namespace inhouse
