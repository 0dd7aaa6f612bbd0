#include "indexer/store/search_image.h"

#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "indexer/base/check.h"
#include "indexer/base/compress.h"
#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/store/flat_bytes.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Changes with what follows the header, and with Terms().
constexpr uint64_t kVersion = 3;
constexpr char kMagic[8] = {'i', 'n', 'h', 'i', 'm', 'a', 'g', 'e'};
constexpr int64_t kMaxBytes = int64_t{1} << 30;
// Readers look again when a commit comes between two of their reads.
constexpr int kMaxAttempts = 3;
// From so many chunks on only an update that wrote at least this share stores it.
constexpr size_t kManyChunks = 20'000;
constexpr double kWorthStoring = 0.05;

struct Header {
  char magic[8];
  uint64_t version;
  uint64_t size;      // of the whole file
  uint64_t checksum;  // XXH3-64 of what follows
};

std::string WithHeader(const std::string& body) {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.size = sizeof(header) + body.size();
  header.checksum = Xxh3(body);
  return std::string(reinterpret_cast<const char*>(&header), sizeof(header)) + body;
}

// What follows the header; nothing if that is not whole.
std::string_view BodyOf(std::string_view bytes) {
  Header header{};
  if (bytes.size() < sizeof(header)) return {};
  std::memcpy(&header, bytes.data(), sizeof(header));
  const std::string_view body = bytes.substr(sizeof(header));
  const bool intact = std::memcmp(header.magic, kMagic, sizeof(kMagic)) == 0 &&
                      header.version == kVersion && header.size == bytes.size() &&
                      header.checksum == Xxh3(body);
  return intact ? body : std::string_view();
}

// Told by the first bytes; whether the rest is intact its readers find out.
bool IsOf(const fs::path& file, const CatalogMeta& meta) {
  std::ifstream in(file, std::ios::binary);
  Header header{};
  uint64_t size = 0;
  std::string update_id(meta.update_id.size(), '\0');
  in.read(reinterpret_cast<char*>(&header), sizeof(header));
  in.read(reinterpret_cast<char*>(&size), sizeof(size));
  in.read(update_id.data(), static_cast<std::streamsize>(update_id.size()));
  std::error_code error;
  return in.good() && header.version == kVersion && size == update_id.size() &&
         update_id == meta.update_id && header.size == fs::file_size(file, error);
}

struct Contents {
  CatalogMeta meta;
  std::vector<Catalog::NameEntry> names;
};

// Of one commit, or of two if commits come faster than we read.
Result<Contents> ReadContents(Catalog& catalog, bool* is_one_commit) {
  for (int attempt = 1;; ++attempt) {
    Contents contents;
    ASSIGN_OR_RETURN(contents.meta, catalog.Meta());
    ASSIGN_OR_RETURN(contents.names, catalog.Names());
    ASSIGN_OR_RETURN(const CatalogMeta after, catalog.Meta());
    *is_one_commit =
        after.commit == contents.meta.commit && after.update_id == contents.meta.update_id;
    if (*is_one_commit || attempt == kMaxAttempts) return contents;
  }
}

// What follows the header.
std::string Packed(const CatalogMeta& meta, std::string names) {
  PutDistances(&names);
  FlatWriter out;
  out.Text(meta.update_id);
  out.Number(static_cast<uint64_t>(meta.commit));
  out.Text(Compressor().Pack(names));
  return out.Take();
}

}  // namespace

fs::path SearchImage::File(const fs::path& index_dir) { return index_dir / "search.image"; }

bool SearchImage::Use(std::string bytes) {
  bytes_ = std::move(bytes);
  const std::optional<NameImage> names = NameImage::Over(bytes_);
  if (names) names_ = *names;
  return names.has_value();
}

// Null unless the file is whole and of that update.
std::shared_ptr<const SearchImage> SearchImage::Load(const fs::path& file,
                                                     const CatalogMeta& meta) {
  if (meta.update_id.empty()) return nullptr;
  const Result<std::string> bytes = ReadFile(file, kMaxBytes);
  if (!bytes.ok()) return nullptr;
  const std::string_view body = BodyOf(*bytes);
  FlatReader in(body);
  const bool is_of_update =
      in.Text() == meta.update_id && in.Number() == static_cast<uint64_t>(meta.commit);
  const std::string_view packed = in.Text();
  if (!is_of_update || !in.AtEnd()) return nullptr;
  std::optional<std::string> names = Decompressor().Unpack(packed);
  std::shared_ptr<SearchImage> image(new SearchImage());
  image->is_stored_ = true;
  image->commit_ = meta.commit;
  if (!names || !TakeDistances(&*names) || !image->Use(std::move(*names))) return nullptr;
  return image;
}

Result<std::shared_ptr<const SearchImage>> SearchImage::Make(Catalog& catalog, const fs::path& file,
                                                             Status* stored) {
  bool is_one_commit = false;
  std::shared_ptr<SearchImage> image(new SearchImage());
  ASSIGN_OR_RETURN(const Contents contents, ReadContents(catalog, &is_one_commit));
  CHECK(image->Use(BuildNameImage(contents.names)));
  image->commit_ = contents.meta.commit;
  if (stored != nullptr && is_one_commit && !contents.meta.update_id.empty()) {
    *stored = WriteFileDurably(file, WithHeader(Packed(contents.meta, image->bytes_)));
  }
  return std::shared_ptr<const SearchImage>(std::move(image));
}

Result<std::shared_ptr<const SearchImage>> SearchImage::Current(Catalog& catalog,
                                                                const fs::path& index_dir,
                                                                bool store) {
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  if (auto stored = Load(File(index_dir), meta)) return stored;
  Status status;  // a folder that cannot be written costs the next reader the same work
  return Make(catalog, File(index_dir), store ? &status : nullptr);
}

Status SearchImage::Store(Catalog& catalog, const fs::path& index_dir, const Updated& updated) {
  if (updated.chunks >= kManyChunks && updated.changed < kWorthStoring) return {};
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  if (IsOf(File(index_dir), meta)) return {};
  Status stored;
  ASSIGN_OR_RETURN(const auto made, Make(catalog, File(index_dir), &stored));
  static_cast<void>(made);
  return stored;
}

}  // namespace inhouse
