#include "indexer/file_indexing.h"

#include <algorithm>
#include <utility>

#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
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

IndexedFile FileIndexer::Index(const PlannedFile& file, bool anew) {
  IndexedFile out;
  if (file.same_stamp && !anew) return out;
  const SourceFile& source = file.source;
  Result<std::string> bytes = ReadFile(source.os_path);
  if (!bytes.ok()) {
    out = Unreadable(bytes.error().message);
    out.keeps_known = file.known.has_value();
    if (out.keeps_known) out.note += "; what is known of it stays";
    return out;
  }
  const bool is_racy = source.mtime_ns > now_ns_ - kRacyNanoseconds;
  out.mtime_ns = is_racy ? 0 : source.mtime_ns;
  FileRow& row = out.update.file;
  row.digest = Xxh3Hex(bytes.value());
  out.same_content = file.known && file.known->digest == row.digest;
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
  out.update.chunks = MakeChunks(facts.facts, facts.text, options_);
  for (const Chunk& chunk : out.update.chunks) {
    out.update.terms.push_back(terms_.Read(chunk));
  }
  out.new_terms = terms_.TakeNewTerms();
  out.update.facts = std::move(facts.facts);
  out.update.encoded = EncodeFile(out.update, compressor_);
  DropWhatIsEncoded(&out.update);
  return out;
}

}  // namespace inhouse
