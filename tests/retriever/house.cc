#include "tests/retriever/house.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <utility>

#include "indexer/base/digest.h"
#include "indexer/embed/hashed_embedder.h"
#include "indexer/embed/vector_text.h"
#include "indexer/python/signature_reader.h"

namespace inhouse::testing {
namespace {

int LineAt(const std::string& text, size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(),
                                         text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

SourceRange RangeFrom(const std::string& text, size_t begin) {
  const size_t line = text.rfind('\n', begin) + 1;
  const size_t indent = begin - line;
  size_t end = text.find('\n', begin) + 1;
  while (end < text.size()) {
    const size_t first = text.find_first_not_of(" \n", end);
    if (first == std::string::npos || first - (text.rfind('\n', first) + 1) <= indent) break;
    end = text.find('\n', first) + 1;
  }
  return {LineAt(text, begin), LineAt(text, end) - 1, static_cast<uint32_t>(begin),
          static_cast<uint32_t>(end)};
}

std::string DocText(const Docstring& doc) {
  std::string text = doc.summary + "\n" + doc.description;
  for (const DocParameter& entry : doc.parameters) text += "\n" + entry.description;
  return text;
}

Chunk ChunkOf(const Symbol& symbol, const std::string& text) {
  Chunk chunk;
  chunk.kind = symbol.kind == SymbolKind::kModule  ? ChunkKind::kModuleOverview
               : symbol.kind == SymbolKind::kClass ? ChunkKind::kClassSummary
                                                   : ChunkKind::kSymbol;
  chunk.symbol = chunk.name = symbol.qualified_name;
  chunk.signature = FormatSignature(symbol.name, symbol.signature);
  chunk.doc = DocText(symbol.doc);
  chunk.range = symbol.range;
  if (symbol.kind != SymbolKind::kModule) {
    chunk.body =
        text.substr(symbol.range.start_byte, symbol.range.end_byte - symbol.range.start_byte);
  }
  return chunk;
}

}  // namespace

HouseFile::HouseFile(std::string path, std::string module, FileRole role, std::string text)
    : path_(std::move(path)), module_(std::move(module)), text_(std::move(text)) {
  Symbol self;
  self.qualified_name = module_.empty() ? std::filesystem::path(path_).stem().string() : module_;
  self.module = self.qualified_name;
  self.name = self.qualified_name.substr(self.qualified_name.rfind('.') + 1);
  self.kind = SymbolKind::kModule;
  self.range = {1, LineAt(text_, text_.size()), 0, static_cast<uint32_t>(text_.size())};
  update_.facts.symbols.push_back(self);
  update_.facts.module = update_.file.module = module_;
  update_.facts.role = update_.file.role = role;
  update_.file.path = path_;
}

Symbol& HouseFile::Define(const std::string& name, SymbolKind kind, Docstring doc,
                          std::vector<Parameter> parameters, std::string returns) {
  Symbol symbol;
  symbol.module = update_.facts.symbols[0].qualified_name;
  symbol.qualified_name = symbol.module + "." + name;
  symbol.parent = symbol.qualified_name.substr(0, symbol.qualified_name.rfind('.'));
  symbol.name = name.substr(name.rfind('.') + 1);
  symbol.kind = kind;
  symbol.is_public = name[0] != '_' && symbol.name[0] != '_';
  symbol.doc = std::move(doc);
  symbol.signature.parameters = std::move(parameters);
  symbol.signature.returns = std::move(returns);
  const std::string keyword = kind == SymbolKind::kClass ? "class " : "def ";
  const size_t at = text_.find(keyword + symbol.name);
  EXPECT_NE(at, std::string::npos) << name;
  symbol.range = RangeFrom(text_, at);
  update_.facts.symbols.push_back(std::move(symbol));
  return update_.facts.symbols.back();
}

void HouseFile::Import(const std::string& module, const std::string& name) {
  inhouse::Import import;
  import.module = module;
  import.name = import.alias = name;
  import.scope = update_.facts.symbols[0].qualified_name;
  update_.facts.imports.push_back(std::move(import));
}

void HouseFile::Call(const std::string& caller, const std::string& target,
                     const std::string& text) {
  const size_t at = text_.find(text);
  ASSERT_NE(at, std::string::npos) << text;
  const int line = LineAt(text_, at);
  CallSite call;
  call.target = call.written = target;
  call.caller = update_.facts.symbols[0].qualified_name + "." + caller;
  call.range = call.statement = {line, line, static_cast<uint32_t>(at),
                                 static_cast<uint32_t>(at + text.size())};
  update_.facts.call_sites.push_back(call);
  Chunk usage;
  usage.kind = ChunkKind::kUsage;
  usage.symbol = usage.name = target;
  const size_t begin = text_.rfind('\n', at) + 1;
  usage.body = text_.substr(begin, text_.find('\n', at) - begin);
  usage.range = call.range;
  update_.chunks.push_back(std::move(usage));
}

FileUpdate HouseFile::Finish(const std::filesystem::path& root) {
  std::filesystem::create_directories((root / path_).parent_path());
  std::ofstream(root / path_, std::ios::binary) << text_;
  struct stat found {};
  EXPECT_EQ(stat((root / path_).c_str(), &found), 0);
  update_.file.root = root.string();
  update_.file.digest = Xxh3Hex(text_);
  update_.file.size = static_cast<int64_t>(text_.size());
  update_.file.mtime_ns =
      int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + int64_t{found.st_mtim.tv_nsec};
  for (const Symbol& symbol : update_.facts.symbols) {
    update_.chunks.push_back(ChunkOf(symbol, text_));
  }
  return update_;
}

Docstring Doc(std::string summary, std::string description) {
  Docstring doc;
  doc.summary = std::move(summary);
  doc.description = std::move(description);
  return doc;
}

Parameter Positional(std::string name, std::string annotation) {
  return {std::move(name), ParameterKind::kPositionalOrKeyword, std::nullopt,
          std::move(annotation)};
}

Parameter KeywordOnly(std::string name, std::string annotation, std::string default_value) {
  return {std::move(name), ParameterKind::kKeywordOnly, std::move(default_value),
          std::move(annotation)};
}

namespace {

HouseFile Writer() {
  HouseFile file("audience_io/writer.py", "audience_io.writer", FileRole::kLibrary,
                 R"py("""Writing audiences."""


class Base:
    def close(self):
        """Close the place."""


class Destination(Base):
    """A place that holds audiences."""

    def write(self, file: str, data: bytes) -> None:
        """Write a file."""

    def _lock(self):
        pass


def write_audience(df: DataFrame, name: str, *, holdout_col: str = "group") -> str:
    """Validate an audience and write it with its manifest."""
    _check(df)
    return name


def save_audience(df: DataFrame) -> str:
    """Save an audience the old way."""
    return write_audience(df, "x")


def read_audience(name: str) -> DataFrame:
    """Read an audience back."""


def _check(df):
    """Check an audience for the campaign platform before it is written."""
)py");
  file.Define("Base", SymbolKind::kClass, Doc("What has to be closed."));
  file.Define("Base.close", SymbolKind::kMethod, Doc("Close the place."));
  Symbol& destination =
      file.Define("Destination", SymbolKind::kClass, Doc("A place that holds audiences."));
  destination.bases = {"Base"};
  file.Define("Destination.write", SymbolKind::kMethod, Doc("Write a file."),
              {Positional("file", "str"), Positional("data", "bytes")}, "None");
  file.Define("Destination._lock", SymbolKind::kMethod, Doc(""));
  Docstring doc = Doc("Validate an audience and write it with its manifest.",
                      "The campaign platform takes no file without a manifest.");
  doc.parameters = {{"name", "", "Its name in lower case, without the ending."},
                    {"df", "frame", "The audience."},
                    {"*extra", "", "Keys that only the platform knows."}};
  doc.returns = "The audience id.";
  doc.raises = {{"InvalidAudience", "", "If the schema is broken."}};
  file.Define("write_audience", SymbolKind::kFunction, std::move(doc),
              {Positional("df", "DataFrame"), Positional("name", "str"),
               KeywordOnly("holdout_col", "str", "\"group\"")},
              "str");
  file.Define("save_audience", SymbolKind::kFunction, Doc("Save an audience the old way."),
              {Positional("df", "DataFrame")}, "str")
      .deprecated = Deprecation{"use write_audience", "write_audience"};
  file.Define("read_audience", SymbolKind::kFunction, Doc("Read an audience back."),
              {Positional("name", "str")}, "DataFrame");
  file.Define("_check", SymbolKind::kFunction,
              Doc("Check an audience for the campaign platform before it is written."));
  file.Call("save_audience", "audience_io.writer.write_audience", "write_audience(df, \"x\")");
  file.Call("write_audience", "audience_io.writer._check", "_check(df)\n    return");
  return file;
}

HouseFile Client() {
  HouseFile file("cdp_client/core.py", "cdp_client.core", FileRole::kLibrary, R"py(
def query(sql: str) -> DataFrame:
    """Run one SQL statement against the warehouse."""


def get_user_features(user_ids: list[str]) -> DataFrame:
    """Read the feature rows of some users: order_frequency, order_value."""


class Session:
    """An open connection."""

    def run(self, sql: str) -> DataFrame:
        """Run a statement in this session."""


class Batch:
    """Many statements."""

    def run(self) -> None:
        """Run all statements."""
)py");
  file.Define("query", SymbolKind::kFunction, Doc("Run one SQL statement against the warehouse."),
              {Positional("sql", "str")}, "DataFrame");
  file.Define("get_user_features", SymbolKind::kFunction,
              Doc("Read the feature rows of some users: order_frequency, order_value."),
              {Positional("user_ids", "list[str]")}, "DataFrame");
  file.Define("Session", SymbolKind::kClass, Doc("An open connection."));
  file.Define("Session.run", SymbolKind::kMethod, Doc("Run a statement in this session."),
              {Positional("sql", "str")}, "DataFrame");
  file.Define("Batch", SymbolKind::kClass, Doc("Many statements."));
  file.Define("Batch.run", SymbolKind::kMethod, Doc("Run all statements."), {}, "None");
  return file;
}

HouseFile Job() {
  HouseFile file("jobs/winback.py", "", FileRole::kScript, R"py(import audience_io
import cdp_client


def main():
    users = cdp_client.query("SELECT 1")
    audience_id = audience_io.write_audience(users, "winback")
)py");
  file.Define("main", SymbolKind::kFunction, Doc(""));
  file.Call("main", "cdp_client.query", "cdp_client.query(");
  file.Call("main", "audience_io.write_audience", "audience_io.write_audience(");
  return file;
}

HouseFile Test() {
  HouseFile file("tests/test_writer.py", "", FileRole::kTest, R"py(
def test_write_audience():
    """An audience is written with its manifest for the campaign platform."""
    audience_io.write_audience(None, "x")
)py");
  file.Define("test_write_audience", SymbolKind::kFunction,
              Doc("An audience is written with its manifest for the campaign platform."));
  file.Call("test_write_audience", "audience_io.write_audience", "audience_io.write_audience(");
  return file;
}

std::vector<HouseFile> AllFiles() {
  HouseFile io("audience_io/__init__.py", "audience_io", FileRole::kLibrary, "\n");
  for (const char* name : {"write_audience", "save_audience", "read_audience", "Destination"}) {
    io.Import("audience_io.writer", name);
  }
  HouseFile client("cdp_client/__init__.py", "cdp_client", FileRole::kLibrary, "\n");
  for (const char* name : {"query", "get_user_features", "Session", "Batch"}) {
    client.Import("cdp_client.core", name);
  }
  return {std::move(io), Writer(), std::move(client), Client(), Job(), Test()};
}

void AddVectors(const HashedEmbedder& embedder, FileUpdate* update) {
  for (const Chunk& chunk : update->chunks) {
    const std::string text = EmbeddingText(chunk);
    const std::string_view view = text;
    std::vector<float> vector(embedder.dimensions());
    EXPECT_TRUE(embedder.Embed(std::span(&view, 1), EmbedRole::kDocument, vector).ok());
    std::vector<int8_t> row(vector.size());
    QuantizeVectors(vector, vector.size(), row);
    update->vectors.insert(update->vectors.end(), row.begin(), row.end());
  }
}

}  // namespace

House::House() { Store(AllFiles()); }

void House::Add(HouseFile file) { Store({std::move(file)}); }

void House::Store(std::vector<HouseFile> files) {
  auto writer = ValueOf(CatalogWriter::Begin(index()));
  std::vector<FileUpdate> updates;
  updates.reserve(files.size());
  WeightLearner learner;
  for (HouseFile& file : files) updates.push_back(file.Finish(root()));
  for (const FileUpdate& update : updates) {
    for (const Chunk& chunk : update.chunks) learner.Add(EmbeddingText(chunk));
  }
  WeightTable weights(ValueOf(writer->CorpusWeights()));
  if (weights.empty()) weights = learner.Finish();
  const HashedEmbedder embedder(weights);
  ASSERT_TRUE(writer->SetCorpusWeights(weights.rows(), weights.id()).ok());
  for (FileUpdate& update : updates) {
    AddVectors(embedder, &update);
    ASSERT_TRUE(writer->PutFile(update).ok());
  }
  CatalogMeta meta = ValueOf(writer->Meta());
  meta.embedder = embedder.id();
  meta.weights_id = weights.id();
  meta.source_revision = "abc123";
  ASSERT_TRUE(writer->SetMeta(meta).ok());
  ValueOf(writer->Commit());
}

void House::NameEmbedder(std::string id) {
  auto writer = ValueOf(CatalogWriter::Begin(index()));
  CatalogMeta meta = ValueOf(writer->Meta());
  meta.embedder = std::move(id);
  ASSERT_TRUE(writer->SetMeta(meta).ok());
  ValueOf(writer->Commit());
}

std::unique_ptr<Retriever> House::Open() const { return ValueOf(Retriever::Open(index())); }

std::vector<std::string> SymbolsOf(const SearchAnswer& answer) {
  std::vector<std::string> symbols;
  for (const Hit& hit : answer.hits) symbols.push_back(hit.symbol);
  return symbols;
}

std::vector<std::string> SymbolsOf(const ContextPack& pack) {
  std::vector<std::string> symbols;
  for (const PackEntry& entry : pack.entries) symbols.push_back(entry.symbol);
  return symbols;
}

SearchAnswer SearchOrDie(Retriever& retriever, std::string_view text,
                         const SearchOptions& options) {
  return ValueOf(retriever.Search(text, options));
}

}  // namespace inhouse::testing
