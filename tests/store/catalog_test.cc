#include "indexer/store/catalog.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/store/sample.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::BeginOrDie;
using testing::File;
using testing::FileWithChunks;
using testing::OpenOrDie;
using testing::SampleFiles;
using testing::Store;
using testing::TempDir;
using testing::ValueOf;

void ExpectSame(const SourceRange& a, const SourceRange& b) {
  EXPECT_EQ(a.start_line, b.start_line);
  EXPECT_EQ(a.end_line, b.end_line);
  EXPECT_EQ(a.start_byte, b.start_byte);
  EXPECT_EQ(a.end_byte, b.end_byte);
}

void ExpectSame(const std::vector<DocParameter>& a, const std::vector<DocParameter>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].type, b[i].type);
    EXPECT_EQ(a[i].description, b[i].description);
  }
}

void ExpectSame(const Signature& a, const Signature& b) {
  ASSERT_EQ(a.parameters.size(), b.parameters.size());
  for (size_t i = 0; i < a.parameters.size(); ++i) {
    EXPECT_EQ(a.parameters[i].name, b.parameters[i].name);
    EXPECT_EQ(a.parameters[i].kind, b.parameters[i].kind);
    EXPECT_EQ(a.parameters[i].default_value, b.parameters[i].default_value);
    EXPECT_EQ(a.parameters[i].annotation, b.parameters[i].annotation);
  }
  EXPECT_EQ(a.returns, b.returns);
  EXPECT_EQ(a.is_async, b.is_async);
  EXPECT_EQ(a.is_generator, b.is_generator);
  EXPECT_EQ(a.is_exact, b.is_exact);
}

void ExpectSame(const Docstring& a, const Docstring& b) {
  EXPECT_EQ(a.summary, b.summary);
  EXPECT_EQ(a.description, b.description);
  ExpectSame(a.parameters, b.parameters);
  EXPECT_EQ(a.returns, b.returns);
  ExpectSame(a.raises, b.raises);
  EXPECT_EQ(a.examples, b.examples);
}

void ExpectSame(const Symbol& a, const Symbol& b) {
  EXPECT_EQ(a.qualified_name, b.qualified_name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.module, b.module);
  EXPECT_EQ(a.parent, b.parent);
  EXPECT_EQ(a.kind, b.kind);
  ExpectSame(a.signature, b.signature);
  EXPECT_EQ(a.decorators, b.decorators);
  EXPECT_EQ(a.bases, b.bases);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.annotation, b.annotation);
  ExpectSame(a.doc, b.doc);
  ASSERT_EQ(a.deprecated.has_value(), b.deprecated.has_value());
  if (a.deprecated) {
    EXPECT_EQ(a.deprecated->message, b.deprecated->message);
    EXPECT_EQ(a.deprecated->replacement, b.deprecated->replacement);
  }
  EXPECT_EQ(a.is_public, b.is_public);
  EXPECT_EQ(a.is_static, b.is_static);
  EXPECT_EQ(a.is_class_method, b.is_class_method);
  EXPECT_EQ(a.is_abstract, b.is_abstract);
  EXPECT_EQ(a.is_overload, b.is_overload);
  EXPECT_EQ(a.type_parameters, b.type_parameters);
  EXPECT_EQ(a.alternatives, b.alternatives);
  ExpectSame(a.range, b.range);
  ExpectSame(a.name_range, b.name_range);
  ExpectSame(a.body_range, b.body_range);
}

TEST(Catalog, EveryFieldOfASymbolComesBack) {
  TempDir dir;
  const Symbol full = testing::FullSymbol();
  Store(dir.path(), {File("cdp_client/core.py", "cdp_client.core", {full})});
  auto catalog = OpenOrDie(dir.path());
  const auto rows = ValueOf(catalog->SymbolsNamed(full.qualified_name));
  ASSERT_EQ(rows.size(), 1u);
  ExpectSame(rows[0].symbol, full);
  ExpectSame(ValueOf(catalog->SymbolById(rows[0].id))->symbol, full);
  ExpectSame(ValueOf(catalog->MembersOf(full.parent)).at(0).symbol, full);
  EXPECT_FALSE(ValueOf(catalog->SymbolById(9999)).has_value());
}

