#include "indexer/store/full_text.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "indexer/base/check.h"
#include "indexer/store/record.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

constexpr size_t kFlushPostings = 1'500'000;
// A segment is merged with the one before if that is not this many times larger.
constexpr int64_t kSegmentRatio = 4;

// A longer question says nothing that its first terms do not.
constexpr size_t kMaxTerms = 64;
// Postings looked at; the commonest terms beyond are left out: they would
// hardly change the ranking.
constexpr size_t kMaxPostings = 400'000;

// BM25 as SQLite's FTS5 has it, with its constants.
constexpr double kK1 = 1.2;
constexpr double kB = 0.75;
constexpr std::array<double, 4> kFieldWeights = {8.0, 4.0, 3.0, 1.0};

Error Damaged(const Database& db) { return BrokenRow(db.path().parent_path(), "postings"); }

struct SegmentRow {
  int64_t id = 0, first = 0, last = 0, chunks = 0;
};

Result<std::vector<SegmentRow>> ReadSegments(Database& db) {
  std::vector<SegmentRow> rows;
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT id, first_chunk, last_chunk, chunks FROM segments ORDER BY id"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return rows;
    rows.push_back({query.Int(0), query.Int(1), query.Int(2), query.Int(3)});
  }
}

// Stores blocks as they come, and their directory at the end.
class SegmentWriter {
 public:
  SegmentWriter(Database& db, const SegmentRow& row) : db_(db), row_(row) {}

  Status AddBlock(std::string_view first_term, std::string_view packed) {
    ASSIGN_OR_RETURN(Query query,
                     db_.Ask("INSERT INTO postings(bytes) VALUES(?) RETURNING id", Blob{packed}));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return Damaged(db_);
    directory_.Text(first_term);
    directory_.Count(static_cast<uint64_t>(query.Int(0)));
    ASSIGN_OR_RETURN(const bool more, query.Next());
    return more ? Status(Damaged(db_)) : Status();
  }

  Status Finish() {
    return db_.Run("INSERT INTO segments VALUES(nullif(?, 0), ?, ?, ?, ?)", row_.id, row_.first,
                   row_.last, row_.chunks, Blob{directory_.bytes()});
  }

 private:
  Database& db_;
  const SegmentRow row_;
  RecordWriter directory_;
};

struct BlockEntry {
  std::string first_term;
  int64_t id = 0;
};

Result<std::vector<BlockEntry>> ReadDirectory(Database& db, std::string_view bytes) {
  std::vector<BlockEntry> blocks;
  RecordReader in(bytes);
  while (in.ok() && !in.AtEnd()) {
    BlockEntry entry;
    entry.first_term = in.TextView();
    entry.id = static_cast<int64_t>(in.Count());
    blocks.push_back(std::move(entry));
  }
  if (!in.ok()) return Damaged(db);
  return blocks;
}

Result<std::string> ReadBlock(Database& db, Decompressor& unpacker, int64_t id) {
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT bytes FROM postings WHERE id = ?", id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  std::optional<std::string> bytes = row ? unpacker.Unpack(query.Text(0)) : std::nullopt;
  if (!bytes) return Damaged(db);
  return std::move(*bytes);
}

// All terms of one segment, in their order.
class SegmentTerms {
 public:
  SegmentTerms(Database& db, std::vector<BlockEntry> blocks)
      : db_(db), blocks_(std::move(blocks)), cursor_("") {}

  // False at the end.
  Result<bool> Next() {
    while (!cursor_.Next()) {
      if (!cursor_.ok()) return Damaged(db_);
      if (next_ == blocks_.size()) return false;
      ASSIGN_OR_RETURN(block_, ReadBlock(db_, unpacker_, blocks_[next_++].id));
      cursor_ = BlockCursor(block_);
    }
    return true;
  }
  const std::string& term() const { return cursor_.term(); }
  std::string_view postings() const { return cursor_.postings(); }

 private:
  Database& db_;
  Decompressor unpacker_;
  std::vector<BlockEntry> blocks_;
  size_t next_ = 0;
  std::string block_;
  BlockCursor cursor_;
};

// Appends what is still there.
bool CopyLive(std::string_view postings, const LiveChunks& live, int64_t* before,
              std::string* bytes) {
  PostingCursor cursor(postings);
  Posting posting;
  while (cursor.Next(&posting)) {
    if (!live.Has(posting.chunk)) continue;
    AppendPosting(posting, *before, bytes);
    *before = posting.chunk;
  }
  return cursor.ok();
}

// Several neighbouring segments → one, without what is gone.
class SegmentMerge {
 public:
  SegmentMerge(Database& db, const LiveChunks& live, std::vector<SegmentRow> rows)
      : db_(db), live_(live), rows_(std::move(rows)) {}

