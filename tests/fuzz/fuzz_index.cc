// A damaged index folder: an answer or an error, never a crash.
//
// Input: which file (one byte), cut it (one byte), where (two bytes, in
// thousandths of its size), then bytes that are laid over it.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "indexer/indexer.h"
#include "indexer/store/vector_index.h"
#include "retriever/retriever.h"
#include "tests/fuzz/expect.h"
#include "tests/support/temp_dir.h"

namespace {

namespace fs = std::filesystem;
using namespace inhouse;

constexpr const char* kFiles[] = {"catalog.db", "vectors.faiss", "vectors.json", "search.image"};

// Small indexes have no snapshot of their own.
constexpr VectorIndex::Options kAnySize{.exact_limit = 1};

// A whole index, made once.
class Original {
 public:
  Original() {
    dir_.Write("libs/house/__init__.py", "from house.core import load\n__all__ = ['load']\n");
    dir_.Write("libs/house/core.py",
               "class Store:\n    def write(self, rows):\n        '''Write rows.'''\n\n"
               "def load(name: str) -> Store:\n    '''Load a store.'''\n");
    dir_.Write("libs/job.py", "import house\nhouse.load('x').write([])\n");
    IndexOptions options;
    options.roots = {dir_.path() / "libs"};
    options.index_dir = dir_.path() / "index";
    options.threads = 1;
    FUZZ_EXPECT(UpdateIndex(options).ok());
    const auto catalog = Catalog::Open(options.index_dir);
    FUZZ_EXPECT(VectorIndex::WriteSnapshot(**catalog, options.index_dir, kAnySize).ok());
    for (const char* name : kFiles) bytes_.push_back(testing::ReadAll(options.index_dir / name));
  }
  const std::string& bytes(size_t file) const { return bytes_[file]; }

 private:
  testing::TempDir dir_;
  std::vector<std::string> bytes_;
};

std::string Damaged(std::string bytes, const uint8_t* data, size_t size) {
  const size_t at = bytes.size() * ((data[1] * 256u + data[2]) % 1000) / 1000;
  if (data[0] % 4 == 1) bytes.resize(at);
  for (size_t i = 3; i < size && at + i - 3 < bytes.size(); ++i) {
    bytes[at + i - 3] = static_cast<char>(data[i]);
  }
  return bytes;
}

void Ask(const fs::path& folder) {
  const auto catalog = Catalog::Open(folder);
  if (catalog.ok()) static_cast<void>(VectorIndex::Open(**catalog, folder, kAnySize).ok());
  const auto retriever = Retriever::Open(folder);
  if (!retriever.ok()) return;
  const auto answer = (*retriever)->Search("load a store of rows", {});
  if (answer.ok()) FUZZ_EXPECT(answer->hits.size() <= 10);
  static_cast<void>((*retriever)->Show("house.load").ok());
  static_cast<void>((*retriever)->Check("import house\nhouse.lod()\n", {}).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Original original;
  if (size < 4) return 0;
  const testing::TempDir dir;
  const size_t damaged = data[0] % std::size(kFiles);
  for (size_t i = 0; i < std::size(kFiles); ++i) {
    std::ofstream file(dir.path() / kFiles[i], std::ios::binary);
    file << (i == damaged ? Damaged(original.bytes(i), data + 1, size - 1) : original.bytes(i));
  }
  Ask(dir.path());
  return 0;
}
