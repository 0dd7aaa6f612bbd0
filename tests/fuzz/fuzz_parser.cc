// Any bytes as Python, notebook or Markdown (by the first byte) → facts, chunks.
#include <cstdint>
#include <string>
#include <string_view>

#include "indexer/chunk/chunker.h"
#include "indexer/python/code_uses.h"
#include "indexer/python/extract_facts.h"
#include "indexer/python/source_text.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace inhouse;

void CheckRange(const SourceRange& range, size_t size) {
  FUZZ_EXPECT(range.start_line >= 1 && range.end_line >= range.start_line);
  FUZZ_EXPECT(range.start_byte <= range.end_byte && range.end_byte <= size);
}

void CheckFacts(const ExtractedFile& file) {
  FUZZ_EXPECT(ValidUtf8Prefix(file.text) == file.text.size());
  for (const Symbol& symbol : file.facts.symbols) CheckRange(symbol.range, file.text.size());
  for (const CallSite& call : file.facts.call_sites) CheckRange(call.range, file.text.size());
  ChunkOptions options;
  options.packages = {"m", "house"};
  for (const Chunk& chunk : MakeChunks(file.facts, file.text, options)) {
    FUZZ_EXPECT(chunk.body.size() <= kMaxBodyBytes);
    FUZZ_EXPECT(ValidUtf8Prefix(chunk.body) == chunk.body.size());
    FUZZ_EXPECT(!chunk.symbol.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  SourceFile file;
  file.path.append("m.py");
  file.module.append("m");
  if (data[0] == 'n') file.format = SourceFormat::kNotebook;
  if (data[0] == 'm') file.format = SourceFormat::kMarkdown;
  if (data[0] == 'r') file.format = SourceFormat::kReStructured;
  FactExtractor extractor;
  const Result<ExtractedFile> extracted = extractor.Extract(file, bytes);
  if (!extracted.ok()) return 0;
  CheckFacts(*extracted);
  CodeReader reader;
  const Result<CodeUses> uses = reader.Read(extracted->text, {}, nullptr);
  if (!uses.ok()) return 0;
  for (const ApiUse& use : uses->uses) CheckRange(use.range, extracted->text.size());
  return 0;
}
