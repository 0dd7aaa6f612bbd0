#include "indexer/store/vector_blocks.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "indexer/store/schema.h"
#include "tests/store/sample.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::FileWithChunks;
using testing::OpenOrDie;
using testing::TempDir;
using testing::ValueOf;

constexpr size_t kDimensions = 256;

std::vector<VectorBlock> BlocksOf(const fs::path& dir) {
  Database db = ValueOf(Database::Open(CatalogFile(dir), Database::Mode::kReadOnly));
  return ValueOf(ListVectorBlocks(db));
}

size_t RowsIn(const std::vector<VectorBlock>& blocks) {
  size_t rows = 0;
  for (const VectorBlock& block : blocks) rows += block.rows;
  return rows;
}

// What is there, kept the plain way: path → rows.
using Model = std::map<std::string, std::vector<int8_t>>;

void ExpectEqual(const fs::path& dir, const Model& model) {
  std::vector<int8_t> wanted;
  for (const auto& [path, rows] : model) wanted.insert(wanted.end(), rows.begin(), rows.end());
  const auto catalog = OpenOrDie(dir);
  const auto by_place = ValueOf(catalog->Vectors());
  EXPECT_EQ(by_place.values, wanted);
  EXPECT_EQ(by_place.ids.size() * kDimensions, wanted.size());
  // By id the same rows, each of its chunk.
  const auto by_id = ValueOf(catalog->VectorsFrom(0));
  EXPECT_TRUE(std::is_sorted(by_id.ids.begin(), by_id.ids.end()));
  std::map<int64_t, std::vector<int8_t>> one, other;
  for (size_t i = 0; i < by_place.ids.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i * kDimensions);
    one[by_place.ids[i]].assign(by_place.values.begin() + at,
                                by_place.values.begin() + at + kDimensions);
    other[by_id.ids[i]].assign(by_id.values.begin() + at, by_id.values.begin() + at + kDimensions);
  }
  EXPECT_EQ(one, other);
  EXPECT_EQ(ValueOf(catalog->ListVectors()).total, by_place.ids.size());
}

TEST(VectorBlocks, GiveWhatIsThereAfterAnySequenceOfUpdates) {
  const TempDir dir;
  Model model;
  std::minstd_rand random(7);
  for (uint32_t round = 0; round < 25; ++round) {
    auto writer = testing::BeginOrDie(dir.path());
    const auto known = ValueOf(writer->Files());
    const size_t files = round == 0 ? 40 : 1 + random() % 3;
    for (size_t i = 0; i < files; ++i) {
      const std::string path = testing::Numbered("f", static_cast<uint32_t>(random() % 50));
      const auto at = std::find_if(known.begin(), known.end(),
                                   [&](const FileRow& file) { return file.path == path; });
      if (at != known.end() && random() % 4 == 0) {
        ASSERT_TRUE(writer->RemoveFile(at->id).ok());
        model.erase(path);
        continue;
      }
      const FileUpdate update =
          FileWithChunks(path, 1 + random() % 120, kDimensions, static_cast<uint32_t>(random()));
      ASSERT_TRUE(writer->PutFile(update).ok());
      model[path] = update.vectors;
    }
    ValueOf(writer->Commit());
    ExpectEqual(dir.path(), model);
  }
  const std::vector<VectorBlock> blocks = BlocksOf(dir.path());
  size_t there = 0;
  for (const auto& [path, rows] : model) there += rows.size() / kDimensions;
  EXPECT_LE(RowsIn(blocks), 2 * there);
  EXPECT_LE(blocks.size(), 12u);
}

TEST(VectorBlocks, ManySmallUpdatesMakeFewBlocks) {
  const TempDir dir;
  for (uint32_t i = 0; i < 50; ++i) {
    testing::Store(dir.path(), {FileWithChunks(testing::Numbered("f", i), 3, kDimensions, i)});
  }
  EXPECT_LE(BlocksOf(dir.path()).size(), 4u);
  EXPECT_EQ(RowsIn(BlocksOf(dir.path())), 150u);
}

TEST(VectorBlocks, WhatIsGoneGoes) {
  const TempDir dir;
  testing::Store(dir.path(), {FileWithChunks("a.py", 5000, kDimensions, 1),
                              FileWithChunks("b.py", 20, kDimensions, 2)});
  EXPECT_EQ(BlocksOf(dir.path()).size(), 2u);  // a file's rows stay together
  testing::Store(dir.path(), {FileWithChunks("a.py", 10, kDimensions, 3)});
  EXPECT_EQ(RowsIn(BlocksOf(dir.path())), 30u);
  auto writer = testing::BeginOrDie(dir.path());
  for (const FileRow& file : ValueOf(writer->Files())) {
    ASSERT_TRUE(writer->RemoveFile(file.id).ok());
  }
  ValueOf(writer->Commit());
  EXPECT_TRUE(BlocksOf(dir.path()).empty());
  EXPECT_TRUE(ValueOf(OpenOrDie(dir.path())->Vectors()).ids.empty());
}

// Pages have checksums; a row that makes no sense although they are right is an error too.
TEST(VectorBlocks, RowsThatMakeNoSenseAreAnError) {
  for (const char* change :
       {"UPDATE vectors SET rows = x'00'", "UPDATE vectors SET runs = x'ff'",
        "UPDATE vectors SET runs = x'0100'", "UPDATE vectors SET dimensions = 0",
        "UPDATE vectors SET dimensions = -5", "UPDATE vectors SET dimensions = dimensions + 1",
        "UPDATE vectors SET runs = x'01ffffffffffffffff7f'"}) {
    const TempDir dir;
    testing::Store(dir.path(), {FileWithChunks("a.py", 5, kDimensions, 1)});
    {
      Database db = ValueOf(Database::Open(CatalogFile(dir.path()), Database::Mode::kWrite));
      ASSERT_TRUE(db.Script(change).ok());
    }
    const auto rows = OpenOrDie(dir.path())->Vectors();
    ASSERT_FALSE(rows.ok()) << change;
    EXPECT_EQ(rows.error().kind, ErrorKind::kIndex) << change;
  }
}

}  // namespace
}  // namespace inhouse
