#include "indexer/store/vector_index.h"

#include <algorithm>
#include <string>
#include <utility>

#include "indexer/store/vector_index_faiss.h"
#include "indexer/store/vector_snapshot.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// A snapshot is renewed when more than one row in kRenewShare differs, and its
// cells are made anew when more than one in kRetrainShare does.
constexpr size_t kRenewShare = 20;
constexpr size_t kRetrainShare = 2;
// Readers look again when a commit comes between two of their reads.
constexpr int kMaxAttempts = 3;

// Of ascending ids, those that lie in none of the runs.
std::vector<int64_t> IdsOutside(const std::vector<int64_t>& ids,
                                const std::vector<Catalog::VectorRun>& runs) {
  std::vector<int64_t> outside;
  auto run = runs.begin();
  for (const int64_t id : ids) {
    while (run != runs.end() && run->first_id + run->count <= id) ++run;
    if (run == runs.end() || id < run->first_id) outside.push_back(id);
  }
  return outside;
}

// A FAISS index at a commit, and how much work it was to get there.
struct Current {
  FaissIndex index;
  SnapshotInfo info;
  size_t changes = 0;  // rows that differ from the files
  bool is_new = false;
};

// Nothing if there are no rows any more.
Result<std::optional<Current>> BuildFromCatalog(Catalog& catalog) {
  ASSIGN_OR_RETURN(const Catalog::VectorRows rows, catalog.VectorsFrom(0));
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  const size_t count = rows.ids.size();
  if (count == 0) return std::optional<Current>();
  ASSIGN_OR_RETURN(FaissIndex index, FaissIndex::Build(rows.ids, rows.values, rows.dimensions));
  SnapshotInfo info{rows.commit, rows.dimensions, meta.embedder, count, count};
  return std::optional(Current{std::move(index), std::move(info), count, true});
}

// Removes what is gone and adds what is newer. False if a commit came between.
Result<bool> BringUpTo(Catalog& catalog, const Catalog::VectorRuns& runs, Current* current) {
  const std::vector<int64_t> ids = current->index.Ids();
  const std::vector<int64_t> gone = IdsOutside(ids, runs.runs);
  const int64_t next = ids.empty() ? 0 : ids.back() + 1;
  ASSIGN_OR_RETURN(const Catalog::VectorRows newer, catalog.VectorsFrom(next));
  const bool fits = newer.ids.empty() || newer.dimensions == current->index.dimensions();
  if (newer.commit != runs.commit || !fits) return false;
  RETURN_IF_ERROR(current->index.Remove(gone));
  RETURN_IF_ERROR(current->index.Add(newer.ids, newer.values));
  current->changes += gone.size() + newer.ids.size();
  current->info.commit = runs.commit;
  current->info.rows = current->index.size();
  return current->info.rows == runs.total;
}

bool IsWorthKeeping(const SnapshotInfo& info, const Catalog::VectorRuns& runs,
                    const std::string& embedder) {
  const size_t trained = info.trained_rows;
  const size_t drift = trained > runs.total ? trained - runs.total : runs.total - trained;
  return info.embedder == embedder && info.dimensions == runs.dimensions &&
         info.commit <= runs.commit && drift * kRetrainShare <= trained;
}

// From the snapshot if it helps, else from the catalog.
Result<std::optional<Current>> MakeCurrent(Catalog& catalog, const fs::path& index_dir,
                                           const Catalog::VectorRuns& runs) {
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  std::optional<Snapshot> snapshot = ReadSnapshot(index_dir);
  if (snapshot && IsWorthKeeping(snapshot->info, runs, meta.embedder)) {
    Current current{std::move(snapshot->index), std::move(snapshot->info)};
    if (current.info.commit == runs.commit) return std::optional(std::move(current));
    ASSIGN_OR_RETURN(const bool done, BringUpTo(catalog, runs, &current));
    if (done) return std::optional(std::move(current));
  }
  return BuildFromCatalog(catalog);
}

// True if the snapshot that is there will do for readers: few rows differ. Told
// without reading it; whether it is intact its readers find out.
Result<bool> WillDo(Catalog& catalog, const fs::path& index_dir, const Catalog::VectorRuns& runs) {
  const std::optional<SnapshotInfo> info = ReadSnapshotInfo(index_dir);
  if (!info) return false;
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  if (!IsWorthKeeping(*info, runs, meta.embedder)) return false;
  size_t newer = 0;
  for (const Catalog::VectorRun& run : runs.runs) {
    const int64_t end = run.first_id + run.count;
    newer += static_cast<size_t>(
        std::clamp<int64_t>(end - std::max(run.first_id, info->last_id + 1), 0, run.count));
  }
  const size_t kept = runs.total - newer;
  if (kept > info->rows) return false;  // not made from this catalog
  return (info->rows - kept + newer) * kRenewShare <= runs.total;
}