TEST(Catalog, EveryFieldOfFilesChunksAndCallsComesBack) {
  TempDir dir;
  FileUpdate file = FileWithChunks("a.py", 1, 4, 1);
  file.file.role = FileRole::kTest;
  file.chunks[0] = {ChunkKind::kUsage,         "cdp.query", "cdp query",
                    "def f(\xc3\xa9)",         "doc\n",     std::string("body\0z", 6),
                    {2, 9, 11, 4'000'000'000u}};
  CallSite call{"a.f", "x.f", {"k", "l"}, 2, true, "a.main", {3, 4, 5, 6}, {7, 8, 9, 10}};
  file.facts.call_sites = {call};
  file.facts.symbols.push_back(testing::Function("a", "f"));
  Store(dir.path(), {file});
  auto catalog = OpenOrDie(dir.path());

  const auto files = ValueOf(catalog->Files());
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].root, "/src");
  EXPECT_EQ(files[0].path, "a.py");
  EXPECT_EQ(files[0].digest, "d-a.py");
  EXPECT_EQ(files[0].size, 100);
  EXPECT_EQ(files[0].mtime_ns, 123456789);
  EXPECT_EQ(files[0].role, FileRole::kTest);
  EXPECT_EQ(files[0].module, "a");
  EXPECT_EQ(ValueOf(catalog->File(files[0].id))->path, "a.py");

  const auto chunks = ValueOf(catalog->ChunksOf("cdp.query"));
  ASSERT_EQ(chunks.size(), 1u);
  const Chunk& chunk = chunks[0].chunk;
  EXPECT_EQ(chunks[0].file_id, files[0].id);
  EXPECT_EQ(chunk.kind, ChunkKind::kUsage);
  EXPECT_EQ(chunk.name, "cdp query");
  EXPECT_EQ(chunk.signature, "def f(\xc3\xa9)");
  EXPECT_EQ(chunk.doc, "doc\n");
  EXPECT_EQ(chunk.body, std::string("body\0z", 6));
  ExpectSame(chunk.range, {2, 9, 11, 4'000'000'000u});
  EXPECT_EQ(ValueOf(catalog->ChunkById(chunks[0].id))->chunk.name, "cdp query");

  const auto calls = ValueOf(catalog->CallersOf("a.f", 10));
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].file_id, files[0].id);
  EXPECT_EQ(calls[0].resolved, "a.f");
  EXPECT_EQ(calls[0].call.target, "a.f");
  EXPECT_EQ(calls[0].call.written, "x.f");
  EXPECT_EQ(calls[0].call.keywords, (std::vector<std::string>{"k", "l"}));
  EXPECT_EQ(calls[0].call.positional_count, 2);
  EXPECT_TRUE(calls[0].call.has_star_args);
  EXPECT_EQ(calls[0].call.caller, "a.main");
  ExpectSame(calls[0].call.range, {3, 4, 5, 6});
  ExpectSame(calls[0].call.statement, {7, 8, 9, 10});

  const auto vectors = ValueOf(catalog->Vectors());
  EXPECT_EQ(vectors.ids, (std::vector<int64_t>{chunks[0].id}));
  EXPECT_EQ(vectors.values, file.vectors);
  EXPECT_EQ(vectors.dimensions, 4u);
  EXPECT_EQ(vectors.commit, 1);
}

TEST(Catalog, MetaAndWeightsComeBack) {
  TempDir dir;
  {
    auto writer = BeginOrDie(dir.path());
    CatalogMeta meta = ValueOf(writer->Meta());
    EXPECT_EQ(meta.format, kCatalogFormat);
    meta.embedder = "hashed/256";
    meta.source_revision = "abc-dirty";
    ASSERT_TRUE(writer->SetMeta(meta).ok());
    const std::pair<std::string, float> weights[] = {{"write", 1.5f}, {"audienc", 0.25f}};
    ASSERT_TRUE(writer->SetCorpusWeights(weights, "w1").ok());
    ASSERT_TRUE(
        writer->SetOwnTerms(TermVectors({"frob", "zorblat"}, {0.5f, 2.0f}, {1, -2, 3, 127})).ok());
    EXPECT_EQ(ValueOf(writer->Commit()), 1);
  }
  auto catalog = OpenOrDie(dir.path());
  const CatalogMeta meta = ValueOf(catalog->Meta());
  EXPECT_EQ(meta.commit, 1);
  EXPECT_EQ(meta.embedder, "hashed/256");
  EXPECT_EQ(meta.weights_id, "w1");
  EXPECT_EQ(meta.source_revision, "abc-dirty");
  const std::vector<std::pair<std::string, float>> sorted = {{"audienc", 0.25f}, {"write", 1.5f}};
  EXPECT_EQ(ValueOf(catalog->CorpusWeights()), sorted);
  const TermVectors own = ValueOf(catalog->OwnTerms());
  EXPECT_EQ(own.terms(), (std::vector<std::string>{"frob", "zorblat"}));
  EXPECT_EQ(own.scales(), (std::vector<float>{0.5f, 2.0f}));
  EXPECT_EQ(own.rows(), (std::vector<int8_t>{1, -2, 3, 127}));
}

