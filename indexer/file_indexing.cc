#include "indexer/file_indexing.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/python/stub_merge.h"
#include "indexer/store/file_record.h"

namespace inhouse {
namespace {

constexpr int64_t kRacyNanoseconds = 2'000'000'000;

IndexedFile Unreadable(std::string reason) {
  IndexedFile out;
  out.outcome = IndexedFile::Outcome::kUnreadable;
  out.note = std::move(reason);
  return out;
}

std::string Joined(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) {
    if (!text.empty()) text += ", ";
    text += note;
  }
  return text;
}

// nullopt if there is none, or it cannot be read.
std::optional<std::string> PartnerBytes(const PlannedFile& file) {
  if (!file.partner) return std::nullopt;
  Result<std::string> bytes = ReadFile(file.partner->source.os_path);
  if (!bytes.ok()) return std::nullopt;
  return std::move(bytes).value();
}

// Of the facts the catalog still asks for the module, its scope and its exports.
void DropWhatIsEncoded(FileUpdate* update) {
  FileFacts& facts = update->facts;
  facts.symbols.resize(std::min<size_t>(facts.symbols.size(), 1));
  facts.symbols.shrink_to_fit();
  facts.imports = {};
  facts.call_sites = {};
  facts.doc_examples = {};
  facts.namespaces = {};
  update->chunks = {};
}

}  // namespace

// What a stub and its source say together, in the row of each.
void FileIndexer::Merge(const PlannedFile& file, std::string partner_bytes, FileFacts* facts) {
  const Result<ExtractedFile> partner =
      extractor_.Extract(file.partner->source, std::move(partner_bytes));
  if (!partner.ok()) return;
  if (file.source.format == SourceFormat::kStub) {
    KeepStubOnly(partner->facts, facts);
  } else {
    TakeFromStub(partner->facts.symbols, &facts->symbols);
  }
}

IndexedFile FileIndexer::Index(const PlannedFile& file, bool anew) {
  IndexedFile out;
  if (file.same_stamp && !anew) return out;
  const SourceFile& source = file.source;
  Result<std::string> bytes = ReadFile(source.os_path);
  if (!bytes.ok()) {
    out = Unreadable(bytes.error().message);
    out.keeps_known = file.known != nullptr;
    if (out.keeps_known) out.note += "; what is known of it stays";
    return out;
  }
  const bool is_racy = source.mtime_ns > now_ns_ - kRacyNanoseconds;
  out.mtime_ns = is_racy ? 0 : source.mtime_ns;
  FileRow& row = out.update.file;
  row.digest = Xxh3Hex(bytes.value());
  std::optional<std::string> partner = PartnerBytes(file);
  const bool same_partner = partner ? Xxh3Hex(*partner) == file.partner->known_digest
                                    : !file.lost_partner && !file.partner;
  out.same_content = file.known && file.known->digest == row.digest && same_partner && !file.moved;
  if (!anew && out.same_content) {
    const bool same = file.known->mtime_ns == out.mtime_ns;
    out.outcome = same ? IndexedFile::Outcome::kUnchanged : IndexedFile::Outcome::kTouched;
    return out;
  }
  out.outcome = IndexedFile::Outcome::kChanged;
  row.root = file.root;
  row.path = source.path;
  row.size = static_cast<int64_t>(bytes.value().size());
  row.mtime_ns = out.mtime_ns;
  row.role = source.role;
  row.module = source.module;
  Result<ExtractedFile> extracted = extractor_.Extract(source, std::move(bytes).value());
  if (!extracted.ok()) return Unreadable(extracted.error().message);
  ExtractedFile& facts = extracted.value();
  out.note = Joined(facts.notes);
  if (partner) Merge(file, std::move(*partner), &facts.facts);
  out.update.chunks = MakeChunks(facts.facts, facts.text, options_);
  for (const Chunk& chunk : out.update.chunks) {
    out.update.terms.push_back(terms_.Read(chunk));
    if (keep_texts_) out.texts.push_back(PlainEmbeddingText(chunk));
  }
  out.new_terms = terms_.TakeNewTerms();
  out.update.facts = std::move(facts.facts);
  out.update.encoded = EncodeFile(out.update, compressor_);
  DropWhatIsEncoded(&out.update);
  return out;
}

}  // namespace inhouse
