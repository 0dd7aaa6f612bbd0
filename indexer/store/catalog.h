// The catalog: one SQLite file that holds every fact about the indexed code.
// It is the single source of truth; the FAISS file beside it is derived.
//
// Writing: CatalogWriter holds the folder's write lock and one transaction;
// nothing is visible to readers before Commit, and dropping the writer without
// Commit leaves the index as it was. Reading: Catalog sees one consistent
// snapshot per call and never blocks the writer. A Catalog belongs to one
// thread at a time. Schema: indexer/store/README.md.
//
// Errors: kIndex when the file is missing, corrupt or from a newer program
// (the message says which, and what to run); kStorage when writing fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/chunk/chunk.h"
#include "indexer/chunk/term_counts.h"
#include "indexer/embed/term_vectors.h"
#include "indexer/python/symbol.h"
#include "indexer/store/target_words.h"

namespace inhouse {

inline constexpr int kCatalogFormat = 9;

// What a message about an index tells to do:
// "run: inhouse index PATH... --index DIR", with --rebuild or without.
std::string IndexRemedy(const std::filesystem::path& index_dir, bool rebuild);

struct CatalogMeta {
  int format = kCatalogFormat;
  int64_t commit = 0;  // +1 per update that changed anything
  // Of everything that was ever written up to this commit: two catalogs that were
  // made apart have different ones. What is derived from a commit names it.
  std::string update_id;
  std::string embedder;    // Embedder::id()
  std::string weights_id;  // id of the corpus weight table
  std::string
      source_revision;  // "<git commit>[-dirty]", several joined by ' ', "" if no repository
};

struct FileRow {
  int64_t id = 0;
  std::string root;    // as configured, absolute
  std::string path;    // relative to root
  std::string digest;  // xxh3-128 of the bytes, hex
  int64_t size = 0;
  int64_t mtime_ns = 0;
  FileRole role = FileRole::kLibrary;
  std::string module;
};

struct SymbolRow {
  int64_t id = 0;
  int64_t file_id = 0;
  std::string import_name;  // the shortest public name people import it under
  Symbol symbol;
};

struct ChunkRow {
  int64_t id = 0;
  int64_t file_id = 0;
  Chunk chunk;
};

struct CallSiteRow {
  int64_t file_id = 0;
  CallSite call;         // `call.target` as written in the file
  std::string resolved;  // defined_as after following re-exports; "" if it leaves the index
};

// Totals over the whole index.
struct CatalogCounts {
  size_t files = 0, symbols = 0, chunks = 0, call_sites = 0;
};

struct LexicalMatch {
  int64_t chunk_id = 0;
  double score = 0;  // larger is better
};

// A file's facts as they are stored: packed records, and what they are found by.
// Made by EncodeFile (file_record.h).
struct EncodedFile {
  std::string names, calls, contents;
  size_t symbol_count = 0;
  int64_t names_digest = 0;                              // of what other files' names may depend on
  std::vector<int64_t> name_hashes;                      // ascending
  std::vector<int64_t> links;                            // name_changes.h; ascending
  std::vector<std::pair<std::string, int64_t>> targets;  // with the number of calls
  std::vector<std::pair<int64_t, uint32_t>> foreign_chunks;  // hash of symbol, position
  int64_t call_count = 0;
};

// Everything of one file, ready to be stored. Call sites without a target are
// not kept. `encoded` and `terms` can be made by the threads that parse; PutFile
// makes what is missing.
struct FileUpdate {
  FileRow file;  // id ignored
  FileFacts facts;
  std::vector<Chunk> chunks;
  std::vector<int8_t> vectors;  // chunks.size() * dimensions, row-major, scaled by 127
  std::optional<EncodedFile> encoded;
  std::vector<ChunkTerms> terms;            // one for each chunk, in numbers of `vocabulary`
  const TermNumbers* vocabulary = nullptr;  // one for the whole update; set with `terms`
};

class Catalog {
 public:
  // Opens for reading. A folder that cannot be written is opened immutable.
  static Result<std::unique_ptr<Catalog>> Open(const std::filesystem::path& index_dir);
  virtual ~Catalog() = default;

  virtual Result<CatalogMeta> Meta() = 0;
  virtual Result<std::vector<FileRow>> Files() = 0;
  virtual Result<std::optional<FileRow>> File(int64_t file_id) = 0;

  // By import name or by defined name, exactly.
  virtual Result<std::vector<SymbolRow>> SymbolsNamed(std::string_view dotted) = 0;
  virtual Result<std::optional<SymbolRow>> SymbolById(int64_t id) = 0;
  // Members of a class or module by its defined name: files in the order of root
  // and path (as all answers, unless another order is named), in source order.
  virtual Result<std::vector<SymbolRow>> MembersOf(std::string_view qualified_name) = 0;
  // Every name in the index for suffix and fuzzy look-up: (symbol id, import
  // name, defined name).
  struct NameEntry {
    int64_t symbol_id;
    std::string import_name;
    std::string qualified_name;
    SymbolKind kind;
    bool is_public;
    bool is_deprecated;
    FileRole role;
  };
  virtual Result<std::vector<NameEntry>> Names() = 0;
  // Follows re-exports: "audience_io.write_audience" → "audience_io.writer.write_audience".
  // nullopt when the index does not know the name.
  virtual Result<std::optional<std::string>> ResolveName(std::string_view dotted) = 0;

  // Every class with its bases as written.
  struct ClassEntry {
    std::string qualified_name;
    std::vector<std::string> bases;
  };
  virtual Result<std::vector<ClassEntry>> Classes() = 0;
  // What the code of a module or class binds, one a file that defines it; of
  // owner "" what files set on the objects of others.
  virtual Result<std::vector<Namespace>> NamespacesOf(std::string_view qualified_name) = 0;

