// Front door of the indexer: brings an index folder up to date with a set of
// source roots.
//
//   IndexOptions options;
//   options.roots = {"libs", "scripts"};
//   options.index_dir = ".inhouse";
//   ASSIGN_OR_RETURN(IndexReport report, UpdateIndex(options));
//
// Flow: discover files → (digest unchanged? skip) → parse → symbols, imports,
// call sites → chunks → vectors → one SQLite transaction → FAISS snapshot.
// When a package comes or goes, files of other roots are read again too: they
// may show how it is used.
// What cannot be read for the moment keeps what is known of it (index_plan.h).
// Parsing runs on a bounded thread pool; results are merged in path order, so
// the index never depends on the thread count. One writer at a time per index
// folder (write.lock); readers are never blocked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/embed/embedder.h"
#include "indexer/embed/remote_embedder.h"
#include "indexer/store/catalog.h"

namespace inhouse {

struct IndexOptions {
  std::vector<std::filesystem::path> roots;  // folders or single files; must exist
  // Roots of the index that are to be forgotten, whether they still exist or not.
  std::vector<std::filesystem::path> removed_roots;
  std::filesystem::path index_dir;   // made if missing
  std::vector<std::string> exclude;  // gitignore-style patterns, on top of ignore files
  std::string embedder = "default";
  RemoteEmbedderOptions remote;  // for the embedder "remote"
  int threads = 0;               // 0: one per core
  bool rebuild = false;          // forget everything and start anew (renews the corpus weights)
  // Of all roots, where the caller knows it; else git is asked.
  std::optional<std::string> source_revision;
  // False leaves what only tidies up to a later update: the log is not copied into
  // the catalog, and vectors.faiss not renewed (readers add what it lacks).
  bool tidy_up = true;
  // Called on the calling thread with files done and in all. May be empty.
  std::function<void(size_t done, size_t total)> progress;
};

enum class FileOutcome : uint8_t { kIndexed, kUnchanged, kSkipped, kRemoved };

struct FileReport {
  std::string root;
  std::string path;  // relative to root
  FileOutcome outcome = FileOutcome::kIndexed;
  std::string reason;    // why skipped, or what was odd ("3 syntax errors", "decoded as latin-1")
  bool by_rule = false;  // skipped because an ignore file or a pattern asks for it
};

struct IndexReport {
  int64_t commit = 0;  // the catalog's commit number after this update
  size_t files_indexed = 0, files_unchanged = 0, files_skipped = 0, files_removed = 0;
  size_t symbols = 0, chunks = 0, call_sites = 0;  // totals in the index
  double seconds = 0;
  std::vector<std::string> notes;              // what went wrong and does no harm
  std::vector<FileReport> files;               // in (root, path) order
  std::string source_revision;                 // of all roots (CatalogMeta)
  std::vector<std::filesystem::path> folders;  // that were listed, or hold a named file
};

// Errors: kBadInput (root missing, nothing readable, a removed root unknown), kIndex (corrupt or
// newer index; message names the remedy), kStorage (disk full, not writable; the old index still
// answers).
Result<IndexReport> UpdateIndex(const IndexOptions& options);

// What an update leaves for the next one of the same process, because it takes longer
// to load than a file to index. Good for the state that it was left at; otherwise it
// is made anew. An index that was deleted and made anew may have the same commit number.
struct UpdateMemory {
  std::string update_id;       // CatalogMeta
  std::vector<FileRow> files;  // in (root, path) order; empty: not known
  std::unique_ptr<Embedder> embedder;
  TargetWords targets;
};
Result<IndexReport> UpdateIndex(const IndexOptions& options, UpdateMemory* memory);

}  // namespace inhouse
