#include "indexer/indexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "indexer/base/parallel.h"
#include "indexer/chunk/term_counts.h"
#include "indexer/corpus_learning.h"
#include "indexer/embed/embedder_factory.h"
#include "indexer/embed/vector_text.h"
#include "indexer/file_indexing.h"
#include "indexer/index_plan.h"
#include "indexer/source_revision.h"
#include "indexer/store/catalog.h"
#include "indexer/store/search_image.h"
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
  Update(const IndexOptions& options, CatalogWriter& writer, UpdateMemory* memory)
      : options_(options),
        writer_(writer),
        memory_(memory),
        threads_(ThreadCount(options.threads)) {}

  Result<IndexReport> Run() {
    ASSIGN_OR_RETURN(meta_, writer_.Meta());
    // Files without a word teach no weights: then the next update is the first.
    is_first_ = options_.rebuild || meta_.weights_id.empty();
    RETURN_IF_ERROR(Recall());
    const std::vector<FileRow>& indexed = memory_->files;
    RETURN_IF_ERROR(CheckEmbedder());
    for (const FileRow& file : indexed) {
      if (roots_.empty() || *roots_.rbegin() != file.root) roots_.insert(file.root);
    }
    std::jthread asking = AskForRevision();
    ASSIGN_OR_RETURN(plan_, MakeIndexPlan(options_, indexed));
    RETURN_IF_ERROR(RemoveGone());
    RETURN_IF_ERROR(ReadFiles());
    RETURN_IF_ERROR(CheckNamedFiles());
    RETURN_IF_ERROR(FinishContents());
    NoteSkipped();
    asking.join();
    RETURN_IF_ERROR(StoreMeta());
    ASSIGN_OR_RETURN(const CatalogCounts counts, writer_.Counts());
    report_.symbols = counts.symbols;
    report_.chunks = counts.chunks;
    report_.call_sites = counts.call_sites;
    if (!options_.tidy_up) writer_.KeepLog();
    ASSIGN_OR_RETURN(report_.commit, writer_.Commit());
    Remember();
    SortReport();
    return std::move(report_);
  }

 private:
  // What the last update left, if nothing was committed since, and the files in
  // any case. A first build must not be remembered if it fails.
  Status Recall() {
    if (memory_->update_id != meta_.update_id || is_first_) {
      *memory_ = {};
    } else {
      writer_.Recall(&memory_->targets);
    }
    if (!memory_->files.empty()) return {};
    ASSIGN_OR_RETURN(memory_->files, writer_.Files());
    return {};
  }

  // After the commit.
  void Remember() {
    const Result<CatalogMeta> meta = writer_.Meta();
    memory_->update_id = meta.ok() ? meta->update_id : std::string();
    if (!other_files_) {
      for (auto& [place, row] : stored_) memory_->files[place] = std::move(row);
    } else {
      memory_->files.clear();
    }
  }

  // Parses what has changed, on all threads, and stores it in the plan's order.
  Status ReadFiles() {
    files_.resize(plan_.files.size());
    const ChunkOptions chunking{plan_.packages};
    const int64_t now = NowNanoseconds();
    std::vector<std::unique_ptr<FileIndexer>> indexers;
    for (size_t i = 0; i < threads_; ++i) {
      indexers.push_back(std::make_unique<FileIndexer>(chunking, now, reads_texts_));
    }
    const std::vector<size_t> open = FilesToRead();
    const auto work = [&](size_t worker, size_t item) {
      IndexedFile& file = files_[open[item]];
      file = indexers[worker]->Index(plan_.files[open[item]], plan_.packages_changed);
      file.worker = worker;
    };
    Status status;
    const auto take = [&](size_t item) {
      status = StoreFile(plan_.files[open[item]], &files_[open[item]]);
      return status.ok();
    };
    const auto progress = [&](size_t done) {
      if (options_.progress) options_.progress(done, open.size());
    };
    OrderedParallelFor(open.size(), threads_, kWindow * threads_, work, take, progress);
    return status;
  }

  // Those whose stamp says that nothing changed need no thread.
  std::vector<size_t> FilesToRead() {
    std::vector<size_t> open;
    for (size_t i = 0; i < plan_.files.size(); ++i) {
      const PlannedFile& file = plan_.files[i];
      if (!file.same_stamp || plan_.packages_changed) {
        open.push_back(i);
      } else {
        Note(file.root, file.source.path, FileOutcome::kUnchanged, "");
      }
    }
    return open;
  }

  // A file that the user named must be readable; others are only left out.
  Status CheckNamedFiles() const {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].outcome != Outcome::kUnreadable || !plan_.files[i].is_root) continue;
      return Error{ErrorKind::kBadInput,
                   fmt::format("{}: {}; name Python files, or folders that hold some",
                               plan_.files[i].source.os_path, files_[i].note)};
    }
    return {};
  }

  // A first build learns the weights of its terms and the vectors of its own
  // words; later ones use these.
  Result<CorpusTerms> LearnOfTerms() {
    CorpusTerms corpus;
    if (!is_first_) {
      ASSIGN_OR_RETURN(auto rows, writer_.CorpusWeights());
      corpus.weights = WeightTable(std::move(rows));
      ASSIGN_OR_RETURN(corpus.jargon, writer_.OwnTerms());
      return corpus;
    }
    std::vector<int64_t> documents;
    corpus.weights = LearnWeights(uses_, vocabulary_.terms(), &documents);
    meta_.weights_id = corpus.weights.id();
    ASSIGN_OR_RETURN(const auto embedder,
                     MakeEmbedder(embedder_id_, {corpus.weights, {}}, options_.remote));
    corpus.jargon = LearnOwnWords(*embedder, vocabulary_.terms(), documents, threads_, uses_);
    learned_ = corpus;
    return corpus;
  }

  // Vectors of two embedders cannot be compared.
  Status CheckEmbedder() {
    ASSIGN_OR_RETURN(const auto embedder, MakeEmbedder(options_.embedder, {}, options_.remote));
    embedder_id_ = embedder->id();
    reads_texts_ = embedder->ForTerms({}) == nullptr;
    if (is_first_ || meta_.embedder == embedder->id()) return {};
    return Error{
        ErrorKind::kIndex,
        fmt::format("{}: made with embedder {}, not {}; {}", options_.index_dir.string(),
                    meta_.embedder, embedder->id(), IndexRemedy(options_.index_dir, true))};
  }

  // Of the corpus as it is known; kept for the next update.
  Status MakeCorpusEmbedder() {
    if (memory_->embedder && memory_->embedder->id() == embedder_id_) return {};
    ASSIGN_OR_RETURN(CorpusTerms corpus, LearnOfTerms());
    ASSIGN_OR_RETURN(memory_->embedder,
                     MakeEmbedder(embedder_id_, std::move(corpus), options_.remote));
    return {};
  }

  Status StoreLearned() {
    if (!learned_) return {};
    RETURN_IF_ERROR(writer_.SetCorpusWeights(learned_->weights.rows(), meta_.weights_id));
    if (!learned_->jargon.empty()) RETURN_IF_ERROR(writer_.SetOwnTerms(learned_->jargon));
    learned_.reset();
    return {};
  }

  // A first build has much to do with what was read, and most of it needs no
  // database: one thread finishes names there while others make vectors.
  Status FinishContents() {
    if (threads_ == 1 || !is_first_ || reads_texts_) return MakeVectors(true);
    Status named;
    std::future<void> naming;
    try {
      naming = std::async(std::launch::async, [&] { named = writer_.FinishNames(); });
    } catch (const std::system_error&) {  // no more threads: Commit does it
      return MakeVectors(true);
    }
    Status made = MakeVectors(false);
    writer_.PackText();
    naming.get();  // throws what it threw there: names that are not whole must not be committed
    if (!named.ok()) return named;
    if (!made.ok()) return made;
    RETURN_IF_ERROR(StoreLearned());
    for (FileUses& file : uses_) RETURN_IF_ERROR(StoreVectors(&file));
    return {};
  }

  Status StoreVectors(FileUses* file) {
    const FileUses stored = std::exchange(*file, {});
    return writer_.PutVectors(stored.file_id, memory_->embedder->dimensions(), stored.rows);
  }

  // If it stores nothing, what was learned is left in learned_ and vectors in uses_.
  Status MakeVectors(bool stores) {
    if (uses_.empty() && !is_first_) return {};
    RETURN_IF_ERROR(MakeCorpusEmbedder());
    if (stores) RETURN_IF_ERROR(StoreLearned());
    const auto* embedder = memory_->embedder.get();
    meta_.embedder = embedder->id();
    const auto terms = embedder->ForTerms(vocabulary_.terms());
    if (terms == nullptr) return MakeVectorsOfTexts(*embedder);
    const size_t dimensions = embedder->dimensions();
    const auto work = [&](size_t, size_t item) { EmbedChunks(*terms, dimensions, &uses_[item]); };
    Status status;
    const auto take = [&](size_t item) {
      if (stores) status = StoreVectors(&uses_[item]);
      return status.ok();
    };
    OrderedParallelFor(uses_.size(), threads_, kWindow * threads_, work, take, {});
    return status;
  }

  // One file after the other: servers have limits of their own.
  Status MakeVectorsOfTexts(const Embedder& embedder) {
    for (FileUses& file : uses_) {
      const std::vector<std::string_view> texts(file.texts.begin(), file.texts.end());
      std::vector<float> values(texts.size() * embedder.dimensions());
      RETURN_IF_ERROR(embedder.Embed(texts, EmbedRole::kDocument, values));
      file.rows.resize(values.size());
      QuantizeVectors(values, embedder.dimensions(), file.rows);
      RETURN_IF_ERROR(writer_.PutVectors(file.file_id, embedder.dimensions(), file.rows));
      file = {};
    }
    return {};
  }

  Status RemoveGone() {
    for (const FileRow& file : plan_.gone) {
      other_files_ = true;
      RETURN_IF_ERROR(writer_.RemoveFile(file.id));
      Note(file.root, file.path, FileOutcome::kRemoved, "");
    }
    return {};
  }

  void NoteSkipped() {
    for (FileReport& file : plan_.skipped) {
      Note(file.root, file.path, FileOutcome::kSkipped, std::move(file.reason));
      report_.files.back().by_rule = file.by_rule;
    }
  }

  Status StoreFile(const PlannedFile& planned, IndexedFile* file) {
    FileOutcome outcome = FileOutcome::kUnchanged;
    if (file->outcome == Outcome::kTouched) {
      RETURN_IF_ERROR(writer_.TouchFile(planned.known->id, file->mtime_ns));
      FileRow row = *planned.known;
      row.mtime_ns = file->mtime_ns;
      NoteStored(planned, std::move(row));
    } else if (file->outcome == Outcome::kChanged) {
      RETURN_IF_ERROR(StoreChanged(planned, file));
      if (!file->same_content) outcome = FileOutcome::kIndexed;
    } else if (file->outcome == Outcome::kUnreadable) {
      if (planned.known && !file->keeps_known) {
        other_files_ = true;
        RETURN_IF_ERROR(writer_.RemoveFile(planned.known->id));
      }
      outcome = FileOutcome::kSkipped;
    }
    Note(planned.root, planned.source.path, outcome, file->note);
    return {};
  }

  void NoteStored(const PlannedFile& planned, FileRow row) {
    if (planned.known == nullptr) {
      other_files_ = true;
    } else if (!other_files_) {
      stored_.emplace_back(static_cast<size_t>(planned.known - memory_->files.data()),
                           std::move(row));
    }
  }

  Status StoreChanged(const PlannedFile& planned, IndexedFile* file) {
    vocabulary_.Extend(file->worker, file->new_terms);
    FileUses kept;
    for (ChunkTerms& chunk : file->update.terms) {
      vocabulary_.Translate(file->worker, &chunk);
      for (const TermCount& count : chunk.counts) {
        const uint32_t embedded = EmbeddedCount(count);
        if (embedded > 0) kept.uses.push_back({count.term, embedded});
      }
      kept.ends.push_back(static_cast<uint32_t>(kept.uses.size()));
    }
    file->update.vocabulary = &vocabulary_;
    ASSIGN_OR_RETURN(kept.file_id, writer_.PutFile(file->update));
    file->update.file.id = kept.file_id;
    NoteStored(planned, std::move(file->update.file));
    file->update = {};
    file->new_terms = {};
    kept.uses.shrink_to_fit();
    kept.texts = std::move(file->texts);
    if (!kept.ends.empty()) uses_.push_back(std::move(kept));
    return {};
  }

  Status StoreMeta() {
    ASSIGN_OR_RETURN(const CatalogMeta before, writer_.Meta());
    meta_.source_revision = revision_;
    report_.source_revision = meta_.source_revision;
    report_.folders = std::move(plan_.folders);
    const bool same = before.embedder == meta_.embedder && before.weights_id == meta_.weights_id &&
                      before.source_revision == meta_.source_revision;
    return same ? Status() : writer_.SetMeta(meta_);
  }

  // Of every root in the index, those of earlier updates included. Git takes as
  // long as listing the folders: both run at once. Until the thread is joined
  // revision_ is its own.
  std::jthread AskForRevision() {
    std::set<std::filesystem::path> folders(roots_.begin(), roots_.end());
    for (const std::filesystem::path& removed : options_.removed_roots) {
      std::error_code error;  // it may be there no more
      folders.erase(std::filesystem::absolute(removed).lexically_normal());
      folders.erase(std::filesystem::canonical(removed, error));
    }
    for (const std::filesystem::path& root : options_.roots) {
      std::error_code error;  // a root that is not there is told elsewhere
      std::filesystem::path path = std::filesystem::canonical(root, error);
      if (!error && !std::filesystem::is_directory(path, error)) path = path.parent_path();
      if (!path.empty()) folders.insert(std::move(path));
    }
    return std::jthread([this, folders = std::move(folders)] {
      revision_ = options_.source_revision ? *options_.source_revision
                                           : SourceRevision({folders.begin(), folders.end()});
    });
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
  UpdateMemory* const memory_;
  const size_t threads_;
  IndexPlan plan_;
  CatalogMeta meta_;
  std::string revision_;
  bool is_first_ = false;
  std::string embedder_id_;
  bool reads_texts_ = false;                        // the embedder wants texts, not counted terms
  std::set<std::string> roots_;                     // of what the catalog held before
  std::vector<IndexedFile> files_;                  // beside plan_.files
  TermNumbers vocabulary_;                          // of what is read in this update
  std::optional<CorpusTerms> learned_;              // and not stored yet
  std::vector<FileUses> uses_;                      // of the files that are stored, in their order
  std::vector<std::pair<size_t, FileRow>> stored_;  // what becomes of memory_->files
  bool other_files_ = false;                        // files came or went
  IndexReport report_;
};

