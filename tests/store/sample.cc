#include "tests/store/sample.h"

#include <random>

namespace inhouse::testing {
namespace {

std::string Stem(const std::string& path) { return std::filesystem::path(path).stem().string(); }

}  // namespace

Symbol FullSymbol() {
  Symbol symbol;
  symbol.qualified_name = "cdp_client.core.Session.query";
  symbol.name = "query";
  symbol.module = "cdp_client.core";
  symbol.parent = "cdp_client.core.Session";
  symbol.kind = SymbolKind::kMethod;
  symbol.signature.parameters = {
      {"sql", ParameterKind::kPositionalOnly, std::nullopt, "str"},
      {"limit", ParameterKind::kKeywordOnly, "\"a\\n\xc3\xa9\"", "int | None"},
      {"empty", ParameterKind::kKeywordOnly, "", ""},
      {"rest", ParameterKind::kVarKeyword, std::nullopt, ""}};
  symbol.signature.returns = "DataFrame";
  symbol.signature.is_async = true;
  symbol.signature.is_generator = true;
  symbol.signature.is_exact = false;
  symbol.decorators = {"retry(3)", "house.traced"};
  symbol.bases = {"Base[T]", "x.Y"};
  symbol.value = std::string("half a character \xc3 and \0 zero", 29);
  symbol.annotation = "list[int]";
  symbol.doc.summary = "Runs a query.";
  symbol.doc.description = "Line one.\n\nLine two.";
  symbol.doc.parameters = {{"sql", "str", "the text"}, {"limit", "", ""}};
  symbol.doc.returns = "the rows";
  symbol.doc.raises = {{"ValueError", "", "if empty"}};
  symbol.doc.examples = {"query(\"SELECT 1\")", ""};
  symbol.deprecated = Deprecation{"old", "cdp_client.run"};
  symbol.is_public = false;
  symbol.is_static = true;
  symbol.is_class_method = true;
  symbol.is_abstract = true;
  symbol.is_overload = true;
  symbol.type_parameters = "[T: int, *Ts]";
  symbol.alternatives = {{"query(sql, limit=3)", 12}, {"class query", 0}};
  symbol.range = {3, 40, 17, 4'000'000'000u};
  symbol.name_range = {4, 4, 21, 26};
  symbol.body_range = {5, 40, 60, 900};
  return symbol;
}

Symbol Function(const std::string& module, const std::string& name) {
  Symbol symbol;
  symbol.qualified_name = module + "." + name;
  symbol.name = name;
  symbol.module = module;
  symbol.parent = module;
  symbol.kind = SymbolKind::kFunction;
  return symbol;
}

Symbol Class(const std::string& module, const std::string& name, std::vector<std::string> bases) {
  Symbol symbol = Function(module, name);
  symbol.kind = SymbolKind::kClass;
  symbol.bases = std::move(bases);
  return symbol;
}

Symbol Method(const std::string& class_name, const std::string& module, const std::string& name) {
  Symbol symbol = Function(class_name, name);
  symbol.kind = SymbolKind::kMethod;
  symbol.module = module;
  return symbol;
}

FileUpdate File(const std::string& path, const std::string& module, std::vector<Symbol> symbols) {
  FileUpdate update;
  update.file.root = "/src";
  update.file.path = path;
  update.file.digest = "d-" + path;
  update.file.size = 100;
  update.file.mtime_ns = 123456789;
  update.file.role = module.empty() ? FileRole::kScript : FileRole::kLibrary;
  update.file.module = module;
  update.facts.module = module;
  update.facts.role = update.file.role;
  Symbol self;
  self.qualified_name = module.empty() ? Stem(path) : module;
  self.name = self.qualified_name;
  self.module = self.qualified_name;
  self.kind = SymbolKind::kModule;
  update.facts.symbols = std::move(symbols);
  update.facts.symbols.insert(update.facts.symbols.begin(), std::move(self));
  return update;
}

FileUpdate FileWithChunks(const std::string& path, size_t count, size_t dimensions, uint32_t seed) {
  FileUpdate update = File(path, Stem(path), {});
  std::mt19937 random(seed);
  for (size_t i = 0; i < count; ++i) {
    Chunk chunk;
    chunk.symbol = Stem(path) + ".f" + std::to_string(i);
    chunk.body = "body " + std::to_string(i);
    update.chunks.push_back(std::move(chunk));
    for (size_t d = 0; d < dimensions; ++d) {
      update.vectors.push_back(static_cast<int8_t>(static_cast<int>(random() % 41) - 20));
    }
  }
  return update;
}

std::string Numbered(const char* stem, uint32_t number) {
  return std::string(stem).append(std::to_string(number)).append(".py");
}

void AddImport(FileUpdate* file, const std::string& module, const std::string& name,
               const std::string& alias) {
  Import import;
  import.module = module;
  import.name = name;
  import.alias = alias;
  import.scope = file->facts.symbols.front().qualified_name;
  file->facts.imports.push_back(std::move(import));
}

void AddCall(FileUpdate* file, const std::string& caller, const std::string& target, int line) {
  CallSite call;
  call.target = target;
  call.written = target;
  call.caller = caller;
  call.range = {line, line, 0, 10};
  file->facts.call_sites.push_back(std::move(call));
}

std::vector<FileUpdate> SampleFiles() {
  const std::string core = "cdp_client.core";
  FileUpdate client = File("cdp_client/__init__.py", "cdp_client", {});
  AddImport(&client, core, "query", "query");
  AddImport(&client, core, "Session", "Session");
  FileUpdate client_core =
      File("cdp_client/core.py", core,
           {Function(core, "query"), Class(core, "Base", {}), Method(core + ".Base", core, "close"),
            Class(core, "Session", {"Base"}), Method(core + ".Session", core, "run")});
  AddCall(&client_core, core + ".query", "cdp_client.core.Session", 12);
  FileUpdate io = File("audience_io/__init__.py", "audience_io", {});
  AddImport(&io, "audience_io.writer", "*", "");
  FileUpdate writer = File(
      "audience_io/writer.py", "audience_io.writer",
      {Function("audience_io.writer", "write_audience"), Function("audience_io.writer", "_check")});
  writer.facts.has_all = true;
  writer.facts.exported = {"write_audience"};
  FileUpdate script = File("jobs/score.py", "", {Function("score", "main")});
  AddCall(&script, "score.main", "cdp_client.query", 5);
  AddCall(&script, "score.main", "cdp_client.Session.close", 6);
  AddCall(&script, "score.main", "audience_io.write_audience", 9);
  AddCall(&script, "score.main", "pandas.read_csv", 10);
  AddCall(&script, "score", "score.main", 20);
  AddCall(&script, "score", "", 21);
  return {client, client_core, io, writer, script};
}

std::unique_ptr<CatalogWriter> BeginOrDie(const std::filesystem::path& index_dir) {
  return ValueOf(CatalogWriter::Begin(index_dir));
}

std::unique_ptr<Catalog> OpenOrDie(const std::filesystem::path& index_dir) {
  return ValueOf(Catalog::Open(index_dir));
}

int64_t Store(const std::filesystem::path& index_dir, const std::vector<FileUpdate>& files) {
  auto writer = BeginOrDie(index_dir);
  for (const FileUpdate& file : files) {
    const Result<int64_t> put = writer->PutFile(file);
    EXPECT_TRUE(put.ok()) << put.error().message;
  }
  return ValueOf(writer->Commit());
}

}  // namespace inhouse::testing