TEST(Catalog, ImportNamesAndTargetsFollowReexports) {
  TempDir dir;
  Store(dir.path(), SampleFiles());
  auto catalog = OpenOrDie(dir.path());
  EXPECT_EQ(ValueOf(catalog->SymbolsNamed("cdp_client.query")).at(0).symbol.qualified_name,
            "cdp_client.core.query");
  EXPECT_EQ(ValueOf(catalog->SymbolsNamed("audience_io.writer.write_audience")).at(0).import_name,
            "audience_io.write_audience");
  EXPECT_EQ(ValueOf(catalog->ResolveName("cdp_client.Session.close")),
            "cdp_client.core.Base.close");
  EXPECT_EQ(ValueOf(catalog->ResolveName("audience_io._check")), std::nullopt);
  EXPECT_EQ(ValueOf(catalog->ResolveName("pandas.read_csv")), std::nullopt);

  const auto callers = ValueOf(catalog->CallersOf("cdp_client.core.Base.close", 10));
  ASSERT_EQ(callers.size(), 1u);
  EXPECT_EQ(callers[0].call.target, "cdp_client.Session.close");
  EXPECT_TRUE(ValueOf(catalog->CallersOf("", 10)).empty());
}

TEST(Catalog, AnEditedInitMovesNamesOfOtherFiles) {
  TempDir dir;
  Store(dir.path(), SampleFiles());
  auto catalog = OpenOrDie(dir.path());
  EXPECT_EQ(ValueOf(catalog->ResolveName("cdp_client.query")), "cdp_client.core.query");
  FileUpdate init = File("cdp_client/__init__.py", "cdp_client", {});
  testing::AddImport(&init, "cdp_client.core", "query", "run_query");
  EXPECT_EQ(Store(dir.path(), {init}), 2);
  EXPECT_EQ(ValueOf(catalog->ResolveName("cdp_client.query")), std::nullopt);
  EXPECT_EQ(ValueOf(catalog->SymbolsNamed("cdp_client.core.query")).at(0).import_name,
            "cdp_client.run_query");
  EXPECT_TRUE(ValueOf(catalog->CallersOf("cdp_client.core.query", 10)).empty());
}

TEST(Catalog, CountsCallsAndWhatIsUsedTogether) {
  TempDir dir;
  std::vector<FileUpdate> files = SampleFiles();
  FileUpdate second = File("jobs/again.py", "", {});
  testing::AddCall(&second, "again", "cdp_client.query", 1);
  testing::AddCall(&second, "again", "cdp_client.query", 2);
  testing::AddCall(&second, "again", "audience_io.write_audience", 3);
  files.push_back(second);
  Store(dir.path(), files);
  auto catalog = OpenOrDie(dir.path());
  const auto queries = ValueOf(catalog->CallCountOf("cdp_client.core.query"));
  EXPECT_EQ(queries.count, 3);
  EXPECT_EQ(queries.from_scripts, 3);
  EXPECT_EQ(ValueOf(catalog->CallCountOf("cdp_client.core.Session")).from_scripts, 0);
  EXPECT_EQ(ValueOf(catalog->CallCountOf("nobody.knows")).count, 0);
  const auto together = ValueOf(catalog->UsedTogether("cdp_client.core.query", 10));
  ASSERT_EQ(together.size(), 2u);
  EXPECT_EQ(together[0].qualified_name, "audience_io.writer.write_audience");
  EXPECT_EQ(together[0].count, 2);
  EXPECT_EQ(together[0].from_scripts, 2);
  EXPECT_EQ(together[1].qualified_name, "cdp_client.core.Base.close");
  EXPECT_EQ(ValueOf(catalog->UsedTogether("cdp_client.core.query", 1)).size(), 1u);
}

