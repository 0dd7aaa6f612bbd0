#include "indexer/store/search_image.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/store/sample.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::FileWithChunks;
using testing::OpenOrDie;
using testing::ReadAll;
using testing::SampleFiles;
using testing::TempDir;
using testing::ValueOf;
using Image = std::shared_ptr<const SearchImage>;

constexpr size_t kDimensions = 8;

void StoreSample(const fs::path& dir) {
  std::vector<FileUpdate> files = SampleFiles();
  files.push_back(FileWithChunks("many.py", 20, kDimensions, 3));
  files.push_back(FileWithChunks("a_few.py", 5, kDimensions, 4));
  testing::Store(dir, files);
}

Image CurrentOf(const fs::path& dir, bool store) {
  const auto catalog = OpenOrDie(dir);
  return ValueOf(SearchImage::Current(*catalog, dir, store));
}

void WriteBytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Against what the catalog says: the oracle.
void ExpectOfCatalog(const SearchImage& image, const fs::path& dir) {
  const auto catalog = OpenOrDie(dir);
  std::vector<Catalog::NameEntry> names = ValueOf(catalog->Names());
  std::erase_if(names, [](const auto& name) { return IsLocalName(name.qualified_name); });
  ASSERT_EQ(image.names().records.size(), names.size());
  for (uint32_t i = 0; i < names.size(); ++i) {
    const NameView view = image.names().Entry(i);
    EXPECT_EQ(view.symbol_id, names[i].symbol_id);
    EXPECT_EQ(view.import_name, names[i].import_name);
    EXPECT_EQ(view.qualified_name, names[i].qualified_name);
    EXPECT_EQ(view.kind, names[i].kind);
    EXPECT_EQ(view.is_public, names[i].is_public);
    EXPECT_EQ(view.is_deprecated, names[i].is_deprecated);
    EXPECT_EQ(view.role, names[i].role);
    const auto found = image.names().by_name.Of(image.names().names.Find(names[i].import_name));
    EXPECT_NE(std::find(found.begin(), found.end(), i), found.end()) << names[i].import_name;
  }
  EXPECT_EQ(image.commit(), ValueOf(catalog->Meta()).commit);
}

TEST(SearchImageTest, TheFileSaysWhatTheCatalogSays) {
  const TempDir dir;
  StoreSample(dir.path());
  const Image made = CurrentOf(dir.path(), true);
  EXPECT_FALSE(made->is_stored());
  ExpectOfCatalog(*made, dir.path());
  const Image stored = CurrentOf(dir.path(), true);
  EXPECT_TRUE(stored->is_stored());
  ExpectOfCatalog(*stored, dir.path());
}

TEST(SearchImageTest, ReadersThatMayNotStoreLeaveNoFile) {
  const TempDir dir;
  StoreSample(dir.path());
  EXPECT_FALSE(CurrentOf(dir.path(), false)->is_stored());
  EXPECT_FALSE(fs::exists(SearchImage::File(dir.path())));
}

TEST(SearchImageTest, AFileOfAnotherUpdateIsNotUsed) {
  const TempDir dir;
  StoreSample(dir.path());
  CurrentOf(dir.path(), true);
  const std::string old = ReadAll(SearchImage::File(dir.path()));
  testing::Store(dir.path(), {FileWithChunks("many.py", 21, kDimensions, 5)});
  const Image image = CurrentOf(dir.path(), false);
  EXPECT_FALSE(image->is_stored());
  ExpectOfCatalog(*image, dir.path());
  // Nor one of the same commit number of a catalog with other content.
  const TempDir other;
  testing::Store(other.path(), {FileWithChunks("many.py", 20, kDimensions, 3)});
  WriteBytes(SearchImage::File(other.path()), old);
  const Image foreign = CurrentOf(other.path(), false);
  EXPECT_FALSE(foreign->is_stored());
  ExpectOfCatalog(*foreign, other.path());
}

TEST(SearchImageTest, ADamagedFileIsNotUsed) {
  const TempDir dir;
  StoreSample(dir.path());
  CurrentOf(dir.path(), true);
  const fs::path file = SearchImage::File(dir.path());
  const std::string good = ReadAll(file);
  for (size_t at = 0; at < good.size(); at += 61) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    WriteBytes(file, bad);
    ASSERT_FALSE(CurrentOf(dir.path(), false)->is_stored()) << at;
    WriteBytes(file, good.substr(0, at));
    ASSERT_FALSE(CurrentOf(dir.path(), false)->is_stored()) << at;
  }
  WriteBytes(file, good + std::string(8, '\0'));
  EXPECT_FALSE(CurrentOf(dir.path(), false)->is_stored());
  WriteBytes(file, good);
  EXPECT_TRUE(CurrentOf(dir.path(), false)->is_stored());
}

// The checksum keeps such bytes out; whoever forges it still gets no look-up outside.
TEST(SearchImageTest, NumbersThatLeadOutsideAreRefused) {
  const TempDir dir;
  StoreSample(dir.path());
  const auto catalog = OpenOrDie(dir.path());
  const std::string good = BuildNameImage(ValueOf(catalog->Names()));
  ASSERT_TRUE(NameImage::Over(good).has_value());
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = '\xee';
    const std::optional<NameImage> image = NameImage::Over(bad);
    if (!image) continue;
    for (uint32_t i = 0; i < image->records.size(); ++i) {
      const NameView entry = image->Entry(i);
      for (const std::string_view name : {entry.import_name, entry.qualified_name}) {
        for (const uint32_t same : image->by_name.Of(image->names.Find(name))) {
          ASSERT_LT(same, image->records.size());
        }
      }
    }
    ASSERT_FALSE(NameImage::Over(std::string_view(bad).substr(0, at)).has_value());
  }
}

TEST(SearchImageTest, DistancesComeBackAndOtherBytesAreRefused) {
  const TempDir dir;
  StoreSample(dir.path());
  const std::string image = BuildNameImage(ValueOf(OpenOrDie(dir.path())->Names()));
  std::string bytes = image;
  PutDistances(&bytes);
  EXPECT_NE(bytes, image);
  for (size_t keep = 0; keep < bytes.size(); keep += 7) {
    std::string cut = bytes.substr(0, keep);
    EXPECT_FALSE(TakeDistances(&cut)) << keep;
  }
  EXPECT_TRUE(TakeDistances(&bytes));
  EXPECT_EQ(bytes, image);
}

TEST(SearchImageTest, AnUpdateStoresSmallIndexesAndLargeOnesOnlyIfMuchChanged) {
  const TempDir dir;
  testing::Store(dir.path(), {FileWithChunks("a.py", 9'990, 2, 1), FileWithChunks("b.py", 20, 2, 1),
                              FileWithChunks("c.py", 9'000, 2, 1)});
  auto catalog = OpenOrDie(dir.path());
  ASSERT_TRUE(SearchImage::Store(*catalog, dir.path(), {18'990, 0.001}).ok());
  EXPECT_TRUE(CurrentOf(dir.path(), false)->is_stored());
  testing::Store(dir.path(), {FileWithChunks("d.py", 2'000, 2, 1)});
  ASSERT_TRUE(SearchImage::Store(*catalog, dir.path(), {20'990, 0.001}).ok());
  EXPECT_FALSE(CurrentOf(dir.path(), false)->is_stored());
  ASSERT_TRUE(SearchImage::Store(*catalog, dir.path(), {20'990, 1}).ok());
  EXPECT_TRUE(CurrentOf(dir.path(), false)->is_stored());
}

}  // namespace
}  // namespace inhouse