// Missing roots are told before anything is touched.
Status CheckRoots(const IndexOptions& options) {
  if (options.roots.empty() && options.removed_roots.empty())
    return Error{ErrorKind::kBadInput, "no folder to index; name one"};
  for (const std::filesystem::path& root : options.roots) {
    std::error_code error;
    if (std::filesystem::exists(root, error)) continue;
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: {}; give a folder or a Python file", root.string(),
                             error ? error.message() : "no such file or folder")};
  }
  return {};
}

double ShareChanged(const IndexReport& report) {
  const size_t changed = report.files_indexed + report.files_removed;
  const size_t all = changed + report.files_unchanged;
  return all == 0 ? 0 : static_cast<double>(changed) / static_cast<double>(all);
}

// The update is committed: what is made from it can be made again by whoever reads.
Status NoteUnwritten(Status written, IndexReport* report) {
  if (written.ok() || written.error().kind != ErrorKind::kStorage) return written;
  report->notes.push_back("the index is up to date, but searches will start slower: " +
                          written.error().message);
  return {};
}

}  // namespace

Result<IndexReport> UpdateIndex(const IndexOptions& options, UpdateMemory* memory) {
  const auto begin = std::chrono::steady_clock::now();
  RETURN_IF_ERROR(CheckRoots(options));
  IndexReport report;
  {
    ASSIGN_OR_RETURN(const auto writer, options.rebuild
                                            ? CatalogWriter::BeginRebuild(options.index_dir)
                                            : CatalogWriter::Begin(options.index_dir));
    ASSIGN_OR_RETURN(report, Update(options, *writer, memory).Run());
  }
  if (options.tidy_up) {
    ASSIGN_OR_RETURN(const auto catalog, Catalog::Open(options.index_dir));
    RETURN_IF_ERROR(
        NoteUnwritten(VectorIndex::WriteSnapshot(*catalog, options.index_dir), &report));
    RETURN_IF_ERROR(NoteUnwritten(
        SearchImage::Store(*catalog, options.index_dir, {report.chunks, ShareChanged(report)}),
        &report));
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

Result<IndexReport> UpdateIndex(const IndexOptions& options) {
  UpdateMemory memory;
  return UpdateIndex(options, &memory);
}

}  // namespace inhouse