  Status Run() {
    SegmentRow merged{rows_.front().id, rows_.front().first, rows_.back().last, 0};
    merged.chunks = static_cast<int64_t>(live_.CountIn(merged.first, merged.last));
    RETURN_IF_ERROR(OpenSources());
    SegmentWriter segment(db_, merged);
    BlockWriter blocks([&](const std::string& first, std::string_view bytes) {
      return segment.AddBlock(first, compressor_.Pack(bytes));
    });
    RETURN_IF_ERROR(MergeTerms(&blocks));
    RETURN_IF_ERROR(blocks.Finish());
    RETURN_IF_ERROR(RemoveSources());
    return merged.chunks > 0 ? segment.Finish() : Status();
  }

 private:
  Status OpenSources() {
    for (const SegmentRow& row : rows_) {
      ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT directory FROM segments WHERE id = ?", row.id));
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) return Damaged(db_);
      ASSIGN_OR_RETURN(std::vector<BlockEntry> blocks, ReadDirectory(db_, query.Text(0)));
      for (const BlockEntry& block : blocks) old_blocks_.push_back(block.id);
      sources_.push_back(std::make_unique<SegmentTerms>(db_, std::move(blocks)));
      ASSIGN_OR_RETURN(const bool more, sources_.back()->Next());
      if (!more) sources_.back().reset();
    }
    return {};
  }

  Status MergeTerms(BlockWriter* blocks) {
    for (;;) {
      const std::string* least = nullptr;
      for (const auto& source : sources_) {
        if (source && (least == nullptr || source->term() < *least)) least = &source->term();
      }
      if (least == nullptr) return {};
      RETURN_IF_ERROR(MergeTerm(std::string(*least), blocks));
    }
  }

  Status MergeTerm(const std::string& term, BlockWriter* blocks) {
    std::string bytes;
    int64_t before = 0;
    for (auto& source : sources_) {
      if (!source || source->term() != term) continue;
      if (!CopyLive(source->postings(), live_, &before, &bytes)) return Damaged(db_);
      ASSIGN_OR_RETURN(const bool more, source->Next());
      if (!more) source.reset();
    }
    return bytes.empty() ? Status() : blocks->Add(term, bytes);
  }

  Status RemoveSources() {
    for (const int64_t id : old_blocks_) {
      RETURN_IF_ERROR(db_.Run("DELETE FROM postings WHERE id = ?", id));
    }
    for (const SegmentRow& row : rows_) {
      RETURN_IF_ERROR(db_.Run("DELETE FROM segments WHERE id = ?", row.id));
    }
    return {};
  }

  Database& db_;
  const LiveChunks& live_;
  Compressor compressor_{Compressor::Effort::kFast};
  const std::vector<SegmentRow> rows_;
  std::vector<std::unique_ptr<SegmentTerms>> sources_;
  std::vector<int64_t> old_blocks_;
};

// The first of the last segments that should become one; their number if none.
size_t FirstToMerge(const std::vector<SegmentRow>& rows) {
  size_t first = rows.size() - 1;
  int64_t sum = rows.back().chunks;
  while (first > 0 && rows[first - 1].chunks < kSegmentRatio * sum) sum += rows[--first].chunks;
  return first + 1 < rows.size() ? first : rows.size();
}

std::vector<std::string> CleanTerms(std::span<const std::string> terms) {
  std::vector<std::string> clean;
  std::set<std::string_view> seen;
  for (const std::string& term : terms) {
    if (clean.size() == kMaxTerms) break;
    if (!term.empty() && seen.insert(term).second) clean.push_back(term);
  }
  return clean;
}

double Idf(size_t documents, size_t with_term) {
  const auto all = static_cast<double>(documents), with = static_cast<double>(with_term);
  const double idf = std::log((all - with + 0.5) / (with + 0.5));
  return idf > 0 ? idf : 1e-6;
}

double WeighedCount(const Posting& posting) {
  double sum = 0;
  for (size_t i = 0; i < kFieldWeights.size(); ++i) sum += kFieldWeights[i] * posting.counts[i];
  return sum;
}

}  // namespace

// Read from an index that holds all that is asked for (files_by_chunk).
Result<LiveChunks> LiveChunks::Read(Database& db) {
  LiveChunks live;
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT first_chunk, chunk_count FROM files ORDER BY first_chunk"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return live;
    if (query.Int(1) > 0) live.runs_.emplace_back(query.Int(0), query.Int(1));
  }
}

bool LiveChunks::Has(int64_t id) const {
  const auto run = std::upper_bound(runs_.begin(), runs_.end(), id,
                                    [](int64_t value, const auto& at) { return value < at.first; });
  return run != runs_.begin() && id < std::prev(run)->first + std::prev(run)->second;
}

