// Catalog over SQLite: each call is one read transaction, so that it sees a
// single commit. Files are unpacked as they are needed and the last ones kept.
// Symbols and names are read in catalog_reader.cc; chunks, text, vectors and calls in
// catalog_chunks.cc. Private to this room; catalog.h says what each call gives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "indexer/base/compress.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/catalog.h"
#include "indexer/store/catalog_file.h"
#include "indexer/store/catalog_names.h"
#include "indexer/store/file_record.h"
#include "indexer/store/full_text.h"
#include "indexer/store/vector_blocks.h"

namespace inhouse {

// A file unpacked.
struct OpenFile {
  int64_t id = 0;
  int64_t first_symbol = 0, first_chunk = 0;
  FileNames names;
  FileContents contents;
};

class CatalogReader : public Catalog {
 public:
  CatalogReader(std::filesystem::path index_dir, std::unique_ptr<CatalogFileReader> file)
      : index_dir_(std::move(index_dir)), file_(std::move(file)) {}

  Result<CatalogMeta> Meta() override;
  Result<std::vector<FileRow>> Files() override;
  Result<std::optional<FileRow>> File(int64_t file_id) override;
  Result<std::vector<SymbolRow>> SymbolsNamed(std::string_view dotted) override;
  Result<std::optional<SymbolRow>> SymbolById(int64_t id) override;
  Result<std::vector<SymbolRow>> MembersOf(std::string_view qualified_name) override;
  Result<std::vector<NameEntry>> Names() override;
  Result<std::optional<std::string>> ResolveName(std::string_view dotted) override;
  Result<std::vector<ClassEntry>> Classes() override;
  Result<std::vector<Namespace>> NamespacesOf(std::string_view qualified_name) override;
  Result<std::optional<ChunkRow>> ChunkById(int64_t id) override;
  Result<std::vector<ChunkRow>> ChunksOf(std::string_view qualified_name) override;
  Result<std::vector<LexicalMatch>> SearchText(std::span<const std::string> terms,
                                               size_t limit) override;
  Result<VectorRows> Vectors() override { return ReadVectors(0, VectorOrder::kPlace); }
  Result<VectorRows> VectorsFrom(int64_t first_chunk_id) override {
    return ReadVectors(first_chunk_id, VectorOrder::kId);
  }
  Result<VectorRuns> ListVectors() override;
  Result<std::vector<CallSiteRow>> CallersOf(std::string_view qualified_name,
                                             size_t limit) override;
  Result<CallCount> CallCountOf(std::string_view qualified_name) override;
  Result<std::vector<CallCount>> UsedTogether(std::string_view qualified_name,
                                              size_t limit) override;
  Result<std::vector<CallEdge>> CallsIn(int64_t file_id) override;
  Result<std::vector<std::pair<std::string, float>>> CorpusWeights() override;
  Result<TermVectors> OwnTerms() override;
  Result<CatalogCounts> Counts() override;

 private:
  static constexpr size_t kMaxFilesKept = 2000;
  // One read transaction of which everything that is kept between calls is part.
  struct Snapshot {
    Database* db;
    Transaction transaction;
  };
  Result<Snapshot> Begin();
  Result<const OpenFile*> Open(Database& db, int64_t file_id);
  Result<const OpenFile*> OpenWith(Database& db, const char* sql, int64_t id);
  Result<SymbolRow> SymbolAt(Database& db, const OpenFile& file, size_t position);
  Result<ChunkRow> ChunkAt(const OpenFile& file, size_t position);
  Result<std::string> ImportName(Database& db, int64_t symbol_id, const std::string& defined);
  Status AddSymbolsOf(Database& db, int64_t file_id, std::string_view name, bool as_parent,
                      std::vector<SymbolRow>* rows);
  Status AddRenamed(Database& db, std::string_view name, std::vector<SymbolRow>* rows);
  Status AddForeignChunks(Database& db, std::string_view symbol, std::vector<ChunkRow>* rows);
  Status SortByPlace(Database& db, std::vector<ChunkRow>* rows);
  Result<VectorRows> ReadVectors(int64_t first_chunk_id, VectorOrder order);

  const std::filesystem::path index_dir_;
  std::unique_ptr<CatalogFileReader> file_;
  Decompressor unpacker_;
  // Kept of version_.
  int64_t version_ = -1;
  std::unique_ptr<CatalogNames> names_;
  std::unique_ptr<FullTextReader> full_text_;
  std::unordered_map<int64_t, std::unique_ptr<OpenFile>> files_;
};

}  // namespace inhouse
