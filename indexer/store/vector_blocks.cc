#include "indexer/store/vector_blocks.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "indexer/base/check.h"
#include "indexer/base/huge_pages.h"
#include "indexer/store/full_text.h"
#include "indexer/store/record.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

using Run = Catalog::VectorRun;

// A block is full with so many bytes of rows, or with the one file that has more.
constexpr size_t kFullBytes = 256 << 10;
// A block is merged with the one before if that is not this many times larger.
constexpr size_t kBlockRatio = 4;

Error Damaged(const Database& db) { return BrokenRow(db.path().parent_path(), "vectors"); }

void AddRun(const Run& run, std::vector<Run>* runs) {
  if (!runs->empty() && runs->back().first_id + runs->back().count == run.first_id) {
    runs->back().count += run.count;
  } else {
    runs->push_back(run);
  }
}

// Each by its distance from the end of the one before.
std::string EncodeRuns(const std::vector<Run>& runs) {
  RecordWriter out;
  int64_t end = 0;
  for (const Run& run : runs) {
    out.Count(static_cast<uint64_t>(run.first_id - end));
    out.Count(static_cast<uint64_t>(run.count));
    end = run.first_id + run.count;
  }
  return out.bytes();
}

bool DecodeRuns(std::string_view bytes, VectorBlock* block) {
  RecordReader in(bytes);
  int64_t end = 0;
  while (in.ok() && !in.AtEnd()) {
    const uint64_t distance = in.Count(), count = in.Count();
    if (distance > INT32_MAX || count == 0 || count > kMaxUnpackedBytes) return false;
    block->runs.push_back({end + static_cast<int64_t>(distance), static_cast<int64_t>(count)});
    block->rows += count;
    end = block->runs.back().first_id + block->runs.back().count;
  }
  return in.ok() && block->rows > 0 && block->dimensions > 0 &&
         block->dimensions <= kMaxUnpackedBytes / block->rows;
}

Result<std::string> ReadRows(Database& db, const VectorBlock& block, Decompressor& unpacker) {
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT rows FROM vectors WHERE first_chunk = ?", block.id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  std::optional<std::string> bytes = row ? unpacker.Unpack(query.Text(0)) : std::nullopt;
  if (!bytes || bytes->size() != block.rows * block.dimensions) return Damaged(db);
  return std::move(*bytes);
}

// The vectors of one file and where they lie.
struct FileRows {
  Run run;
  size_t place = 0;  // in the wanted order
  std::optional<size_t> block;
  size_t row = 0;  // in the block
};

Result<std::vector<FileRows>> ListFiles(Database& db, int64_t first_chunk, VectorOrder order) {
  std::vector<FileRows> files;
  ASSIGN_OR_RETURN(
      Query query,
      db.Ask(order == VectorOrder::kPlace
                 ? "SELECT first_chunk, chunk_count FROM files WHERE first_chunk >= ? AND "
                   "chunk_count > 0 ORDER BY root, path"
                 : "SELECT first_chunk, chunk_count FROM files WHERE first_chunk >= ? AND "
                   "chunk_count > 0 ORDER BY first_chunk",
             first_chunk));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return files;
    files.push_back({{query.Int(0), query.Int(1)}, files.size(), std::nullopt, 0});
  }
}

// Finds the block of each file that has vectors. `files`: by id.
void FindBlocks(const std::vector<VectorBlock>& blocks, std::vector<FileRows>* files) {
  for (size_t number = 0; number < blocks.size(); ++number) {
    size_t row = 0;
    for (const Run& run : blocks[number].runs) {
      const int64_t end = run.first_id + run.count;
      auto file = std::lower_bound(
          files->begin(), files->end(), run.first_id,
          [](const FileRows& at, int64_t first) { return at.run.first_id < first; });
      for (; file != files->end() && file->run.first_id + file->run.count <= end; ++file) {
        file->block = number;
        file->row = row + static_cast<size_t>(file->run.first_id - run.first_id);
      }
      row += static_cast<size_t>(run.count);
    }
  }
}

void SortById(std::vector<FileRows>* files) {
  std::sort(files->begin(), files->end(),
            [](const FileRows& a, const FileRows& b) { return a.run.first_id < b.run.first_id; });
}

// Files that have vectors, by id; `place` is then that of their first row.
std::vector<FileRows> Placed(std::vector<FileRows> files, Catalog::VectorRows* rows) {
  std::erase_if(files, [](const FileRows& file) { return !file.block; });
  std::sort(files.begin(), files.end(),
            [](const FileRows& a, const FileRows& b) { return a.place < b.place; });
  for (FileRows& file : files) {
    file.place = rows->ids.size();
    for (int64_t i = 0; i < file.run.count; ++i) rows->ids.push_back(file.run.first_id + i);
  }
  SortById(&files);
  return files;
}

}  // namespace

Status VectorBlockWriter::Add(int64_t first_chunk, size_t dimensions,
                              std::span<const int8_t> rows) {
  CHECK(dimensions > 0 && !rows.empty() && rows.size() % dimensions == 0);
  CHECK(runs_.empty() || first_chunk >= runs_.back().first_id + runs_.back().count);
  const bool full = rows_.size() + rows.size() > kFullBytes || dimensions != dimensions_;
  if (full) RETURN_IF_ERROR(WriteBlock());
  dimensions_ = dimensions;
  AddRun({first_chunk, static_cast<int64_t>(rows.size() / dimensions)}, &runs_);
  rows_.append(reinterpret_cast<const char*>(rows.data()), rows.size());
  return {};
}

