#include "indexer/indexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "indexer/base/parallel.h"
#include "indexer/embed/embedder_factory.h"
#include "indexer/embed/vector_text.h"
#include "indexer/embed/weight_table.h"
#include "indexer/file_indexing.h"
#include "indexer/index_plan.h"
#include "indexer/source_revision.h"
#include "indexer/store/catalog.h"
#include "indexer/store/vector_index.h"

namespace inhouse {
namespace {

using Outcome = IndexedFile::Outcome;

int64_t NowNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Update {
 public:
  Update(const IndexOptions& options, CatalogWriter& writer)
      : options_(options), writer_(writer), threads_(ThreadCount(options.threads)) {}

  Result<IndexReport> Run() {
    ASSIGN_OR_RETURN(const std::vector<FileRow> indexed, writer_.Files());
    ASSIGN_OR_RETURN(plan_, MakeIndexPlan(options_, indexed));
    ASSIGN_OR_RETURN(meta_, writer_.Meta());
    is_first_ = indexed.empty();
    ReadFiles();
    RETURN_IF_ERROR(CheckNamedFiles());
    RETURN_IF_ERROR(MakeVectors());
    RETURN_IF_ERROR(Store());
    RETURN_IF_ERROR(StoreMeta());
    ASSIGN_OR_RETURN(const CatalogCounts counts, writer_.Counts());
    report_.symbols = counts.symbols;
    report_.chunks = counts.chunks;
    report_.call_sites = counts.call_sites;
    ASSIGN_OR_RETURN(report_.commit, writer_.Commit());
    SortReport();
    return std::move(report_);
  }

 private:
  // Parses what has changed, on all threads; files_ is in the plan's order.
  void ReadFiles() {
    files_.resize(plan_.files.size());
    const ChunkOptions chunking{plan_.packages};
    const int64_t now = NowNanoseconds();
    std::vector<std::unique_ptr<FileIndexer>> indexers;
    for (size_t i = 0; i < threads_; ++i) {
      indexers.push_back(std::make_unique<FileIndexer>(chunking, now));
    }
    learners_.resize(is_first_ ? threads_ : 0);
    const auto work = [&](size_t worker, size_t item) {
      WeightLearner* learner = is_first_ ? &learners_[worker] : nullptr;
      files_[item] = indexers[worker]->Index(plan_.files[item], plan_.packages_grew, learner);
    };
    const auto progress = [this](size_t done) {
      if (options_.progress) options_.progress(done, plan_.files.size());
    };
    ParallelFor(files_.size(), threads_, work, progress);
  }

  // A file that the user named must be readable; others are only left out.
  Status CheckNamedFiles() const {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].outcome != Outcome::kUnreadable || !plan_.files[i].is_root) continue;
      return Error{ErrorKind::kBadInput,
                   fmt::format("{}: {}; name Python files, or folders that hold some",
                               plan_.files[i].source.os_path.string(), files_[i].note)};
    }
    return {};
  }

  // A first build learns the weights of its terms; later ones use these.
  Result<WeightTable> Weights() {
    if (!is_first_) {
      ASSIGN_OR_RETURN(auto rows, writer_.CorpusWeights());
      return WeightTable(std::move(rows));
    }
    WeightLearner all;
    for (const WeightLearner& learner : learners_) all.Merge(learner);
    WeightTable weights = all.Finish();
    RETURN_IF_ERROR(writer_.SetCorpusWeights(weights.rows(), weights.id()));
    meta_.weights_id = weights.id();
    return weights;
  }

  Status MakeVectors() {
    ASSIGN_OR_RETURN(WeightTable weights, Weights());
    ASSIGN_OR_RETURN(const auto embedder, MakeEmbedder(options_.embedder, std::move(weights)));
    if (!is_first_ && meta_.embedder != embedder->id()) {
      return Error{ErrorKind::kBadInput,
                   fmt::format("{}: made with embedder {}, not {}; run inhouse index --rebuild",
                               options_.index_dir.string(), meta_.embedder, embedder->id())};
    }
    meta_.embedder = embedder->id();
    std::vector<Status> failures(files_.size());
    ParallelFor(
        files_.size(), threads_,
        [&](size_t, size_t item) { failures[item] = Embed(*embedder, &files_[item].update); }, {});
    for (Status& failure : failures) RETURN_IF_ERROR(std::move(failure));
    return {};
  }

  static Status Embed(const Embedder& embedder, FileUpdate* update) {
    std::vector<std::string> texts;
    for (const Chunk& chunk : update->chunks) texts.push_back(EmbeddingText(chunk));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<float> values(texts.size() * embedder.dimensions());
    RETURN_IF_ERROR(embedder.Embed(views, EmbedRole::kDocument, values));
    update->vectors.resize(values.size());
    QuantizeVector(values, update->vectors);
    return {};
  }

  Status Store() {
    for (const FileRow& file : plan_.gone) {
      RETURN_IF_ERROR(writer_.RemoveFile(file.id));
      Note(file.root, file.path, FileOutcome::kRemoved, "");
    }
    for (size_t i = 0; i < files_.size(); ++i) {
      RETURN_IF_ERROR(StoreFile(plan_.files[i], &files_[i]));
    }
    for (FileReport& file : plan_.skipped) {
      Note(file.root, file.path, FileOutcome::kSkipped, std::move(file.reason));
    }
    return {};
  }

  Status StoreFile(const PlannedFile& planned, IndexedFile* file) {
    FileOutcome outcome = FileOutcome::kUnchanged;
    if (file->outcome == Outcome::kTouched) {
      RETURN_IF_ERROR(writer_.TouchFile(planned.known->id, file->mtime_ns));
    } else if (file->outcome == Outcome::kChanged) {
      RETURN_IF_ERROR(writer_.PutFile(file->update));
      file->update = {};
      outcome = FileOutcome::kIndexed;
    } else if (file->outcome == Outcome::kUnreadable) {
      if (planned.known) RETURN_IF_ERROR(writer_.RemoveFile(planned.known->id));
      outcome = FileOutcome::kSkipped;
    }
    Note(planned.root, planned.source.path, outcome, std::move(file->note));
    return {};
  }

  Status StoreMeta() {
    ASSIGN_OR_RETURN(const CatalogMeta before, writer_.Meta());
    meta_.source_revision = Revision();
    const bool same = before.embedder == meta_.embedder && before.weights_id == meta_.weights_id &&
                      before.source_revision == meta_.source_revision;
    return same ? Status() : writer_.SetMeta(meta_);
  }

  // Of every root in the index, those of earlier updates included.
  std::string Revision() const {
    std::vector<std::filesystem::path> folders = plan_.roots;
    for (const PlannedFile& file : plan_.files) folders.emplace_back(file.root);
    std::sort(folders.begin(), folders.end());
    folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
    return SourceRevision(folders);
  }

  void Note(const std::string& root, const std::string& path, FileOutcome outcome,
            std::string reason) {
    if (outcome == FileOutcome::kIndexed) ++report_.files_indexed;
    if (outcome == FileOutcome::kUnchanged) ++report_.files_unchanged;
    if (outcome == FileOutcome::kSkipped) ++report_.files_skipped;
    if (outcome == FileOutcome::kRemoved) ++report_.files_removed;
    report_.files.push_back({root, path, outcome, std::move(reason)});
  }

  void SortReport() {
    std::stable_sort(report_.files.begin(), report_.files.end(), [](const auto& a, const auto& b) {
      return std::tie(a.root, a.path) < std::tie(b.root, b.path);
    });
  }

  const IndexOptions& options_;
  CatalogWriter& writer_;
  const size_t threads_;
  IndexPlan plan_;
  CatalogMeta meta_;
  bool is_first_ = false;
  std::vector<IndexedFile> files_;       // beside plan_.files
  std::vector<WeightLearner> learners_;  // one a thread, in a first build
  IndexReport report_;
};

// Missing roots are told before anything is touched.
Status CheckRoots(const IndexOptions& options) {
  if (options.roots.empty()) return Error{ErrorKind::kBadInput, "no folder to index; name one"};
  for (const std::filesystem::path& root : options.roots) {
    std::error_code error;
    if (std::filesystem::exists(root, error)) continue;
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: {}; give a folder or a Python file", root.string(),
                             error ? error.message() : "no such file or folder")};
  }
  return {};
}

}  // namespace

Result<IndexReport> UpdateIndex(const IndexOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  RETURN_IF_ERROR(CheckRoots(options));
  IndexReport report;
  {
    ASSIGN_OR_RETURN(const auto writer, options.rebuild
                                            ? CatalogWriter::BeginRebuild(options.index_dir)
                                            : CatalogWriter::Begin(options.index_dir));
    ASSIGN_OR_RETURN(report, Update(options, *writer).Run());
  }
  ASSIGN_OR_RETURN(const auto catalog, Catalog::Open(options.index_dir));
  RETURN_IF_ERROR(VectorIndex::WriteSnapshot(*catalog, options.index_dir));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace inhouse
