// The table of vectors: blocks of rows by ascending chunk id, compressed
// together, so that neither pages nor files leave gaps. As with full text
// (full_text.h), which chunks there are is known from `files` alone: rows of
// others stay in their block until half of it is gone, or until it is merged.
// A file's rows lie in one block, one behind the other.
// Private to this room.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/compress.h"
#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/catalog.h"

namespace inhouse {

class LiveChunks;  // full_text.h

// What a block holds, without its rows.
struct VectorBlock {
  int64_t id = 0;  // its first chunk
  size_t dimensions = 0;
  size_t rows = 0;
  std::vector<Catalog::VectorRun> runs;  // ascending
};

// Adds what an update brings, files in the order of their chunk ids.
class VectorBlockWriter {
 public:
  explicit VectorBlockWriter(Database& db) : db_(db) {}
  // `rows`: of consecutive chunks, `dimensions` numbers each.
  Status Add(int64_t first_chunk, size_t dimensions, std::span<const int8_t> rows);
  // Writes what is left; what is gone goes, and small blocks become one.
  Status Finish();

 private:
  Status WriteBlock();
  Status Tidy();
  // Several neighbours → one, of the rows that are there.
  Status Rewrite(std::span<const VectorBlock> blocks, const LiveChunks& live);

  Database& db_;
  Compressor compressor_{Compressor::Effort::kFast};  // there are none to find
  Decompressor unpacker_;
  // The block being gathered.
  size_t dimensions_ = 0;
  std::vector<Catalog::VectorRun> runs_;
  std::string rows_;
};

// In the order of ids. Errors: also kIndex for what was not written here.
Result<std::vector<VectorBlock>> ListVectorBlocks(Database& db);

enum class VectorOrder {
  kPlace,  // files by root and path
  kId,
};
// Of chunks that are there, from an id on. `commit` is left to the caller.
Result<Catalog::VectorRows> ReadVectorRows(Database& db, Decompressor& unpacker,
                                           int64_t first_chunk, VectorOrder order);
// Of which files there are vectors, by id; likewise.
Result<Catalog::VectorRuns> ListVectorRuns(Database& db);

}  // namespace inhouse