  virtual Result<std::optional<ChunkRow>> ChunkById(int64_t id) = 0;
  virtual Result<std::vector<ChunkRow>> ChunksOf(std::string_view qualified_name) = 0;
  // Full-text: OR of already stemmed terms (terms.h), BM25 with field weights.
  // In a large index the commonest terms of a question may be left out.
  virtual Result<std::vector<LexicalMatch>> SearchText(std::span<const std::string> terms,
                                                       size_t limit) = 0;
  // All vectors, and the ids of their chunks.
  struct VectorRows {
    std::vector<int64_t> ids;
    std::vector<int8_t> values;
    size_t dimensions = 0;
    int64_t commit = 0;  // that they belong to
  };
  virtual Result<VectorRows> Vectors() = 0;
  // The same of the chunks from that id on, by id.
  virtual Result<VectorRows> VectorsFrom(int64_t first_chunk_id) = 0;
  // Which chunks have vectors, without reading these: runs of consecutive ids,
  // ascending. Ids are never used again, so a higher id is a newer row.
  struct VectorRun {
    int64_t first_id = 0;
    int64_t count = 0;
  };
  struct VectorRuns {
    std::vector<VectorRun> runs;
    size_t total = 0;
    size_t dimensions = 0;
    int64_t commit = 0;
  };
  virtual Result<VectorRuns> ListVectors() = 0;

  // Calls whose resolved target is this defined name; scripts first, then by path and line.
  virtual Result<std::vector<CallSiteRow>> CallersOf(std::string_view qualified_name,
                                                     size_t limit) = 0;
  // Number of calls of a defined name.
  struct CallCount {
    std::string qualified_name;
    int64_t count = 0;
    int64_t from_scripts = 0;
  };
  // Over the whole index; zeros if nobody calls it.
  virtual Result<CallCount> CallCountOf(std::string_view qualified_name) = 0;
  // Other indexed APIs called in the same function as this one, most often first.
  virtual Result<std::vector<CallCount>> UsedTogether(std::string_view qualified_name,
                                                      size_t limit) = 0;
  // What the functions of a file call, by the caller's qualified name, each pair
  // once, in the order of the first call; what leaves the index is left out.
  struct CallEdge {
    std::string caller;
    std::string resolved;  // defined name of what is called
  };
  virtual Result<std::vector<CallEdge>> CallsIn(int64_t file_id) = 0;
  // Term weights saved with the last full build: term → idf.
  virtual Result<std::vector<std::pair<std::string, float>>> CorpusWeights() = 0;
  // Vectors of the corpus's own words, saved with it.
  virtual Result<TermVectors> OwnTerms() = 0;
  virtual Result<CatalogCounts> Counts() = 0;
};

class CatalogWriter {
 public:
  static constexpr std::chrono::milliseconds kLockWait{5000};
  // Takes the write lock (waits, then kStorage naming the holder) and begins
  // the transaction; makes the folder and schema if missing.
  static Result<std::unique_ptr<CatalogWriter>> Begin(const std::filesystem::path& index_dir,
                                                      std::chrono::milliseconds wait = kLockWait);
  // The same with an empty catalog, for a rebuild. An index that can be read
  // answers until Commit; one that is damaged or of another format is deleted.
  static Result<std::unique_ptr<CatalogWriter>> BeginRebuild(
      const std::filesystem::path& index_dir, std::chrono::milliseconds wait = kLockWait);
  virtual ~CatalogWriter() = default;

  virtual Result<CatalogMeta> Meta() = 0;
  virtual Result<std::vector<FileRow>> Files() = 0;
  virtual Status Clear() = 0;  // for a rebuild
  // Replaces the same (root, path); the file's id. With `encoded` and `terms` set
  // the facts and texts of the chunks may be gone.
  virtual Result<int64_t> PutFile(const FileUpdate& update) = 0;
  // The vectors of a file's chunks, if they were not in its update. Of several files in
  // the order of their updates.
  virtual Status PutVectors(int64_t file_id, size_t dimensions, std::span<const int8_t> rows) = 0;
  virtual Status RemoveFile(int64_t file_id) = 0;
  // The same content with another time stamp: no change that counts as a commit.
  virtual Status TouchFile(int64_t file_id, int64_t mtime_ns) = 0;
  virtual Status SetMeta(const CatalogMeta& meta) = 0;  // commit is set by Commit
  virtual Status SetCorpusWeights(std::span<const std::pair<std::string, float>> weights,
                                  std::string_view weights_id) = 0;
  virtual Result<std::vector<std::pair<std::string, float>>> CorpusWeights() = 0;
  virtual Status SetOwnTerms(const TermVectors& terms) = 0;
  virtual Result<TermVectors> OwnTerms() = 0;
  virtual Result<CatalogCounts> Counts() = 0;
  // What a former update of this process left for the commit that this one began with,
  // and a later one may use; borrowed until Commit. Saves a look at all call targets.
  virtual void Recall(TargetWords* words) = 0;
  // Parts of Commit that may be done before it, once all files are put: each on a
  // thread of its own, because the first alone uses the database.
  virtual Status FinishNames() = 0;
  virtual void PackText() = 0;
  // Recomputes import names and resolved call targets, then commits. Returns
  // the new commit number (unchanged if nothing was written).
  virtual Result<int64_t> Commit() = 0;
  // Before Commit: what is committed stays in the log, for a later commit to copy
  // into the file. Saves waiting for the disk.
  virtual void KeepLog() = 0;
};

}  // namespace inhouse
