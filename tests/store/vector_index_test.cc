#include "indexer/store/vector_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "indexer/store/vector_scan.h"
#include "tests/store/sample.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::FileWithChunks;
using testing::OpenOrDie;
using testing::Store;
using testing::TempDir;
using testing::ValueOf;

constexpr size_t kDimensions = 40;
// Small enough for tests to reach FAISS.
constexpr VectorIndex::Options kFewExact{.exact_limit = 300};

std::vector<float> RandomQuery(uint32_t seed, size_t dimensions = kDimensions) {
  std::mt19937 random(seed);
  std::vector<float> query(dimensions);
  double sum = 0;
  for (float& value : query) {
    value = static_cast<float>(static_cast<int>(random() % 201) - 100);
    sum += double{value} * double{value};
  }
  for (float& value : query) value /= static_cast<float>(std::sqrt(sum));
  return query;
}

// All rows by their exact product, the plain way.
std::vector<VectorMatch> Oracle(const Catalog::VectorRows& rows, const std::vector<float>& query) {
  std::vector<VectorMatch> matches;
  for (size_t i = 0; i < rows.ids.size(); ++i) {
    double sum = 0;
    for (size_t d = 0; d < query.size(); ++d) {
      sum += double{query[d]} * double{static_cast<float>(rows.values[i * query.size() + d])} / 127;
    }
    if (sum > 0) matches.push_back({rows.ids[i], static_cast<float>(sum)});
  }
  std::sort(matches.begin(), matches.end(), IsBetter);
  return matches;
}

double Recall(const std::vector<VectorMatch>& got, const std::vector<VectorMatch>& all, size_t k) {
  std::set<int64_t> wanted;
  for (size_t i = 0; i < std::min(k, all.size()); ++i) wanted.insert(all[i].chunk_id);
  size_t found = 0;
  for (const VectorMatch& match : got) found += wanted.count(match.chunk_id);
  return wanted.empty() ? 1 : static_cast<double>(found) / static_cast<double>(wanted.size());
}

// Recall at 10 over some queries; every score is checked against the oracle.
double MeanRecall(const VectorIndex& index, const Catalog::VectorRows& rows) {
  double sum = 0;
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const std::vector<float> query = RandomQuery(seed);
    const auto got = ValueOf(index.Search(query, 10));
    const auto all = Oracle(rows, query);
    for (const VectorMatch& match : got) {
      const auto at = std::find_if(all.begin(), all.end(),
                                   [&](const auto& m) { return m.chunk_id == match.chunk_id; });
      EXPECT_NE(at, all.end());
      if (at != all.end()) {
        EXPECT_NEAR(match.score, at->score, 1e-3f);
      }
    }
    EXPECT_TRUE(std::is_sorted(got.begin(), got.end(), IsBetter));
    sum += Recall(got, all, 10);
  }
  return sum / 20;
}

void StoreMany(const fs::path& dir, uint32_t files, size_t chunks_each) {
  std::vector<FileUpdate> updates;
  for (uint32_t i = 0; i < files; ++i) {
    updates.push_back(FileWithChunks(testing::Numbered("f", i), chunks_each, kDimensions, i));
  }
  Store(dir, updates);
}

TEST(VectorScan, AgreesWithThePlainSumForEverySize) {
  for (const size_t dimensions : {1u, 7u, 15u, 16u, 17u, 31u, 33u, 384u}) {
    std::mt19937 random(static_cast<uint32_t>(dimensions));
    Catalog::VectorRows rows;
    for (int64_t id = 1; id <= 1500; ++id) {
      rows.ids.push_back(id);
      for (size_t d = 0; d < dimensions; ++d) {
        rows.values.push_back(static_cast<int8_t>(static_cast<int>(random() % 21) - 10));
      }
    }
    const std::vector<float> query = RandomQuery(3, dimensions);
    const auto all = Oracle(rows, query);
    const auto got = ScanVectors(rows.ids, rows.values, query, 20);
    ASSERT_EQ(got.size(), std::min<size_t>(20, all.size()));
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i].score, all[i].score, 1e-4f);
  }
}

TEST(VectorScan, TiesGoToTheLowerId) {
  const std::vector<int64_t> ids = {5, 9, 7, 3};
  const std::vector<int8_t> values = {10, 10, 10, -10};
  const std::vector<float> query = {1.0f};
  const auto got = ScanVectors(ids, values, query, 2);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].chunk_id, 5);
  EXPECT_EQ(got[1].chunk_id, 7);
  EXPECT_EQ(ScanVectors(ids, values, query, 100).size(), 3u);
  EXPECT_TRUE(ScanVectors(ids, values, query, 0).empty());
  EXPECT_TRUE(ScanVectors({}, {}, query, 5).empty());
}