Status VectorBlockWriter::WriteBlock() {
  if (runs_.empty()) return {};
  const std::vector<Run> runs = std::exchange(runs_, {});
  const std::string packed = compressor_.Pack(rows_);
  rows_.clear();
  return db_.Run("INSERT INTO vectors VALUES(?, ?, ?, ?)", runs.front().first_id, dimensions_,
                 Blob{EncodeRuns(runs)}, Blob{packed});
}

Status VectorBlockWriter::Finish() {
  RETURN_IF_ERROR(WriteBlock());
  return Tidy();
}

Status VectorBlockWriter::Rewrite(std::span<const VectorBlock> blocks, const LiveChunks& live) {
  for (const VectorBlock& block : blocks) {
    ASSIGN_OR_RETURN(const std::string rows, ReadRows(db_, block, unpacker_));
    RETURN_IF_ERROR(db_.Run("DELETE FROM vectors WHERE first_chunk = ?", block.id));
    dimensions_ = block.dimensions;
    size_t at = 0;
    for (const Run& run : block.runs) {
      for (int64_t i = 0; i < run.count; ++i, at += block.dimensions) {
        if (!live.Has(run.first_id + i)) continue;
        AddRun({run.first_id + i, 1}, &runs_);
        rows_.append(rows, at, block.dimensions);
      }
    }
  }
  return WriteBlock();
}

// Blocks that hold mostly what is gone are written anew; then the last ones
// become one until each is several times as large as the next, or full.
Status VectorBlockWriter::Tidy() {
  ASSIGN_OR_RETURN(std::vector<VectorBlock> blocks, ListVectorBlocks(db_));
  ASSIGN_OR_RETURN(const LiveChunks live, LiveChunks::Read(db_));
  for (const VectorBlock& block : blocks) {
    size_t there = 0;
    for (const Run& run : block.runs) {
      there += live.CountIn(run.first_id, run.first_id + run.count - 1);
    }
    if (2 * there < block.rows) RETURN_IF_ERROR(Rewrite({&block, 1}, live));
  }
  ASSIGN_OR_RETURN(blocks, ListVectorBlocks(db_));
  if (blocks.empty()) return {};
  size_t first = blocks.size() - 1, sum = blocks.back().rows;
  const size_t dimensions = blocks.back().dimensions;
  while (first > 0 && blocks[first - 1].rows < kBlockRatio * sum &&
         blocks[first - 1].dimensions == dimensions &&
         (sum + blocks[first - 1].rows) * dimensions <= kFullBytes) {
    sum += blocks[--first].rows;
  }
  return first + 1 == blocks.size() ? Status() : Rewrite(std::span(blocks).subspan(first), live);
}

Result<std::vector<VectorBlock>> ListVectorBlocks(Database& db) {
  std::vector<VectorBlock> blocks;
  ASSIGN_OR_RETURN(
      Query query,
      db.Ask("SELECT first_chunk, dimensions, runs FROM vectors ORDER BY first_chunk"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return blocks;
    VectorBlock& block = blocks.emplace_back();
    block.id = query.Int(0);
    block.dimensions = static_cast<size_t>(std::max<int64_t>(query.Int(1), 0));
    if (!DecodeRuns(query.Text(2), &block)) return Damaged(db);
  }
}

Result<Catalog::VectorRows> ReadVectorRows(Database& db, Decompressor& unpacker,
                                           int64_t first_chunk, VectorOrder order) {
  Catalog::VectorRows all;
  ASSIGN_OR_RETURN(const std::vector<VectorBlock> blocks, ListVectorBlocks(db));
  ASSIGN_OR_RETURN(std::vector<FileRows> files, ListFiles(db, first_chunk, order));
  SortById(&files);
  FindBlocks(blocks, &files);
  files = Placed(std::move(files), &all);
  if (files.empty()) return all;
  const size_t dimensions = all.dimensions = blocks[*files.front().block].dimensions;
  all.values.reserve(all.ids.size() * dimensions);
  AskForHugePages(all.values.data(), all.values.capacity());
  all.values.resize(all.ids.size() * dimensions);
  std::string rows;
  std::optional<size_t> open;  // whose rows these are
  for (const FileRows& file : files) {
    if (open != file.block) {
      if (blocks[*file.block].dimensions != dimensions) return Damaged(db);
      ASSIGN_OR_RETURN(rows, ReadRows(db, blocks[*file.block], unpacker));
      open = file.block;
    }
    std::memcpy(&all.values[file.place * dimensions], &rows[file.row * dimensions],
                static_cast<size_t>(file.run.count) * dimensions);
  }
  return all;
}

Result<Catalog::VectorRuns> ListVectorRuns(Database& db) {
  Catalog::VectorRuns list;
  ASSIGN_OR_RETURN(const std::vector<VectorBlock> blocks, ListVectorBlocks(db));
  ASSIGN_OR_RETURN(std::vector<FileRows> files, ListFiles(db, 0, VectorOrder::kId));
  FindBlocks(blocks, &files);
  for (const FileRows& file : files) {
    if (!file.block) continue;
    list.runs.push_back(file.run);
    list.total += static_cast<size_t>(file.run.count);
    list.dimensions = blocks[*file.block].dimensions;
  }
  return list;
}

}  // namespace inhouse
