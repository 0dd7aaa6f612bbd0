// The full-text tables: segments of postings (postings.h), the lengths of
// chunks, and BM25 over them. Which chunks there are is known from `files`
// alone: what a segment holds of others is left out, and goes when segments are
// merged. Answers depend on what is indexed, not on how many updates it took.
// Private to this room.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/compress.h"
#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/catalog.h"
#include "indexer/store/postings.h"

namespace inhouse {

// The chunks that are there, by id.
class LiveChunks {
 public:
  static Result<LiveChunks> Read(Database& db);
  bool Has(int64_t id) const;
  size_t CountIn(int64_t first, int64_t last) const;

 private:
  std::vector<std::pair<int64_t, int64_t>> runs_;  // first id, number; ascending
};

// The same with their lengths and places: files in the order of root and path, then
// their own order.
class PlacedChunks {
 public:
  static Result<PlacedChunks> Read(Database& db);
  // Place of a chunk, or -1. `hint`: where the last one was found, 0 at first; of
  // ascending ids each is found from there on.
  int64_t PlaceOf(int64_t id, size_t* hint) const;
  int64_t PlaceOf(int64_t id) const {
    size_t hint = 0;
    return PlaceOf(id, &hint);
  }
  // The chunk at a place that there is.
  int64_t ChunkAt(int64_t place) const;
  size_t size() const { return lengths_.size(); }
  uint32_t LengthAt(int64_t place) const { return lengths_[static_cast<size_t>(place)]; }
  double MeanLength() const { return mean_length_; }

 private:
  struct Run {
    int64_t first = 0, count = 0, place = 0;
  };
  std::vector<Run> runs_;  // by first id
  std::vector<Run> by_place_;
  std::vector<uint32_t> lengths_;  // by place
  double mean_length_ = 0;
};

std::string EncodeLengths(const std::vector<ChunkTerms>& chunks);

// Adds what an update brings. Chunk ids ascend.
class FullTextWriter {
 public:
  explicit FullTextWriter(Database& db) : db_(db) {}
  Status Add(int64_t chunk, const ChunkTerms& terms, std::span<const std::string_view> vocabulary);
  // Makes what was added ready to be written, which is most of Finish, without the
  // database: another thread may use that meanwhile. Nothing is added after.
  void Pack(std::span<const std::string_view> vocabulary);
  // Writes what is left, and keeps the number of segments low.
  Status Finish(std::span<const std::string_view> vocabulary);

 private:
  Status WriteSegment(std::span<const std::string_view> vocabulary);
  Status Maintain();

  Database& db_;
  Compressor compressor_{Compressor::Effort::kFast};
  PostingBuffer buffer_;
  std::vector<std::pair<std::string, std::string>> packed_;  // first term of a block, the block
  int64_t first_ = 0, last_ = 0, chunks_ = 0;                // of the buffer
};

// What a reader keeps of one commit.
class FullTextReader {
 public:
  static Result<FullTextReader> Open(Database& db);
  // Chunks with any of the terms, by BM25 with field weights; larger is better,
  // equal ones in the order of places.
  Result<std::vector<LexicalMatch>> Search(Database& db, std::span<const std::string> terms,
                                           size_t limit);

 private:
  struct Block {
    std::string first_term;
    int64_t id = 0;
  };
  using Directory = std::vector<Block>;

  // A chunk with a term.
  struct Use {
    int64_t place = 0;
    double count = 0;  // over all fields, by their weights
  };

  Result<std::vector<Use>> UsesOf(Database& db, std::string_view term);
  static void DropCommonest(std::vector<std::vector<Use>>* lists);
  std::vector<LexicalMatch> Best(size_t limit) const;

  Decompressor unpacker_;
  PlacedChunks live_;
  std::vector<double> norms_;  // by place: what BM25 adds to a count for the length
  std::vector<Directory> segments_;
  // Of one search.
  std::vector<double> scores_;  // by place, zeros in between
  std::vector<int64_t> found_;  // places with a score
};

}  // namespace inhouse
