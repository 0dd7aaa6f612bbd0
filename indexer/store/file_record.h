// One file's facts ↔ the compressed records that the catalog keeps of them.
// Names (with namespaces, which repeat them), calls and everything else are apart,
// because they are needed at different times: names of all files at a commit, calls
// of the callers of an API, the rest of a single file. A chunk is stored without what
// its symbol tells (`DeclarationOf`, `DocTextOf`, `WordsOfName`).
//
//   EncodeFile(update, compressor)  →  EncodedFile        (pure: any thread)
//   DecodeNames(encoded.names, …)   →  what EncodeFile was given
//
// Decoding returns false for bytes that were not made here; then the result is
// not to be used. Formats: README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/compress.h"
#include "indexer/store/catalog.h"
#include "indexer/store/resolve.h"

namespace inhouse {

// What a symbol's name is made of.
struct NameRecord {
  std::string qualified_name;
  std::string parent;
  std::string module;
  SymbolKind kind = SymbolKind::kFunction;
  bool is_public = true;
  bool is_deprecated = false;
  std::vector<std::string> bases;
};

struct FileNames {
  std::vector<NameRecord> symbols;  // in source order
  std::vector<ModuleImport> imports;
};

// Calls of a file by their target.
struct FileCalls {
  std::vector<std::string> targets;                  // distinct, in the order of their first call
  std::vector<std::pair<uint32_t, CallSite>> calls;  // index of target; in source order
};

// Of the imports those that bind names of the module: only they can be reached
// from outside.
EncodedFile EncodeFile(const FileUpdate& update, Compressor& compressor);

bool DecodeNames(std::string_view packed, Decompressor& unpacker, FileNames* names);
bool DecodeCalls(std::string_view packed, Decompressor& unpacker, FileCalls* calls);
bool DecodeSpaces(std::string_view packed, Decompressor& unpacker, std::vector<Namespace>* spaces);

// EncodedFile::name_hashes of what was stored.
bool HashesOfNames(std::string_view packed, Decompressor& unpacker, std::vector<int64_t>* hashes);

// Symbols and chunks of a file. `names` are those of the same file.
class FileContents {
 public:
  // False if the bytes are damaged.
  bool Open(std::string_view packed, Decompressor& unpacker);
  size_t symbols() const { return symbols_.size(); }
  size_t chunks() const { return chunks_.size(); }
  // False if the record is damaged.
  bool Symbol(size_t position, const FileNames& names, inhouse::Symbol* symbol) const;
  bool Chunk(size_t position, const FileNames& names, inhouse::Chunk* chunk) const;
  // "" if there is none.
  std::string_view ChunkSymbol(size_t position, const FileNames& names) const;

 private:
  struct ChunkRecord {
    std::string_view bytes;
    std::optional<size_t> symbol;  // that it is of; the others name it themselves
  };
  std::string bytes_;
  std::vector<std::string_view> symbols_;
  std::vector<ChunkRecord> chunks_;
};

// The name that the file's own definitions begin with: its module, or for a
// script the name of its module symbol.
std::string ScopeOf(const FileFacts& facts);

// What names, calls and chunks are found by. Not guarded against collisions:
// whoever looks up compares the names.
int64_t NameHash(std::string_view name);

}  // namespace inhouse
