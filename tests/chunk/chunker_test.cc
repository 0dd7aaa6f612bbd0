#include "indexer/chunk/chunker.h"

#include <gtest/gtest.h>

#include "tests/chunk/chunks_of.h"

namespace inhouse {
namespace {

using testing::ChunksOf;
using testing::Get;
using testing::Has;

constexpr char kLibrary[] = R"py("""Core of the house."""
from house.io import load as read
import pandas as pd

RATE = 0.2


class Store(Base):
    """Keeps rows."""

    size: int = 3

    def write(self, rows, *, mode="w") -> int:
        """Write rows.

        Args:
            rows: What to write.
        """
        count = len(rows)
        return count

    def _hidden(self):
        def inner():
            pass


def short(): return 1
)py";

TEST(ChunkerTest, OneChunkForEachDeclaration) {
  const std::vector<Chunk> chunks = ChunksOf(kLibrary);
  EXPECT_EQ(Get(chunks, "house.core").kind, ChunkKind::kModuleOverview);
  EXPECT_EQ(Get(chunks, "house.core.Store").kind, ChunkKind::kClassSummary);
  EXPECT_EQ(Get(chunks, "house.core.Store.write").kind, ChunkKind::kSymbol);
  EXPECT_TRUE(Has(chunks, "house.core.RATE"));
  EXPECT_TRUE(Has(chunks, "house.core.Store._hidden"));
  EXPECT_TRUE(Has(chunks, "house.core.Store.size"));
  for (const Chunk& chunk : chunks) {
    EXPECT_EQ(chunk.symbol.find("<locals>"), std::string::npos) << chunk.symbol;
  }
}

TEST(ChunkerTest, FieldsAreKeptApart) {
  const Chunk write = Get(ChunksOf(kLibrary), "house.core.Store.write");
  EXPECT_EQ(write.name, "house core Store write");
  EXPECT_EQ(write.signature, "def write(rows, *, mode=\"w\") -> int");
  EXPECT_NE(write.doc.find("Write rows."), std::string::npos);
  EXPECT_NE(write.doc.find("What to write."), std::string::npos);
  EXPECT_EQ(write.body, "count = len(rows)\nreturn count");
  EXPECT_EQ(write.range.start_line, 13);
}

TEST(ChunkerTest, SummariesListPublicMembers) {
  const std::vector<Chunk> chunks = ChunksOf(kLibrary);
  const std::string body = Get(chunks, "house.core.Store").body;
  EXPECT_NE(body.find("def write(rows"), std::string::npos);
  EXPECT_NE(body.find("# Write rows."), std::string::npos);
  EXPECT_EQ(body.find("_hidden"), std::string::npos);
  const std::string overview = Get(chunks, "house.core").body;
  EXPECT_NE(overview.find("class Store"), std::string::npos);
  EXPECT_NE(overview.find("re-exports read"), std::string::npos);
  EXPECT_EQ(overview.find("pd"), std::string::npos);
}

TEST(ChunkerTest, FieldsOfARecordStandInItsSummary) {
  const std::vector<Chunk> chunks =
      ChunksOf("import dataclasses\n@dataclasses.dataclass\nclass Row:\n    key: str\n");
  EXPECT_FALSE(Has(chunks, "house.core.Row.key"));
  EXPECT_NE(Get(chunks, "house.core.Row").body.find("key: str"), std::string::npos);
}

TEST(ChunkerTest, OneLineFunctions) {
  EXPECT_EQ(Get(ChunksOf(kLibrary), "house.core.short").body, "return 1");
}

TEST(ChunkerTest, ConstantsOfTestsSayNothing) {
  EXPECT_FALSE(Has(ChunksOf("RATE = 1\n", "house.core", FileRole::kTest), "house.core.RATE"));
}

TEST(ChunkerTest, LongBodiesAreCut) {
  std::string text = "def long():\n";
  for (int i = 0; i < 2000; ++i) text += "    x = 'some line of code'\n";
  EXPECT_LE(Get(ChunksOf(text), "house.core.long").body.size(), kMaxBodyBytes);
}

TEST(ChunkerTest, EmptyFilesGiveNothing) { EXPECT_TRUE(ChunksOf("").empty()); }

constexpr char kJob[] = R"py(import house
from other import thing as t


def main():
    rows = house.load("x")

    before = 1
    t.run(rows,
          deep=True)
    house.load("y")


main()
)py";

TEST(UsageChunksTest, TheFirstCallOfEachTargetWithWhatIsAround) {
  const std::vector<Chunk> chunks = ChunksOf(kJob, "", FileRole::kScript);
  int loads = 0;
  for (const Chunk& chunk : chunks) {
    loads += chunk.kind == ChunkKind::kUsage && chunk.symbol == "house.load";
  }
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(Get(chunks, "house.load").body, "rows = house.load(\"x\")");
  EXPECT_EQ(Get(chunks, "other.thing.run").body,
            "before = 1\nt.run(rows,\n      deep=True)\nhouse.load(\"y\")");
}

TEST(UsageChunksTest, ALibrarysOwnCallsAndForeignOnesAreNone) {
  for (const Chunk& chunk : ChunksOf("import os, house\nhouse.load(os.getcwd())\n")) {
    EXPECT_NE(chunk.kind, ChunkKind::kUsage) << chunk.symbol;
  }
}

constexpr char kDocumented[] = R"py("""House.

Example:
    >>> import house
    >>> house.core.load("x")
    3
"""
from other import thing


def load(name):
    """Loads.

    >>> rows = load("y")
    >>> thing.show(rows)
    """


def save(rows):
    """Saves.

    .. code-block:: python

        with open("f") as f:
            save(load("z"))

    Example:
        This is prose (not code).
    """
)py";

TEST(UsageChunksTest, DocstringExamplesShowALibrarysOwnNames) {
  const std::vector<Chunk> chunks = ChunksOf(kDocumented);
  std::vector<std::string> shown;
  for (const Chunk& chunk : chunks) {
    if (chunk.kind == ChunkKind::kUsage) shown.push_back(chunk.symbol + "=" + chunk.body);
  }
  EXPECT_EQ(shown, (std::vector<std::string>{
                       "house.core.load=import house\nhouse.core.load(\"x\")",
                       "other.thing.show=rows = load(\"y\")\nthing.show(rows)",
                       "house.core.save=with open(\"f\") as f:\n    save(load(\"z\"))"}));
}

}  // namespace
}  // namespace inhouse