size_t LiveChunks::CountIn(int64_t first, int64_t last) const {
  int64_t count = 0;
  auto at = std::upper_bound(runs_.begin(), runs_.end(), first,
                             [](int64_t value, const auto& run) { return value < run.first; });
  if (at != runs_.begin()) --at;
  for (; at != runs_.end() && at->first <= last; ++at) {
    const int64_t begin = std::max(at->first, first);
    const int64_t end = std::min(at->first + at->second - 1, last);
    if (begin <= end) count += end - begin + 1;
  }
  return static_cast<size_t>(count);
}

Result<PlacedChunks> PlacedChunks::Read(Database& db) {
  PlacedChunks live;
  uint64_t total = 0;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT first_chunk, chunk_count, lengths FROM files "
                                       "WHERE chunk_count > 0 ORDER BY root, path"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) break;
    const auto place = static_cast<int64_t>(live.lengths_.size());
    live.runs_.push_back({query.Int(0), query.Int(1), place});
    RecordReader in(query.Text(2));
    for (int64_t i = 0; i < query.Int(1) && in.ok(); ++i) {
      live.lengths_.push_back(static_cast<uint32_t>(in.Count()));
      total += live.lengths_.back();
    }
    if (!in.AtEnd()) return Damaged(db);
  }
  live.by_place_ = live.runs_;
  std::sort(live.runs_.begin(), live.runs_.end(),
            [](const Run& a, const Run& b) { return a.first < b.first; });
  const auto count = static_cast<double>(std::max<size_t>(live.lengths_.size(), 1));
  live.mean_length_ = std::max(static_cast<double>(total) / count, 1e-9);
  return live;
}

int64_t PlacedChunks::PlaceOf(int64_t id, size_t* hint) const {
  const auto holds = [&](const Run& run) { return run.first <= id && id < run.first + run.count; };
  if (*hint >= runs_.size() || !holds(runs_[*hint])) {
    const bool ahead = *hint < runs_.size() && runs_[*hint].first <= id;
    const auto from = runs_.begin() + static_cast<std::ptrdiff_t>(ahead ? *hint : 0);
    const auto after = std::upper_bound(
        from, runs_.end(), id, [](int64_t value, const Run& at) { return value < at.first; });
    if (after == runs_.begin()) return -1;
    *hint = static_cast<size_t>(after - runs_.begin()) - 1;
  }
  const Run& run = runs_[*hint];
  return holds(run) ? run.place + (id - run.first) : -1;
}

int64_t PlacedChunks::ChunkAt(int64_t place) const {
  const auto after =
      std::upper_bound(by_place_.begin(), by_place_.end(), place,
                       [](int64_t value, const Run& at) { return value < at.place; });
  const Run& run = *std::prev(after);
  return run.first + (place - run.place);
}

std::string EncodeLengths(const std::vector<ChunkTerms>& chunks) {
  RecordWriter out;
  for (const ChunkTerms& chunk : chunks) out.Count(chunk.length);
  return out.bytes();
}

Status FullTextWriter::Add(int64_t chunk, const ChunkTerms& terms,
                           std::span<const std::string_view> vocabulary) {
  CHECK(packed_.empty());
  if (chunks_ == 0) first_ = chunk;
  last_ = chunk;
  ++chunks_;
  buffer_.Add(chunk, terms);
  return buffer_.size() < kFlushPostings ? Status() : WriteSegment(vocabulary);
}

void FullTextWriter::Pack(std::span<const std::string_view> vocabulary) {
  const Status packed =
      buffer_.Flush(vocabulary, [&](const std::string& first_term, std::string_view bytes) {
        packed_.emplace_back(first_term, compressor_.Pack(bytes));
        return Status();
      });
  CHECK(packed.ok());
}

Status FullTextWriter::WriteSegment(std::span<const std::string_view> vocabulary) {
  if (chunks_ == 0) return {};
  Pack(vocabulary);
  SegmentWriter segment(db_, {0, first_, last_, chunks_});
  chunks_ = 0;
  const auto blocks = std::exchange(packed_, {});
  for (const auto& [first_term, block] : blocks) {
    RETURN_IF_ERROR(segment.AddBlock(first_term, block));
  }
  return segment.Finish();
}

Status FullTextWriter::Finish(std::span<const std::string_view> vocabulary) {
  RETURN_IF_ERROR(WriteSegment(vocabulary));
  return Maintain();
}

