#include "indexer/store/search_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"
#include "indexer/store/flat_bytes.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Changes with what follows the header, and with Terms().
constexpr uint64_t kVersion = 1;
constexpr char kMagic[8] = {'i', 'n', 'h', 'i', 'm', 'a', 'g', 'e'};
constexpr size_t kMaxBytes = size_t{4} << 30;
// Readers look again when a commit comes between two of their reads.
constexpr int kMaxAttempts = 3;
// A larger index is stored by an update that wrote at least this share of it.
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
  bool has_vectors = false;
  Catalog::VectorRows vectors;
};

// Of one commit, or of two if commits come faster than we read.
Result<Contents> ReadContents(Catalog& catalog, bool* is_one_commit) {
  for (int attempt = 1;; ++attempt) {
    Contents contents;
    ASSIGN_OR_RETURN(contents.meta, catalog.Meta());
    ASSIGN_OR_RETURN(const Catalog::VectorRuns runs, catalog.ListVectors());
    contents.has_vectors = runs.total < SearchImage::kMaxVectors;
    ASSIGN_OR_RETURN(contents.names, catalog.Names());
    if (contents.has_vectors) {
      ASSIGN_OR_RETURN(contents.vectors, catalog.Vectors());
    }
    ASSIGN_OR_RETURN(const CatalogMeta after, catalog.Meta());
    *is_one_commit =
        after.commit == contents.meta.commit && after.update_id == contents.meta.update_id;
    if (*is_one_commit || attempt == kMaxAttempts) return contents;
  }
}

std::string Encode(const Contents& contents) {
  FlatWriter out;
  out.Text(contents.meta.update_id);
  out.Number(static_cast<uint64_t>(contents.meta.commit));
  out.Text(BuildNameImage(contents.names));
  out.Number(contents.has_vectors ? 1 : 0);
  out.Number(contents.vectors.dimensions);
  out.Array(std::span<const int64_t>(contents.vectors.ids));
  out.Array(std::span<const int8_t>(contents.vectors.values));
  return out.Take();
}

}  // namespace

fs::path SearchImage::File(const fs::path& index_dir) { return index_dir / "search.image"; }

SearchImage::~SearchImage() {
  if (mapped_ != nullptr) ::munmap(mapped_, mapped_size_);
}

bool SearchImage::Read(std::string_view bytes) {
  FlatReader in(bytes);
  update_id_ = in.Text();
  commit_ = static_cast<int64_t>(in.Number());
  const std::string_view names = in.Text();
  has_vectors_ = in.Number() != 0;
  dimensions_ = in.Number();
  chunk_ids_ = in.Array<int64_t>();
  vectors_ = in.Array<int8_t>();
  if (!in.AtEnd()) return false;
  const bool fits = chunk_ids_.empty() ? vectors_.empty()
                                       : vectors_.size() % chunk_ids_.size() == 0 &&
                                             vectors_.size() / chunk_ids_.size() == dimensions_;
  if (!fits) return false;
  const std::optional<NameImage> image = NameImage::Over(names);
  if (image) names_ = *image;
  return image.has_value();
}

// Null unless the file is whole and of that update.
std::shared_ptr<const SearchImage> SearchImage::Map(const fs::path& file, const CatalogMeta& meta) {
  if (meta.update_id.empty()) return nullptr;
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return nullptr;
  const auto size = static_cast<size_t>(info.st_size);
  if (size < sizeof(Header) || size > kMaxBytes) return nullptr;
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd.get(), 0);
  if (mapped == MAP_FAILED) return nullptr;
  std::shared_ptr<SearchImage> image(new SearchImage());
  image->mapped_ = mapped;
  image->mapped_size_ = size;
  const std::string_view body = BodyOf({static_cast<const char*>(mapped), size});
  const bool usable = !body.empty() && image->Read(body) && image->commit_ == meta.commit &&
                      image->update_id_ == meta.update_id;
  return usable ? std::move(image) : nullptr;
}

Result<std::shared_ptr<const SearchImage>> SearchImage::Make(Catalog& catalog, const fs::path& file,
                                                             Status* stored) {
  bool is_one_commit = false;
  std::shared_ptr<SearchImage> image(new SearchImage());
  {
    ASSIGN_OR_RETURN(const Contents contents, ReadContents(catalog, &is_one_commit));
    image->own_ = Encode(contents);
  }
  CHECK(image->Read(image->own_));
  if (stored != nullptr && is_one_commit && !image->update_id_.empty()) {
    *stored = WriteFileDurably(file, WithHeader(image->own_));
  }
  return std::shared_ptr<const SearchImage>(std::move(image));
}

Result<std::shared_ptr<const SearchImage>> SearchImage::Current(Catalog& catalog,
                                                                const fs::path& index_dir,
                                                                bool store) {
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  if (auto mapped = Map(File(index_dir), meta)) return mapped;
  Status stored;  // a folder that cannot be written costs the next reader the same work
  return Make(catalog, File(index_dir), store ? &stored : nullptr);
}

Status SearchImage::Store(Catalog& catalog, const fs::path& index_dir, const Updated& updated) {
  if (updated.chunks >= kMaxVectors && updated.changed < kWorthStoring) return {};
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  if (IsOf(File(index_dir), meta)) return {};
  Status stored;
  ASSIGN_OR_RETURN(const auto made, Make(catalog, File(index_dir), &stored));
  static_cast<void>(made);
  return stored;
}

}  // namespace inhouse
