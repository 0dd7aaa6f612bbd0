#include "indexer/store/file_record.h"

#include <algorithm>
#include <unordered_map>

#include "indexer/base/digest.h"
#include "indexer/chunk/source_lines.h"
#include "indexer/chunk/symbol_text.h"
#include "indexer/store/call_record.h"
#include "indexer/store/name_changes.h"
#include "indexer/store/record.h"
#include "indexer/store/symbol_record.h"

namespace inhouse {
namespace {

size_t SharedPrefix(std::string_view a, std::string_view b) {
  const size_t limit = std::min(a.size(), b.size());
  size_t same = 0;
  while (same < limit && a[same] == b[same]) ++same;
  return same;
}

// A text by what it adds to the one before.
void PutAfter(std::string_view before, std::string_view text, RecordWriter* out) {
  const size_t same = SharedPrefix(before, text);
  out->Count(same);
  out->Text(text.substr(same));
}
std::string TakeAfter(std::string_view before, RecordReader* in) {
  const uint64_t same = in->Count();
  if (same > before.size()) in->Fail();
  std::string text(before.substr(0, in->ok() ? same : 0));
  return text += in->TextView();
}

// The parent that a name tells by itself: "m.f.<locals>.g" → "m.f".
std::string_view ParentInName(std::string_view qualified_name) {
  const size_t dot = qualified_name.rfind('.');
  std::string_view parent = qualified_name.substr(0, dot == std::string_view::npos ? 0 : dot);
  constexpr std::string_view kLocals = ".<locals>";
  if (parent.ends_with(kLocals)) parent.remove_suffix(kLocals.size());
  return parent;
}

constexpr uint64_t kPublic = 1, kDeprecated = 2, kOwnParent = 4, kOwnModule = 8;

std::string EncodeNames(const FileFacts& facts) {
  RecordWriter out;
  out.Count(facts.symbols.size());
  std::string_view before, module;
  for (const Symbol& symbol : facts.symbols) {
    const bool own_parent = symbol.parent != ParentInName(symbol.qualified_name);
    const bool own_module = symbol.module != module;
    PutAfter(before, symbol.qualified_name, &out);
    out.Count(static_cast<uint64_t>(symbol.kind));
    out.Count((symbol.is_public ? kPublic : uint64_t{0}) |
              (symbol.deprecated ? kDeprecated : uint64_t{0}) |
              (own_parent ? kOwnParent : uint64_t{0}) | (own_module ? kOwnModule : uint64_t{0}));
    if (own_parent) out.Text(symbol.parent);
    if (own_module) out.Text(symbol.module);
    out.Texts(symbol.bases);
    before = symbol.qualified_name;
    module = symbol.module;
  }
  const std::string scope = ScopeOf(facts);
  for (const Import& import : facts.imports) {
    if (import.scope != scope) continue;
    out.Flag(import.is_conditional);
    out.Text(import.module);
    out.Text(import.name);
    out.Flag(import.alias != import.name);
    if (import.alias != import.name) out.Text(import.alias);
  }
  return out.bytes();
}

NameRecord TakeName(const NameRecord* before, RecordReader* in) {
  NameRecord name;
  name.qualified_name = TakeAfter(before ? before->qualified_name : std::string_view(), in);
  name.kind = in->Kind(SymbolKind::kTypeAlias);
  const uint64_t flags = in->Count();
  name.is_public = (flags & kPublic) != 0;
  name.is_deprecated = (flags & kDeprecated) != 0;
  name.parent = (flags & kOwnParent) != 0 ? in->TextView() : ParentInName(name.qualified_name);
  name.module =
      (flags & kOwnModule) != 0 ? in->TextView() : (before ? std::string_view(before->module) : "");
  name.bases = in->Texts();
  return name;
}

ModuleImport TakeImport(RecordReader* in) {
  ModuleImport import;
  import.is_conditional = in->Flag();
  import.module = in->TextView();
  import.name = in->TextView();
  import.alias = in->Flag() ? in->TextView() : std::string_view(import.name);
  return import;
}

// What a chunk says that its symbol tells by itself is not stored.
constexpr uint64_t kToldName = 1, kToldSignature = 2, kToldDoc = 4, kToldRange = 8;

bool IsSame(const SourceRange& a, const SourceRange& b) {
  return a.start_line == b.start_line && a.end_line == b.end_line && a.start_byte == b.start_byte &&
         a.end_byte == b.end_byte;
}

// `symbol`: that it is of; null if it names it itself.
std::string EncodeChunk(const Chunk& chunk, const Symbol* symbol) {
  uint64_t told = chunk.name == WordsOfName(chunk.symbol) ? kToldName : 0;
  if (symbol != nullptr) {
    told |= (chunk.signature == DeclarationOf(*symbol) ? kToldSignature : uint64_t{0}) |
            (chunk.doc == DocTextOf(*symbol) ? kToldDoc : uint64_t{0}) |
            (IsSame(chunk.range, symbol->range) ? kToldRange : uint64_t{0});
  }
  RecordWriter out;
  if (symbol == nullptr) out.Text(chunk.symbol);
  out.Count(static_cast<uint64_t>(chunk.kind));
  out.Count(told);
  if ((told & kToldName) == 0) out.Text(chunk.name);
  if ((told & kToldSignature) == 0) out.Text(chunk.signature);
  if ((told & kToldDoc) == 0) out.Text(chunk.doc);
  out.Text(chunk.body);
  if ((told & kToldRange) == 0) out.Range(chunk.range);
  return out.bytes();
}

bool DecodeChunk(std::string_view bytes, const Symbol* symbol, Chunk* chunk) {
  RecordReader in(bytes);
  chunk->symbol = symbol != nullptr ? symbol->qualified_name : in.Text();
  chunk->kind = in.Kind(ChunkKind::kUsage);
  const uint64_t told = in.Count();
  const auto tells = [&](uint64_t what) { return symbol != nullptr && (told & what) != 0; };
  if (symbol == nullptr && told > kToldName) return false;
  chunk->name = (told & kToldName) != 0 ? WordsOfName(chunk->symbol) : in.Text();
  chunk->signature = tells(kToldSignature) ? DeclarationOf(*symbol) : in.Text();
  chunk->doc = tells(kToldDoc) ? DocTextOf(*symbol) : in.Text();
  chunk->body = in.TextView();
  chunk->range = tells(kToldRange) ? symbol->range : in.Range();
  return in.AtEnd();
}

// Symbols and chunks in turn: what they share is then near enough to be packed.
std::string EncodeContents(const FileUpdate& update) {
  RecordWriter out;
  const std::vector<Symbol>& symbols = update.facts.symbols;
  out.Count(symbols.size());
  out.Count(update.chunks.size());
  size_t chunk = 0;
  for (const Symbol& symbol : symbols) {
    out.Text(EncodeSymbol(symbol));
    const bool next =
        chunk < update.chunks.size() && update.chunks[chunk].symbol == symbol.qualified_name;
    out.Flag(next);
    if (next) out.Text(EncodeChunk(update.chunks[chunk++], &symbol));
  }
  for (; chunk < update.chunks.size(); ++chunk) {
    out.Text(EncodeChunk(update.chunks[chunk], nullptr));
  }
  return out.bytes();
}

bool IsKept(const Namespace& space) {
  return !space.names.empty() || space.is_open || space.is_filled;
}

std::string EncodeSpaces(const std::vector<Namespace>& spaces) {
  RecordWriter out;
  for (const Namespace& space : spaces) {
    if (!IsKept(space)) continue;
    out.Text(space.owner);
    out.Flag(space.is_open);
    out.Flag(space.is_filled);
    std::string_view before;
    out.Count(space.names.size());
    for (const std::string& name : space.names) {
      PutAfter(before, name, &out);
      before = name;
    }
    out.Count(space.facts.size());
    for (const NameFact& fact : space.facts) {
      out.Count(static_cast<uint64_t>(fact.kind));
      out.Text(fact.name);
      out.Text(fact.text);
    }
  }
  return out.bytes();
}

// Calls without a target cannot be found and are not kept.
std::string EncodeCalls(const std::vector<CallSite>& calls, EncodedFile* file) {
  RecordWriter targets, rows;
  std::unordered_map<std::string_view, size_t> numbers;
  std::string_view caller;
  SourceRange before;
  for (const CallSite& call : calls) {
    if (call.target.empty()) continue;
    const auto [at, is_new] = numbers.try_emplace(call.target, file->targets.size());
    if (is_new) {
      targets.Text(call.target);
      file->targets.push_back({call.target, 0});
    }
    ++file->targets[at->second].second;
    ++file->call_count;
    rows.Count(at->second);
    PutAfter(caller, call.caller, &rows);
    PutCall(call, before, &rows);
    caller = call.caller;
    before = call.range;
  }
  RecordWriter out;
  out.Count(file->targets.size());
  return out.bytes() + targets.bytes() + rows.bytes();
}

void SortAndDrop(std::vector<int64_t>* hashes) {
  std::sort(hashes->begin(), hashes->end());
  hashes->erase(std::unique(hashes->begin(), hashes->end()), hashes->end());
}

// By which hashes the file is found: its symbols, their parents, and owners of
// namespaces.
std::vector<int64_t> NameHashes(const FileFacts& facts) {
  std::vector<int64_t> hashes;
  std::string_view parent;
  for (const Symbol& symbol : facts.symbols) {
    hashes.push_back(NameHash(symbol.qualified_name));
    if (symbol.parent != parent && !symbol.parent.empty())
      hashes.push_back(NameHash(symbol.parent));
    parent = symbol.parent;
  }
  for (const Namespace& space : facts.namespaces) {
    if (IsKept(space)) hashes.push_back(NameHash(space.owner));
  }
  SortAndDrop(&hashes);
  return hashes;
}

std::vector<int64_t> LinksOf(const FileFacts& facts) {
  LinkCollector links;
  const std::string scope = ScopeOf(facts);
  for (const Import& import : facts.imports) {
    if (import.scope == scope) links.AddImport(import.module, import.name, import.alias);
  }
  for (const Symbol& symbol : facts.symbols) {
    links.AddClass(symbol.qualified_name, symbol.parent, symbol.module, symbol.bases);
  }
  return links.Take();
}

// Chunks that are not of the file's own symbols: usage of others.
std::vector<std::pair<int64_t, uint32_t>> ForeignChunks(const FileUpdate& update,
                                                        const std::vector<int64_t>& own) {
  std::vector<std::pair<int64_t, uint32_t>> foreign;
  for (uint32_t i = 0; i < update.chunks.size(); ++i) {
    const int64_t hash = NameHash(update.chunks[i].symbol);
    if (!std::binary_search(own.begin(), own.end(), hash)) foreign.emplace_back(hash, i);
  }
  return foreign;
}

}  // namespace

std::string ScopeOf(const FileFacts& facts) {
  const bool has_module_symbol =
      !facts.symbols.empty() && facts.symbols.front().kind == SymbolKind::kModule;
  return has_module_symbol ? facts.symbols.front().qualified_name : facts.module;
}

int64_t NameHash(std::string_view name) { return static_cast<int64_t>(Xxh3(name)); }

EncodedFile EncodeFile(const FileUpdate& update, Compressor& compressor) {
  EncodedFile file;
  const std::string names = EncodeNames(update.facts);
  file.symbol_count = update.facts.symbols.size();
  RecordWriter both;
  both.Text(names);
  both.Text(EncodeSpaces(update.facts.namespaces));
  file.names = compressor.Pack(both.bytes());
  file.calls = compressor.Pack(EncodeCalls(update.facts.call_sites, &file));
  file.contents = compressor.Pack(EncodeContents(update));
  file.name_hashes = NameHashes(update.facts);
  file.links = LinksOf(update.facts);
  file.foreign_chunks = ForeignChunks(update, file.name_hashes);
  const std::string_view hashes(reinterpret_cast<const char*>(file.name_hashes.data()),
                                file.name_hashes.size() * sizeof(int64_t));
  file.names_digest = NameHash(names + std::string(hashes));
  return file;
}

bool DecodeNames(std::string_view packed, Decompressor& unpacker, FileNames* names) {
  const std::optional<std::string> bytes = unpacker.Unpack(packed);
  if (!bytes) return false;
  RecordReader in(RecordReader(*bytes).TextView());
  const size_t count = in.Items();
  names->symbols.reserve(count);
  for (size_t i = 0; i < count && in.ok(); ++i) {
    NameRecord name = TakeName(i == 0 ? nullptr : &names->symbols.back(), &in);
    names->symbols.push_back(std::move(name));
  }
  while (in.ok() && !in.AtEnd()) names->imports.push_back(TakeImport(&in));
  return in.AtEnd();
}

bool DecodeSpaces(std::string_view packed, Decompressor& unpacker, std::vector<Namespace>* spaces) {
  const std::optional<std::string> bytes = unpacker.Unpack(packed);
  if (!bytes) return false;
  RecordReader both(*bytes);
  both.TextView();
  RecordReader in(both.TextView());
  if (!both.AtEnd()) return false;
  while (in.ok() && !in.AtEnd()) {
    Namespace& space = spaces->emplace_back();
    space.owner = in.TextView();
    space.is_open = in.Flag();
    space.is_filled = in.Flag();
    const size_t count = in.Items();
    std::string before;
    for (size_t i = 0; i < count && in.ok(); ++i) {
      before = TakeAfter(before, &in);
      space.names.push_back(before);
    }
    const size_t facts = in.Items();
    for (size_t i = 0; i < facts && in.ok(); ++i) {
      const NameFactKind kind = in.Kind(NameFactKind::kBase);
      std::string name = in.Text();
      space.facts.push_back({kind, std::move(name), in.Text()});
    }
  }
  return in.AtEnd();
}

bool HashesOfNames(std::string_view packed, Decompressor& unpacker, std::vector<int64_t>* hashes) {
  FileNames record;
  std::vector<Namespace> owners;
  const bool ok = DecodeNames(packed, unpacker, &record) && DecodeSpaces(packed, unpacker, &owners);
  for (const NameRecord& symbol : record.symbols) {
    hashes->push_back(NameHash(symbol.qualified_name));
    if (!symbol.parent.empty()) hashes->push_back(NameHash(symbol.parent));
  }
  for (const Namespace& space : owners) hashes->push_back(NameHash(space.owner));
  SortAndDrop(hashes);
  return ok;
}

bool DecodeCalls(std::string_view packed, Decompressor& unpacker, FileCalls* calls) {
  const std::optional<std::string> bytes = unpacker.Unpack(packed);
  if (!bytes) return false;
  RecordReader in(*bytes);
  const size_t count = in.Items();
  for (size_t i = 0; i < count && in.ok(); ++i) calls->targets.push_back(in.Text());
  std::string caller;
  SourceRange before;
  while (in.ok() && !in.AtEnd()) {
    const uint64_t target = in.Count();
    caller = TakeAfter(caller, &in);
    CallSite call = TakeCall(before, &in);
    if (target >= calls->targets.size()) return false;
    before = call.range;
    call.target = calls->targets[target];
    call.caller = caller;
    calls->calls.emplace_back(static_cast<uint32_t>(target), std::move(call));
  }
  return in.AtEnd();
}

bool FileContents::Open(std::string_view packed, Decompressor& unpacker) {
  std::optional<std::string> bytes = unpacker.Unpack(packed);
  if (!bytes) return false;
  bytes_ = std::move(*bytes);
  symbols_.clear();
  chunks_.clear();
  RecordReader in(bytes_);
  const size_t symbols = in.Items(), chunks = in.Items();
  for (size_t i = 0; i < symbols && in.ok(); ++i) {
    symbols_.push_back(in.TextView());
    if (in.Flag()) chunks_.push_back({in.TextView(), i});
  }
  while (chunks_.size() < chunks && in.ok()) chunks_.push_back({in.TextView(), std::nullopt});
  return in.AtEnd() && chunks_.size() == chunks;
}

bool FileContents::Symbol(size_t position, const FileNames& names, inhouse::Symbol* symbol) const {
  if (position >= symbols_.size() || position >= names.symbols.size()) return false;
  const NameRecord& name = names.symbols[position];
  symbol->qualified_name = name.qualified_name;
  symbol->module = name.module;
  symbol->parent = name.parent;
  symbol->kind = name.kind;
  symbol->bases = name.bases;
  symbol->is_public = name.is_public;
  return DecodeSymbol(symbols_[position], symbol);
}

std::string_view FileContents::ChunkSymbol(size_t position, const FileNames& names) const {
  if (position >= chunks_.size()) return {};
  const ChunkRecord& chunk = chunks_[position];
  if (!chunk.symbol) return RecordReader(chunk.bytes).TextView();
  return *chunk.symbol < names.symbols.size()
             ? std::string_view(names.symbols[*chunk.symbol].qualified_name)
             : std::string_view();
}

bool FileContents::Chunk(size_t position, const FileNames& names, inhouse::Chunk* chunk) const {
  if (position >= chunks_.size()) return false;
  const ChunkRecord& record = chunks_[position];
  if (!record.symbol) return DecodeChunk(record.bytes, nullptr, chunk);
  inhouse::Symbol symbol;
  return Symbol(*record.symbol, names, &symbol) && DecodeChunk(record.bytes, &symbol, chunk);
}

}  // namespace inhouse