TEST(Catalog, CallersFromScriptsComeFirst) {
  TempDir dir;
  std::vector<FileUpdate> files = SampleFiles();
  testing::AddCall(&files[3], "audience_io.writer.write_audience", "cdp_client.query", 1);
  Store(dir.path(), files);
  auto catalog = OpenOrDie(dir.path());
  const auto callers = ValueOf(catalog->CallersOf("cdp_client.core.query", 10));
  ASSERT_EQ(callers.size(), 2u);
  EXPECT_EQ(callers[0].call.caller, "score.main");
  EXPECT_EQ(ValueOf(catalog->CallersOf("cdp_client.core.query", 1)).size(), 1u);
}

TEST(Catalog, UsageChunksAreFoundByTheDefinedName) {
  TempDir dir;
  std::vector<FileUpdate> files = SampleFiles();
  files[4].chunks.push_back({ChunkKind::kUsage, "cdp_client.query", "", "", "", "x", {}});
  Store(dir.path(), files);
  EXPECT_EQ(ValueOf(OpenOrDie(dir.path())->ChunksOf("cdp_client.core.query")).size(), 1u);
}

TEST(Catalog, FullTextRanksNamesAboveBodies) {
  TempDir dir;
  FileUpdate file = FileWithChunks("a.py", 3, 0, 1);
  file.chunks[0].body = "writes the audience somewhere; nothing else is said about it here";
  file.chunks[1].name = "audience_io write_audience";
  file.chunks[2].body = "unrelated";
  Store(dir.path(), {file});
  auto catalog = OpenOrDie(dir.path());
  // Terms are given stemmed, as terms.h makes them.
  const std::vector<std::string> terms = {"audienc", "write", "\"", "", "missing"};
  const auto matches = ValueOf(catalog->SearchText(terms, 10));
  ASSERT_EQ(matches.size(), 2u);
  EXPECT_EQ(ValueOf(catalog->ChunkById(matches[0].chunk_id))->chunk.name,
            "audience_io write_audience");
  EXPECT_GT(matches[0].score, matches[1].score);
  EXPECT_EQ(ValueOf(catalog->SearchText(terms, 1)).size(), 1u);
  EXPECT_TRUE(ValueOf(catalog->SearchText({}, 10)).empty());
}

TEST(Catalog, FullTextSurvivesAnyTerm) {
  TempDir dir;
  FileUpdate file = FileWithChunks("a.py", 1, 0, 1);
  file.chunks[0].body = "\xc3\xa9t\xc3\xa9";
  Store(dir.path(), {file});
  auto catalog = OpenOrDie(dir.path());
  EXPECT_EQ(ValueOf(catalog->SearchText(std::vector<std::string>{"\xc3\xa9t\xc3\xa9"}, 5)).size(),
            1u);
  std::vector<std::string> odd = {
      "NEAR", "OR", "a*", "body:x", "^a", "-", "\xff", "(", std::string("a\0b", 3)};
  for (int i = 0; i < 2000; ++i) odd.push_back(std::to_string(i).append("t"));
  EXPECT_TRUE(catalog->SearchText(odd, 5).ok());
}

TEST(Catalog, AFileIsReplacedWhole) {
  TempDir dir;
  Store(dir.path(), {FileWithChunks("a.py", 5, 4, 1), FileWithChunks("b.py", 2, 4, 2)});
  auto catalog = OpenOrDie(dir.path());
  const auto before = ValueOf(catalog->Vectors());
  const auto files_before = ValueOf(catalog->Files());
  FileUpdate edited = FileWithChunks("a.py", 3, 4, 3);
  edited.chunks[0].body = "zebra";
  Store(dir.path(), {edited});
  EXPECT_EQ(ValueOf(catalog->Files()).at(0).id, files_before.at(0).id);
  const auto after = ValueOf(catalog->Vectors());
  ASSERT_EQ(after.ids.size(), 5u);
  for (size_t i = 0; i < 3; ++i) EXPECT_GT(after.ids[i], before.ids.back());
  EXPECT_EQ(ValueOf(catalog->SearchText(std::vector<std::string>{"zebra"}, 5)).size(), 1u);
  EXPECT_EQ(ValueOf(catalog->SearchText(std::vector<std::string>{"bodi"}, 50)).size(), 4u);
  EXPECT_EQ(ValueOf(catalog->Counts()).chunks, 5u);
}

