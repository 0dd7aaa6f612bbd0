// Stubs beside their sources: one API, whichever of the two files changes.
#include <gtest/gtest.h>

#include "indexer/python/signature_reader.h"
#include "tests/indexer/library.h"

namespace inhouse {
namespace {

using testing::Library;

constexpr char kSource[] =
    "def load(name, limit=10):\n    return name\n\n\nclass Table:\n"
    "    def __init__(self, rows):\n        self.rows = rows\n";
constexpr char kStub[] =
    "from typing import overload\n\ndef load(name: str, limit: int = ...) -> list[str]:\n"
    "    \"\"\"Loads names.\"\"\"\n\ndef made_at_run_time(x: int) -> int: ...\n\n"
    "class Table:\n    rows: list[int]\n    def __init__(self, rows: list[int]) -> None: ...\n";

// The signatures of all definitions of that name, joined.
std::string SignatureOf(const Library& library, const std::string& name) {
  const auto rows = library.Open()->SymbolsNamed(name);
  EXPECT_TRUE(rows.ok());
  std::string text;
  for (const SymbolRow& row : *rows) {
    text += FormatSignature(row.symbol.name, row.symbol.signature) + ";";
  }
  return text;
}

TEST(StubFilesTest, SourceAndStubAreOneApi) {
  Library library;
  library.Write("house/__init__.py", "");
  library.Write("house/io.py", kSource);
  library.Write("house/io.pyi", kStub);
  library.Update();
  EXPECT_EQ(SignatureOf(library, "house.io.load"),
            "load(name: str, limit: int = 10) -> list[str];");
  EXPECT_EQ(SignatureOf(library, "house.io.Table"), "Table(rows: list[int]);");
  EXPECT_EQ(SignatureOf(library, "house.io.made_at_run_time"), "made_at_run_time(x: int) -> int;");
  const auto rows = library.Open()->SymbolsNamed("house.io.load");
  EXPECT_EQ(rows->front().symbol.doc.summary, "Loads names.");
}

TEST(StubFilesTest, WhatTheSourceImportsMayTakeOtherArguments) {
  Library library;
  library.Write("house/__init__.py", "");
  library.Write("house/io.py", "from elsewhere import load\n");
  library.Write("house/io.pyi", "def load(name: str, /) -> int: ...\ndef made(x: int): ...\n");
  library.Update();
  const auto is_exact = [&](const char* name) {
    return library.Open()->SymbolsNamed(name)->front().symbol.signature.is_exact;
  };
  EXPECT_FALSE(is_exact("house.io.load"));
  EXPECT_TRUE(is_exact("house.io.made"));
  EXPECT_EQ(SignatureOf(library, "house.io.load"), "load(name: str, /) -> int;");
}

TEST(StubFilesTest, EitherMayComeChangeAndGo) {
  Library library;
  library.Write("io.py", kSource, 100);
  library.Update();
  EXPECT_EQ(SignatureOf(library, "io.load"), "load(name, limit=10);");
  library.Write("io.pyi", kStub, 90);
  library.Update();
  EXPECT_EQ(SignatureOf(library, "io.load"), "load(name: str, limit: int = 10) -> list[str];");
  library.Write("io.pyi", "def load(name: bytes, limit: int = ...): ...\n", 80);
  library.Update();
  EXPECT_EQ(SignatureOf(library, "io.load"), "load(name: bytes, limit: int = 10);");
  library.Write("io.py", "def other():\n    pass\n", 70);
  library.Update();
  EXPECT_EQ(SignatureOf(library, "io.load"), "load(name: bytes, limit: int = ...);");
  library.Write("io.py", kSource, 60);
  std::filesystem::remove(library.root() / "io.pyi");
  library.Update();
  EXPECT_EQ(SignatureOf(library, "io.load"), "load(name, limit=10);");
}

TEST(StubFilesTest, ATouchedPairIsNotReadAgain) {
  Library library;
  library.Write("io.py", kSource);
  library.Write("io.pyi", kStub);
  const int64_t commit = library.Update().commit;
  library.Write("io.pyi", kStub, 5);
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_indexed, 0u);
  EXPECT_EQ(report.commit, commit);
}

TEST(StubFilesTest, AFileNamedAloneStillHasItsStub) {
  Library library;
  library.Write("io.py", kSource);
  library.Write("io.pyi", kStub);
  IndexOptions options = library.Options();
  options.roots = {library.root() / "io.py"};
  library.Update(options);
  EXPECT_EQ(SignatureOf(library, "io.load"), "load(name: str, limit: int = 10) -> list[str];");
}

}  // namespace
}  // namespace inhouse