TEST(VectorIndex, FewRowsAreSearchedExactly) {
  TempDir dir;
  StoreMany(dir.path(), 5, 40);
  auto catalog = OpenOrDie(dir.path());
  auto index = ValueOf(VectorIndex::Open(*catalog, dir.path()));
  EXPECT_TRUE(index->is_exact());
  EXPECT_EQ(index->size(), 200u);
  EXPECT_EQ(index->dimensions(), kDimensions);
  EXPECT_EQ(MeanRecall(*index, ValueOf(catalog->Vectors())), 1.0);
}

TEST(VectorIndex, ManyRowsAreSearchedInPart) {
  TempDir dir;
  StoreMany(dir.path(), 10, 100);
  auto catalog = OpenOrDie(dir.path());
  ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path(), kFewExact).ok());
  ASSERT_TRUE(fs::exists(dir.path() / "vectors.faiss"));
  auto index = ValueOf(VectorIndex::Open(*catalog, dir.path(), kFewExact));
  EXPECT_FALSE(index->is_exact());
  EXPECT_EQ(index->size(), 1000u);
  // Random rows have no cells worth the name: the worst case.
  EXPECT_GT(MeanRecall(*index, ValueOf(catalog->Vectors())), 0.3);
}

TEST(VectorIndex, ARowFindsItself) {
  TempDir dir;
  StoreMany(dir.path(), 10, 100);
  auto catalog = OpenOrDie(dir.path());
  auto index = ValueOf(VectorIndex::Open(*catalog, dir.path(), kFewExact));
  const auto rows = ValueOf(catalog->Vectors());
  for (size_t i = 0; i < rows.ids.size(); i += 37) {
    std::vector<float> query(kDimensions);
    for (size_t d = 0; d < kDimensions; ++d) {
      query[d] = static_cast<float>(rows.values[i * kDimensions + d]) / 127.0f;
    }
    EXPECT_EQ(ValueOf(index->Search(query, 1)).at(0).chunk_id, rows.ids[i]);
  }
}

TEST(VectorIndex, TheSameRowsGiveTheSameSnapshot) {
  TempDir one, two;
  std::string digests[2];
  for (const TempDir* dir : {&one, &two}) {
    StoreMany(dir->path(), 10, 100);
    auto catalog = OpenOrDie(dir->path());
    ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir->path(), kFewExact).ok());
    digests[dir == &two ? 1 : 0] = testing::ReadAll(dir->path() / "vectors.faiss");
  }
  EXPECT_EQ(digests[0], digests[1]);
}

TEST(VectorIndex, OddQueriesAreRefusedOrFindNothing) {
  TempDir dir;
  StoreMany(dir.path(), 1, 10);
  auto catalog = OpenOrDie(dir.path());
  auto index = ValueOf(VectorIndex::Open(*catalog, dir.path()));
  EXPECT_TRUE(ValueOf(index->Search(std::vector<float>(kDimensions, 0.0f), 5)).empty());
  const auto wrong = index->Search(RandomQuery(1, 8), 5);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().kind, ErrorKind::kBadInput);
}

TEST(VectorIndex, EmptyCatalogFindsNothing) {
  TempDir dir;
  Store(dir.path(), testing::SampleFiles());
  auto catalog = OpenOrDie(dir.path());
  ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path()).ok());
  auto index = ValueOf(VectorIndex::Open(*catalog, dir.path()));
  EXPECT_EQ(index->size(), 0u);
  EXPECT_TRUE(ValueOf(index->Search(RandomQuery(1), 5)).empty());
}

TEST(VectorIndex, FollowsTheCatalogBeyondItsSnapshot) {
  TempDir dir;
  StoreMany(dir.path(), 10, 100);
  auto catalog = OpenOrDie(dir.path());
  ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path(), kFewExact).ok());
  auto old = ValueOf(VectorIndex::Open(*catalog, dir.path(), kFewExact));
  const std::string snapshot = testing::ReadAll(dir.path() / "vectors.json");

  // One file of ten is another, one is gone, one is new.
  Store(dir.path(), {FileWithChunks("f3.py", 20, kDimensions, 77)});
  {
    auto writer = testing::BeginOrDie(dir.path());
    for (const FileRow& file : ValueOf(writer->Files())) {
      if (file.path == "f4.py") {
        ASSERT_TRUE(writer->RemoveFile(file.id).ok());
      }
    }
    ASSERT_TRUE(writer->PutFile(FileWithChunks("g.py", 7, kDimensions, 78)).ok());
    ValueOf(writer->Commit());
  }
  const auto rows = ValueOf(catalog->Vectors());
  auto fresh = ValueOf(VectorIndex::Open(*catalog, dir.path(), kFewExact));
  ASSERT_TRUE(old->Refresh(*catalog).ok());
  for (VectorIndex* index : {fresh.get(), old.get()}) {
    EXPECT_EQ(index->size(), 827u);
    EXPECT_EQ(index->commit(), rows.commit);
    EXPECT_GT(MeanRecall(*index, rows), 0.3);
  }
  // Reading changed nothing; the next update renews it.
  EXPECT_EQ(testing::ReadAll(dir.path() / "vectors.json"), snapshot);
  ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path(), kFewExact).ok());
  EXPECT_NE(testing::ReadAll(dir.path() / "vectors.json"), snapshot);
}

