#include "indexer/store/postings.h"

#include <algorithm>
#include <utility>

#include "indexer/store/record.h"

namespace inhouse {
namespace {

constexpr uint64_t kMaxChunk = INT64_MAX;

void AppendCount(uint64_t value, std::string* bytes) {
  while (value >= 0x80) {
    bytes->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes->push_back(static_cast<char>(value));
}

}  // namespace

uint64_t PostingCursor::Count() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  ok_ = false;
  rest_ = {};
  return 0;
}

bool PostingCursor::Next(Posting* posting) {
  if (rest_.empty()) return false;
  const uint64_t head = Count();
  const uint64_t chunk = static_cast<uint64_t>(chunk_) + (head >> 1);
  if (chunk > kMaxChunk) {
    ok_ = false;
    rest_ = {};
  }
  chunk_ = static_cast<int64_t>(std::min(chunk, kMaxChunk));
  posting->chunk = chunk_;
  posting->counts = {};
  if ((head & 1) != 0) {
    posting->counts[3] = 1;
    return ok_;
  }
  const uint64_t mask = Count();
  for (size_t field = 0; field < 4; ++field) {
    if ((mask >> field & 1) != 0) posting->counts[field] = static_cast<uint32_t>(Count());
  }
  return ok_;
}

void AppendPosting(const Posting& posting, int64_t chunk_before, std::string* bytes) {
  const auto distance = static_cast<uint64_t>(posting.chunk - chunk_before);
  const bool plain = posting.counts == std::array<uint32_t, 4>{0, 0, 0, 1};
  AppendCount(distance << 1 | (plain ? 1 : 0), bytes);
  if (plain) return;
  uint64_t mask = 0;
  for (size_t field = 0; field < 4; ++field) {
    if (posting.counts[field] > 0) mask |= uint64_t{1} << field;
  }
  AppendCount(mask, bytes);
  for (const uint32_t count : posting.counts) {
    if (count > 0) AppendCount(count, bytes);
  }
}

bool BlockCursor::Next() {
  if (!ok_ || rest_.empty()) return false;
  RecordReader in(rest_);
  const uint64_t same = in.Count();
  const std::string_view added = in.TextView();
  postings_ = in.TextView();
  ok_ = in.ok() && same <= term_.size();
  if (!ok_) return false;
  term_.resize(same);
  term_ += added;
  rest_.remove_prefix(static_cast<size_t>(postings_.data() + postings_.size() - rest_.data()));
  return true;
}

Status BlockWriter::Add(std::string_view term, std::string_view postings) {
  if (bytes_.empty()) {
    first_ = term;
    before_.clear();
  }
  size_t same = 0;
  while (same < term.size() && same < before_.size() && term[same] == before_[same]) ++same;
  AppendCount(same, &bytes_);
  AppendCount(term.size() - same, &bytes_);
  bytes_ += term.substr(same);
  AppendCount(postings.size(), &bytes_);
  bytes_ += postings;
  before_ = term;
  return bytes_.size() < kBlockBytes ? Status() : Finish();
}

Status BlockWriter::Finish() {
  if (bytes_.empty()) return {};
  const std::string bytes = std::exchange(bytes_, {});
  return visit_(first_, bytes);
}

void PostingBuffer::Add(int64_t chunk, const ChunkTerms& terms) {
  if (entries_.empty()) first_ = chunk;
  for (const TermCount& count : terms.counts) {
    if (count.name == 0 && count.signature == 0 && count.doc == 0 && count.body == 0) continue;
    entries_.push_back({count.term,
                        static_cast<uint32_t>(chunk - first_),
                        {count.name, count.signature, count.doc, count.body}});
  }
}

// Entries lie in the order of chunks; counting sort by term keeps that order.
Status PostingBuffer::Flush(std::span<const std::string_view> vocabulary,
                            const BlockWriter::Visit& visit) {
  std::vector<uint32_t> begins(vocabulary.size() + 1, 0), used;
  for (const Entry& entry : entries_) {
    if (begins[entry.term + 1]++ == 0) used.push_back(entry.term);
  }
  for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  std::vector<uint32_t> order(entries_.size()), next(begins.begin(), begins.end() - 1);
  for (uint32_t i = 0; i < entries_.size(); ++i) order[next[entries_[i].term]++] = i;
  std::sort(used.begin(), used.end(),
            [&](uint32_t a, uint32_t b) { return vocabulary[a] < vocabulary[b]; });
  BlockWriter writer(visit);
  std::string bytes;
  for (const uint32_t term : used) {
    bytes.clear();
    int64_t before = 0;
    for (uint32_t i = begins[term]; i < begins[term + 1]; ++i) {
      const Entry& entry = entries_[order[i]];
      Posting posting;
      posting.chunk = first_ + entry.chunk;
      std::copy(entry.counts.begin(), entry.counts.end(), posting.counts.begin());
      AppendPosting(posting, before, &bytes);
      before = posting.chunk;
    }
    RETURN_IF_ERROR(writer.Add(vocabulary[term], bytes));
  }
  entries_.clear();
  return writer.Finish();
}

}  // namespace inhouse
