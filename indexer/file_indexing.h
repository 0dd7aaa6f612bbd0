// One planned file → what the catalog stores of it. Runs on several threads: a
// FileIndexer belongs to one of them.
#pragma once

#include <optional>
#include <string>

#include "indexer/base/compress.h"
#include "indexer/base/result.h"
#include "indexer/chunk/chunker.h"
#include "indexer/chunk/term_counts.h"
#include "indexer/embed/vector_text.h"
#include "indexer/index_plan.h"
#include "indexer/python/extract_facts.h"
#include "indexer/store/catalog.h"

namespace inhouse {

struct IndexedFile {
  // What to do with the catalog's row.
  enum class Outcome : uint8_t { kUnchanged, kTouched, kChanged, kUnreadable };
  Outcome outcome = Outcome::kUnchanged;
  bool same_content = false;  // kChanged: read again for the sake of other files
  bool keeps_known = false;   // kUnreadable: what is known of the file may still hold
  int64_t mtime_ns = 0;       // to be stored
  std::string note;           // what was odd, or why it cannot be read
  FileUpdate update;          // kChanged; terms in numbers of the FileIndexer, vectors missing
  size_t worker = 0;          // whose numbers
  std::vector<std::string> new_terms;  // that it numbered with this file
  std::vector<std::string> texts;      // of the chunks, if they are asked for
};

class FileIndexer {
 public:
  // `now_ns`: when the update began. Files changed less than two seconds before
  // are stored without time stamp: they may change again within its resolution.
  // `keep_texts`: for embedders that read texts, not counted terms.
  FileIndexer(const ChunkOptions& options, int64_t now_ns, bool keep_texts)
      : options_(options), now_ns_(now_ns), keep_texts_(keep_texts) {}

  // `anew`: also if the content is as it was.
  IndexedFile Index(const PlannedFile& file, bool anew);

 private:
  void Merge(const PlannedFile& file, std::string partner_bytes, FileFacts* facts);

  const ChunkOptions& options_;
  const int64_t now_ns_;
  const bool keep_texts_;
  FactExtractor extractor_;
  TermReader terms_{kMaxEmbeddedBodyBytes};
  Compressor compressor_;
};

}  // namespace inhouse