TEST(VectorIndex, ExactSearchFollowsTheCatalogToo) {
  TempDir dir;
  StoreMany(dir.path(), 2, 10);
  auto catalog = OpenOrDie(dir.path());
  auto index = ValueOf(VectorIndex::Open(*catalog, dir.path()));
  Store(dir.path(), {FileWithChunks("f0.py", 3, kDimensions, 5)});
  ASSERT_TRUE(index->Refresh(*catalog).ok());
  EXPECT_EQ(index->size(), 13u);
  EXPECT_EQ(MeanRecall(*index, ValueOf(catalog->Vectors())), 1.0);
}

class DamagedSnapshot : public ::testing::TestWithParam<const char*> {};

TEST_P(DamagedSnapshot, IsMadeAnewInSilence) {
  TempDir dir;
  StoreMany(dir.path(), 5, 100);
  auto catalog = OpenOrDie(dir.path());
  ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path(), kFewExact).ok());
  const std::string faiss = testing::ReadAll(dir.path() / "vectors.faiss");
  const std::string info = testing::ReadAll(dir.path() / "vectors.json");
  const std::string what = GetParam();
  if (what == "flipped") {
    std::string bytes = faiss;
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    dir.Write("vectors.faiss", bytes);
  }
  if (what == "cut") dir.Write("vectors.faiss", faiss.substr(0, faiss.size() / 3));
  if (what == "empty") dir.Write("vectors.faiss", "");
  if (what == "garbage json") dir.Write("vectors.json", "{\"v\": 2, \"commit\": \"x\"");
  if (what == "wrong types") dir.Write("vectors.json", "{\"v\": [1], \"commit\": -4}");
  if (what == "other version") {
    std::string text = info;
    text.replace(text.find("\"v\": 2"), 6, "\"v\": 3");
    dir.Write("vectors.json", text);
  }
  if (what == "missing") fs::remove(dir.path() / "vectors.json");
  auto index = ValueOf(VectorIndex::Open(*catalog, dir.path(), kFewExact));
  EXPECT_EQ(index->size(), 500u);
  EXPECT_EQ(testing::ReadAll(dir.path() / "vectors.faiss"), faiss);
  EXPECT_EQ(testing::ReadAll(dir.path() / "vectors.json"), info);
}

INSTANTIATE_TEST_SUITE_P(Ways, DamagedSnapshot,
                         ::testing::Values("flipped", "cut", "empty", "garbage json", "wrong types",
                                           "other version", "missing"));

TEST(VectorIndex, SnapshotOfAnotherEmbedderIsNotUsed) {
  TempDir dir;
  StoreMany(dir.path(), 5, 100);
  auto catalog = OpenOrDie(dir.path());
  ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path(), kFewExact).ok());
  {
    auto writer = testing::BeginOrDie(dir.path());
    CatalogMeta meta = ValueOf(writer->Meta());
    meta.embedder = "other/40";
    ASSERT_TRUE(writer->SetMeta(meta).ok());
    ValueOf(writer->Commit());
  }
  auto index = ValueOf(VectorIndex::Open(*catalog, dir.path(), kFewExact));
  EXPECT_EQ(index->size(), 500u);
  EXPECT_NE(testing::ReadAll(dir.path() / "vectors.json").find("other/40"), std::string::npos);
}

// Nobody would read it; one that is left from larger times goes.
TEST(VectorIndex, SmallIndexesHaveNoSnapshot) {
  TempDir dir;
  StoreMany(dir.path(), 2, 10);
  auto catalog = OpenOrDie(dir.path());
  ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path(), {.exact_limit = 5}).ok());
  EXPECT_TRUE(std::filesystem::exists(dir.path() / "vectors.json"));
  ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path()).ok());
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "vectors.json"));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "vectors.faiss"));
}

}  // namespace
}  // namespace inhouse
