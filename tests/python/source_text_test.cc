#include "indexer/python/source_text.h"

#include <gtest/gtest.h>

#include <string>

namespace inhouse {
namespace {

std::string Text(std::string bytes) {
  const Result<SourceText> text = DecodeSource(std::move(bytes));
  return text.ok() ? text->utf8 : "error: " + text.error().message;
}

std::string Notes(std::string bytes) {
  const Result<SourceText> text = DecodeSource(std::move(bytes));
  std::string all;
  if (!text.ok()) return "error";
  for (const std::string& note : text->notes) all += note + ";";
  return all;
}

TEST(SourceTextTest, PlainUtf8PassesUnchanged) {
  for (const char* text : {"", "x = 1\n", "s = 'héllo 名前 😀'\n", "a\r\nb\r\n"}) {
    EXPECT_EQ(Text(text), text);
    EXPECT_EQ(Notes(text), "");
  }
}

TEST(SourceTextTest, ByteOrderMarks) {
  EXPECT_EQ(Text("\xEF\xBB\xBFx = 'é'\n"), "x = 'é'\n");
  EXPECT_EQ(Text(std::string("\xFF\xFEx\0 \0=\0 \0\xE9\0", 12)), "x = é");
  EXPECT_EQ(Text(std::string("\xFE\xFF\0x\0 \0=\0 \0\xE9", 12)), "x = é");
  EXPECT_EQ(Notes(std::string("\xFE\xFF\0x", 4)), "decoded as UTF-16;");
  // U+1F600 as a surrogate pair; then half a pair, then half a unit.
  EXPECT_EQ(Text(std::string("\xFF\xFE\x3D\xD8\x00\xDE", 6)), "😀");
  EXPECT_EQ(Text(std::string("\xFF\xFE\x3D\xD8x\0", 6)), "\xEF\xBF\xBDx");
  EXPECT_EQ(Notes(std::string("\xFF\xFEx\0y", 5)),
            "decoded as UTF-16;1 invalid UTF-16 units replaced;");
}

// Expected text: bytes.decode(encoding) of Python 3.11.
TEST(SourceTextTest, CodingLines) {
  const std::string latin = "# -*- coding: latin-1 -*-\ns = '\xE9\x80'\n";
  EXPECT_EQ(Text(latin), "# -*- coding: latin-1 -*-\ns = 'é\xC2\x80'\n");
  EXPECT_EQ(Notes(latin), "decoded as latin-1;");
  const std::pair<std::string, std::string> cases[] = {
      {"# coding: cp1252\n\x80\n", "€"},
      {"# coding=iso8859-15\n\xA4\n", "€"},
      {"# vim: set fileencoding=windows-1251 :\n\xFF\n", "я"},
      {"# coding: koi8_r\n\xD1\n", "я"},
      {"# coding: shift_jis\n\x96\xBC\n", "名"},
      {"# coding: euc_jp\n\xCC\xBE\n", "名"},
      {"# coding: gbk\n\xC3\xFB\n", "名"},
      {"# coding: big5\n\xA6\x57\n", "名"},
      {"# coding: euc-kr\n\xC7\xD1\n", "한"},
      {"# coding: mac-roman\n\x8E\n", "é"},
      {"# coding: cp437\n\x82\n", "é"},
      {"# coding: iso-8859-2\n\xB1\n", "ą"},
      {"# coding: latin2\n\xB1\n", "ą"},
      {"# coding: UTF_8\nж\n", "ж"},
      {"#!/usr/bin/python\n# coding: latin1\n\xE9\n", "é"},
      {"\n# coding: latin1\n\xE9\n", "é"},
      {"\xEF\xBB\xBF# coding: utf-8\né\n", "é"},
  };
  for (const auto& [bytes, last] : cases) {
    const std::string text = Text(bytes);
    EXPECT_TRUE(text.ends_with("\n" + last + "\n")) << bytes << " gave " << text;
  }
}

TEST(SourceTextTest, DeclaredEncodings) {
  const std::pair<const char*, const char*> cases[] = {
      {"# coding: Latin_1\n", "latin-1"},
      {"#coding=utf8", "utf8"},
      {"  \t# -*- coding:  cp1252 -*-", "cp1252"},
      {"# encoding: utf-8", "utf-8"},
      {"\f# coding: x\n", "x"},
      {"\n\n# coding: latin-1\n", ""},     // third line
      {"x = 1\n# coding: latin-1\n", ""},  // the first line is code
      {"x = 1  # coding: latin-1\n", ""},
      {"'''\n# coding: latin-1\n'''", ""},
      {"# coding latin-1\n", ""},
      {"# decoding: nothing coding: ok", "nothing"},
      {"", ""},
      {"# coding:", ""},
      {"# coding: \n# coding: cp1252\n", "cp1252"},
  };
  for (const auto& [bytes, name] : cases) EXPECT_EQ(DeclaredEncoding(bytes), name) << bytes;
}

TEST(SourceTextTest, UnknownEncodingsAreReadAsUtf8) {
  EXPECT_EQ(Text("# coding: klingon\né\n"), "# coding: klingon\né\n");
  EXPECT_NE(Notes("# coding: klingon\n").find("unknown encoding 'klingon'"), std::string::npos);
  EXPECT_NE(Notes("# coding: utf-16\n").find("read as UTF-8"), std::string::npos);
}

TEST(SourceTextTest, WrongBytesAreReplacedAndCounted) {
  const std::string bytes = "x = 1\ny = '\xE9\xFF'\n";
  EXPECT_EQ(Text(bytes), "x = 1\ny = '\xEF\xBF\xBD\xEF\xBF\xBD'\n");
  EXPECT_EQ(Notes(bytes), "invalid UTF-8 replaced (2 bytes, first in line 2);");
  EXPECT_NE(Notes("# coding: shift_jis\n\xFF\n").find("bytes replaced"), std::string::npos);
  EXPECT_EQ(Text("# coding: euc_jp\nx = '\xCC"), "# coding: euc_jp\nx = '\xEF\xBF\xBD");
}

TEST(SourceTextTest, LineEnds) {
  EXPECT_EQ(Text("a\rb\r\nc\n\r"), "a\nb\r\nc\n\n");
  EXPECT_EQ(Notes("a\rb"), "lone CR read as a line end;");
}

TEST(SourceTextTest, NulBytesAndBinaryFiles) {
  EXPECT_EQ(Text(std::string("x = 1\0\n", 7)), "x = 1 \n");
  EXPECT_EQ(Notes(std::string("x = 1\0\n", 7)), "1 NUL bytes blanked;");
  const Result<SourceText> binary =
      DecodeSource(std::string("\x7F"
                               "ELF\2\1\1\0\0\0\0\0\0\0",
                               14));
  ASSERT_FALSE(binary.ok());
  EXPECT_EQ(binary.error().kind, ErrorKind::kBadInput);
  EXPECT_FALSE(DecodeSource(std::string(1000, '\0')).ok());
  EXPECT_FALSE(DecodeSource(std::string("\x89PNG\r\n\x1A\n\0\0", 10)).ok());
}

TEST(SourceTextTest, WellFormedUtf8) {
  EXPECT_EQ(ValidUtf8Prefix("abc"), 3u);
  EXPECT_EQ(ValidUtf8Prefix("é名😀"), 9u);
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE9", "\xE2\x82"}) {
    EXPECT_EQ(ValidUtf8Prefix("ab" + std::string(bad) + "c"), 2u);
  }
}

TEST(SourceTextTest, AppendsEveryLengthOfCharacter) {
  std::string text;
  for (const char32_t code :
       {U'a', U'é', U'名', U'😀', char32_t{0x7F}, char32_t{0x80}, char32_t{0x7FF}, char32_t{0x800},
        char32_t{0xFFFF}, char32_t{0x10FFFF}}) {
    AppendUtf8(code, &text);
  }
  EXPECT_EQ(text, "aé名😀\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF4\x8F\xBF\xBF");
  EXPECT_EQ(ValidUtf8Prefix(text), text.size());
}

TEST(SourceTextTest, AnyBytesGiveValidTextOrAnError) {
  uint32_t state = 1;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = round % 3 == 0 ? "# coding: shift_jis\n" : round % 3 == 1 ? "\xFF\xFE" : "";
    for (int i = 0; i < 200; ++i) {
      state = state * 1664525u + 1013904223u;
      bytes.push_back(static_cast<char>(state >> 24));
    }
    const Result<SourceText> text = DecodeSource(bytes);
    if (!text.ok()) continue;
    EXPECT_EQ(ValidUtf8Prefix(text->utf8), text->utf8.size());
    EXPECT_EQ(text->utf8.find('\0'), std::string::npos);
  }
}

}  // namespace
}  // namespace inhouse