// Segments that hold mostly what is gone are written anew; then the last ones
// become one until each is several times as large as the next.
Status FullTextWriter::Maintain() {
  ASSIGN_OR_RETURN(std::vector<SegmentRow> rows, ReadSegments(db_));
  if (rows.empty()) return {};
  ASSIGN_OR_RETURN(const LiveChunks live, LiveChunks::Read(db_));
  for (const SegmentRow& row : rows) {
    const auto there = static_cast<int64_t>(live.CountIn(row.first, row.last));
    if (2 * there < row.chunks) RETURN_IF_ERROR(SegmentMerge(db_, live, {row}).Run());
  }
  ASSIGN_OR_RETURN(rows, ReadSegments(db_));
  if (rows.empty()) return {};
  const size_t first = FirstToMerge(rows);
  if (first == rows.size()) return {};
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(first));
  return SegmentMerge(db_, live, std::move(rows)).Run();
}

Result<FullTextReader> FullTextReader::Open(Database& db) {
  FullTextReader reader;
  ASSIGN_OR_RETURN(reader.live_, PlacedChunks::Read(db));
  reader.scores_.resize(reader.live_.size());
  reader.norms_.reserve(reader.live_.size());
  for (size_t place = 0; place < reader.live_.size(); ++place) {
    const double length =
        reader.live_.LengthAt(static_cast<int64_t>(place)) / reader.live_.MeanLength();
    reader.norms_.push_back(kK1 * (1 - kB + kB * length));
  }
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT directory FROM segments ORDER BY id"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return reader;
    ASSIGN_OR_RETURN(std::vector<BlockEntry> blocks, ReadDirectory(db, query.Text(0)));
    Directory& directory = reader.segments_.emplace_back();
    for (BlockEntry& block : blocks) {
      directory.push_back({std::move(block.first_term), block.id});
    }
  }
}

// Of the chunks that are there, in the order of ids.
Result<std::vector<FullTextReader::Use>> FullTextReader::UsesOf(Database& db,
                                                                std::string_view term) {
  std::vector<Use> uses;
  for (const Directory& blocks : segments_) {
    auto block = std::upper_bound(
        blocks.begin(), blocks.end(), term,
        [](std::string_view value, const Block& at) { return value < at.first_term; });
    if (block == blocks.begin()) continue;
    ASSIGN_OR_RETURN(const std::string bytes, ReadBlock(db, unpacker_, (--block)->id));
    BlockCursor terms(bytes);
    while (terms.Next() && terms.term() < term) {
    }
    if (!terms.ok()) return Damaged(db);
    if (terms.term() != term) continue;
    PostingCursor cursor(terms.postings());
    Posting posting;
    size_t hint = 0;
    while (cursor.Next(&posting)) {
      const int64_t place = live_.PlaceOf(posting.chunk, &hint);
      if (place >= 0) uses.push_back({place, WeighedCount(posting)});
    }
    if (!cursor.ok()) return Damaged(db);
  }
  return uses;
}

// The rarest terms' lists, as many as stay within kMaxPostings; at least one.
// The others become empty.
void FullTextReader::DropCommonest(std::vector<std::vector<Use>>* lists) {
  std::vector<size_t> order(lists->size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return (*lists)[a].size() < (*lists)[b].size(); });
  size_t sum = 0;
  bool any = false;
  for (const size_t i : order) {
    sum += (*lists)[i].size();
    if (any && sum > kMaxPostings) (*lists)[i].clear();
    any = any || !(*lists)[i].empty();
  }
}

std::vector<LexicalMatch> FullTextReader::Best(size_t limit) const {
  std::vector<std::pair<double, int64_t>> order;  // sorts the best first
  order.reserve(found_.size());
  for (const int64_t place : found_) {
    order.emplace_back(-scores_[static_cast<size_t>(place)], place);
  }
  limit = std::min(limit, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(limit), order.end());
  std::vector<LexicalMatch> matches;
  matches.reserve(limit);
  for (size_t i = 0; i < limit; ++i) {
    matches.push_back({live_.ChunkAt(order[i].second), -order[i].first});
  }
  return matches;
}

Result<std::vector<LexicalMatch>> FullTextReader::Search(Database& db,
                                                         std::span<const std::string> terms,
                                                         size_t limit) {
  std::vector<std::vector<Use>> lists;
  for (const std::string& term : CleanTerms(terms)) {
    ASSIGN_OR_RETURN(lists.emplace_back(), UsesOf(db, term));
  }
  DropCommonest(&lists);
  for (const std::vector<Use>& list : lists) {
    const double idf = Idf(live_.size(), list.size());
    for (const Use& use : list) {
      const auto place = static_cast<size_t>(use.place);
      if (scores_[place] == 0.0) found_.push_back(use.place);
      scores_[place] += idf * (use.count * (kK1 + 1.0) / (use.count + norms_[place]));
    }
  }
  std::vector<LexicalMatch> matches = Best(limit);
  for (const int64_t place : found_) scores_[static_cast<size_t>(place)] = 0.0;
  found_.clear();
  return matches;
}

}  // namespace inhouse