TEST(Catalog, RemovedFileLeavesNothing) {
  TempDir dir;
  Store(dir.path(), SampleFiles());
  auto writer = BeginOrDie(dir.path());
  for (const FileRow& file : ValueOf(writer->Files())) {
    ASSERT_TRUE(writer->RemoveFile(file.id).ok());
  }
  EXPECT_EQ(ValueOf(writer->Commit()), 2);
  auto catalog = OpenOrDie(dir.path());
  const CatalogCounts counts = ValueOf(catalog->Counts());
  EXPECT_EQ(counts.files + counts.symbols + counts.chunks + counts.call_sites, 0u);
  EXPECT_TRUE(ValueOf(catalog->Names()).empty());
  EXPECT_EQ(ValueOf(catalog->ResolveName("cdp_client.query")), std::nullopt);
}

TEST(Catalog, NewIdsAreNeverOldOnes) {
  TempDir dir;
  Store(dir.path(), {FileWithChunks("a.py", 5, 4, 1)});
  const int64_t last = ValueOf(OpenOrDie(dir.path())->Vectors()).ids.back();
  {
    auto writer = ValueOf(CatalogWriter::BeginRebuild(dir.path()));
    ASSERT_TRUE(writer->PutFile(FileWithChunks("a.py", 5, 4, 1)).ok());
    ValueOf(writer->Commit());
  }
  EXPECT_GT(ValueOf(OpenOrDie(dir.path())->Vectors()).ids.front(), last);
}

TEST(Catalog, VectorRunsTellWhatVectorsHold) {
  TempDir dir;
  Store(dir.path(), {FileWithChunks("a.py", 5, 4, 1), FileWithChunks("b.py", 2, 4, 2)});
  Store(dir.path(), {FileWithChunks("a.py", 1, 4, 3)});
  auto catalog = OpenOrDie(dir.path());
  const auto runs = ValueOf(catalog->ListVectors());
  EXPECT_EQ(runs.total, 3u);
  EXPECT_EQ(runs.dimensions, 4u);
  EXPECT_EQ(runs.commit, 2);
  std::vector<int64_t> ids;
  for (const auto& run : runs.runs) {
    for (int64_t i = 0; i < run.count; ++i) ids.push_back(run.first_id + i);
  }
  EXPECT_EQ(ids, ValueOf(catalog->VectorsFrom(0)).ids);
  EXPECT_EQ(ValueOf(catalog->VectorsFrom(ids.back())).ids, (std::vector<int64_t>{ids.back()}));
}

TEST(Catalog, CommitNumberGrowsOnlyWithChanges) {
  TempDir dir;
  EXPECT_EQ(Store(dir.path(), SampleFiles()), 1);
  EXPECT_EQ(Store(dir.path(), {}), 1);
  {
    auto writer = BeginOrDie(dir.path());
    const FileRow file = ValueOf(writer->Files()).front();
    ASSERT_TRUE(writer->TouchFile(file.id, 42).ok());
    ASSERT_TRUE(writer->SetMeta(ValueOf(writer->Meta())).ok());
    EXPECT_EQ(ValueOf(writer->Commit()), 1);
  }
  EXPECT_EQ(ValueOf(OpenOrDie(dir.path())->Files()).front().mtime_ns, 42);
  EXPECT_EQ(Store(dir.path(), {SampleFiles().front()}), 2);
}

TEST(Catalog, DroppedWriterLeavesTheIndexAsItWas) {
  TempDir dir;
  Store(dir.path(), SampleFiles());
  {
    auto writer = BeginOrDie(dir.path());
    ASSERT_TRUE(writer->Clear().ok());
    ASSERT_TRUE(writer->PutFile(FileWithChunks("z.py", 3, 4, 1)).ok());
  }
  auto catalog = OpenOrDie(dir.path());
  EXPECT_EQ(ValueOf(catalog->Files()).size(), 5u);
  EXPECT_EQ(ValueOf(catalog->Meta()).commit, 1);
}

TEST(Catalog, NamesListEverySymbolOnce) {
  TempDir dir;
  Store(dir.path(), SampleFiles());
  std::set<std::string> names;
  for (const auto& entry : ValueOf(OpenOrDie(dir.path())->Names())) {
    EXPECT_TRUE(names.insert(entry.qualified_name).second);
    if (entry.qualified_name == "score.main") {
      EXPECT_EQ(entry.role, FileRole::kScript);
      EXPECT_EQ(entry.kind, SymbolKind::kFunction);
    }
  }
  EXPECT_EQ(names.size(), 13u);
}

}  // namespace
}  // namespace inhouse
