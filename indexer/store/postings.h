// Full text as sorted lists: which chunk holds which term, and how often in
// each field. Lists are kept in blocks of whole terms in alphabetical order; one
// set of blocks, written at once, is a segment. Chunk ids of a later segment are
// all higher than those of an earlier one.
//
//   PostingList builder: Add(chunk, terms)… → Blocks(vocabulary, visit)
//   BlockReader(bytes): Find(term) → postings
//
// A block, in numbers of record.h: for each term the bytes it shares with the
// term before, the rest of it, the size of its postings, and these: the distance
// to the chunk before, doubled, plus one where the term stands once in the body
// and nowhere else; otherwise a mask of fields and the count of each follow.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/chunk/term_counts.h"

namespace inhouse {

// A block ends with the term that reaches it. Compressed it fills a page of the catalog.
inline constexpr size_t kBlockBytes = 8192;

struct Posting {
  int64_t chunk = 0;
  std::array<uint32_t, 4> counts{};  // name, signature, doc, body
};

// The postings of one term, from their bytes. Damaged bytes end the list and
// make it not ok().
class PostingCursor {
 public:
  PostingCursor() = default;
  explicit PostingCursor(std::string_view bytes) : rest_(bytes) {}
  bool Next(Posting* posting);
  bool ok() const { return ok_; }

 private:
  uint64_t Count();
  std::string_view rest_;
  int64_t chunk_ = 0;
  bool ok_ = true;
};

void AppendPosting(const Posting& posting, int64_t chunk_before, std::string* bytes);

// Terms of a block in their order.
class BlockCursor {
 public:
  explicit BlockCursor(std::string_view bytes) : rest_(bytes) {}
  bool Next();
  const std::string& term() const { return term_; }
  std::string_view postings() const { return postings_; }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_, postings_;
  std::string term_;
  bool ok_ = true;
};

// Blocks of a segment being written, in the order of terms.
class BlockWriter {
 public:
  using Visit = std::function<Status(const std::string& first_term, std::string_view bytes)>;
  explicit BlockWriter(Visit visit) : visit_(std::move(visit)) {}
  // Terms ascend; each once.
  Status Add(std::string_view term, std::string_view postings);
  Status Finish();

 private:
  Visit visit_;
  std::string first_, before_, bytes_;
};

// Chunks gathered in memory until they make a segment.
class PostingBuffer {
 public:
  // Ids ascend.
  void Add(int64_t chunk, const ChunkTerms& terms);
  size_t size() const { return entries_.size(); }
  // Hands the blocks to `visit` and is empty again.
  Status Flush(std::span<const std::string_view> vocabulary, const BlockWriter::Visit& visit);

 private:
  struct Entry {
    uint32_t term = 0;
    uint32_t chunk = 0;  // distance to first_
    std::array<uint16_t, 4> counts{};
  };
  std::vector<Entry> entries_;
  int64_t first_ = 0;
};

}  // namespace inhouse