bool IsZero(std::span<const float> query) {
  return std::all_of(query.begin(), query.end(), [](float value) { return value == 0.0f; });
}

}  // namespace

VectorIndex::VectorIndex(fs::path index_dir, Options options)
    : index_dir_(std::move(index_dir)), options_(options) {}

VectorIndex::~VectorIndex() = default;

Result<std::unique_ptr<VectorIndex>> VectorIndex::Open(Catalog& catalog, const fs::path& index_dir,
                                                       Options options) {
  std::unique_ptr<VectorIndex> index(new VectorIndex(index_dir, options));
  RETURN_IF_ERROR(index->Load(catalog));
  return index;
}

Result<std::unique_ptr<VectorIndex>> VectorIndex::Open(Catalog& catalog,
                                                       const fs::path& index_dir) {
  return Open(catalog, index_dir, Options{});
}

Status VectorIndex::Load(Catalog& catalog) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const Catalog::VectorRuns runs, catalog.ListVectors());
    if (runs.total <= options_.exact_limit) return LoadRows(catalog);
    RETURN_IF_ERROR(LoadFaiss(catalog, runs));
    if (commit_ == runs.commit) return {};
  }
  // Commits come faster than we read: one of them is loaded, or any will do.
  return faiss_ != nullptr ? Status() : LoadRows(catalog);
}

Status VectorIndex::LoadRows(Catalog& catalog) {
  ASSIGN_OR_RETURN(rows_, catalog.Vectors());
  faiss_.reset();
  commit_ = rows_.commit;
  return {};
}

Status VectorIndex::LoadFaiss(Catalog& catalog, const Catalog::VectorRuns& runs) {
  ASSIGN_OR_RETURN(std::optional<Current> current, MakeCurrent(catalog, index_dir_, runs));
  if (!current) return {};
  if (current->is_new) {
    // A folder that cannot be written costs the next reader the same work.
    const Status stored = WriteSnapshotFiles(index_dir_, current->info, current->index);
    static_cast<void>(stored);
  }
  commit_ = current->info.commit;
  faiss_ = std::make_unique<FaissIndex>(std::move(current->index));
  rows_ = {};
  return {};
}

Status VectorIndex::Refresh(Catalog& catalog) {
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  return meta.commit == commit_ ? Status() : Load(catalog);
}

Result<std::vector<VectorMatch>> VectorIndex::Search(std::span<const float> query, size_t k) const {
  if (size() == 0 || k == 0 || IsZero(query)) return std::vector<VectorMatch>();
  if (query.size() != dimensions()) {
    return BadInput("the query has " + std::to_string(query.size()) + " dimensions, the index " +
                    std::to_string(dimensions()) +
                    "; use the embedder that the index was built with, or rebuild it");
  }
  if (faiss_ != nullptr) return faiss_->Search(query, k, options_.exact_limit);
  VectorScan scan(query, k);  // by place, so that ties come in the catalog's order
  scan.Add(0, rows_.ids.size(), rows_.values.data());
  std::vector<VectorMatch> matches = scan.Take();
  for (VectorMatch& match : matches) {
    match.chunk_id = rows_.ids[static_cast<size_t>(match.chunk_id)];
  }
  return matches;
}

size_t VectorIndex::size() const { return faiss_ != nullptr ? faiss_->size() : rows_.ids.size(); }

size_t VectorIndex::dimensions() const {
  return faiss_ != nullptr ? faiss_->dimensions() : rows_.dimensions;
}

Status VectorIndex::WriteSnapshot(Catalog& catalog, const fs::path& index_dir, Options options) {
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog.Meta());
  const std::optional<SnapshotInfo> stored = ReadSnapshotInfo(index_dir);
  const bool is_current = stored && stored->commit == meta.commit &&
                          stored->embedder == meta.embedder && stored->rows > options.exact_limit;
  if (is_current) return {};
  ASSIGN_OR_RETURN(const Catalog::VectorRuns runs, catalog.ListVectors());
  if (runs.total <= options.exact_limit) {  // nobody would read it
    RemoveSnapshotFiles(index_dir);
    return {};
  }
  ASSIGN_OR_RETURN(const bool will_do, WillDo(catalog, index_dir, runs));
  if (will_do) return {};
  ASSIGN_OR_RETURN(const std::optional<Current> current, MakeCurrent(catalog, index_dir, runs));
  const bool renew =
      current && (current->is_new || current->changes * kRenewShare > current->info.rows);
  if (!renew) return {};
  return WriteSnapshotFiles(index_dir, current->info, current->index);
}

Status VectorIndex::WriteSnapshot(Catalog& catalog, const fs::path& index_dir) {
  return WriteSnapshot(catalog, index_dir, Options{});
}

}  // namespace inhouse
