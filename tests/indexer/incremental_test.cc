// An incremental index equals a fresh one: random edits, renames, deletions and
// whole states of the tree that come back, against an index made from nothing
// with the same weights. INHOUSE_LONG=1 runs many more sequences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "indexer/base/digest.h"
#include "tests/indexer/library.h"
#include "tests/indexer/random_edits.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

using testing::Editor;
using testing::Library;
using testing::MakeFresh;
using testing::Tree;
using testing::ValueOf;

// Everything that answers are made of, without ids and time stamps.
std::string Dump(Catalog& catalog) {
  std::string text;
  std::map<int64_t, std::string> files;
  for (const FileRow& file : ValueOf(catalog.Files())) {
    files[file.id] = file.path;
    text += "file " + file.path + " " + file.digest + " " + file.module + " " +
            std::to_string(static_cast<int>(file.role)) + "\n";
  }
  const auto vectors = ValueOf(catalog.Vectors());
  std::map<int64_t, std::string> rows;
  for (size_t i = 0; i < vectors.ids.size(); ++i) {
    const auto begin = vectors.values.begin() + static_cast<std::ptrdiff_t>(i * vectors.dimensions);
    rows[vectors.ids[i]].assign(begin, begin + static_cast<std::ptrdiff_t>(vectors.dimensions));
  }
  for (const Catalog::NameEntry& entry : ValueOf(catalog.Names())) {
    const auto& name = entry.qualified_name;
    const auto symbol = ValueOf(catalog.SymbolById(entry.symbol_id));
    text += "symbol " + entry.import_name + " = " + name + " in " + files[symbol->file_id] + ":" +
            std::to_string(symbol->symbol.range.start_line) + " " + symbol->symbol.doc.summary;
    for (const Parameter& parameter : symbol->symbol.signature.parameters) {
      text += " " + parameter.name + ":" + parameter.annotation;
    }
    text += "\n";
    for (const ChunkRow& row : ValueOf(catalog.ChunksOf(name))) {
      text += "  chunk " + files[row.file_id] + " " + row.chunk.name + "|" + row.chunk.signature +
              "|" + row.chunk.doc + "|" + row.chunk.body + "|" + Xxh3Hex(rows[row.id]) + "\n";
    }
    for (const CallSiteRow& call : ValueOf(catalog.CallersOf(name, 100))) {
      text += "  call " + files[call.file_id] + " " + call.call.written + " " +
              std::to_string(call.call.range.start_line) + "\n";
    }
    for (const auto& other : ValueOf(catalog.UsedTogether(name, 100))) {
      text += "  with " + other.qualified_name + " " + std::to_string(other.count) + "\n";
    }
  }
  const CatalogCounts counts = ValueOf(catalog.Counts());
  text += std::to_string(counts.symbols) + " " + std::to_string(counts.chunks) + " " +
          std::to_string(counts.call_sites) + "\n";
  // Full text: which chunks match, and how well.
  for (const char* term : {"alpha", "beta", "load", "run", "valu"}) {
    const std::vector<std::string> terms = {term};
    std::vector<std::string> matches;
    for (const LexicalMatch& match : ValueOf(catalog.SearchText(terms, 1000))) {
      const auto chunk = ValueOf(catalog.ChunkById(match.chunk_id));
      matches.push_back(files[chunk->file_id] + " " + chunk->chunk.symbol + " " +
                        std::to_string(1e9 * match.score));
    }
    std::sort(matches.begin(), matches.end());
    for (const std::string& match : matches) text.append(term).append(" ").append(match) += "\n";
  }
  return text;
}

void RunSequence(unsigned seed, int steps, bool keeps_memory) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Library library;
  if (keeps_memory) library.KeepMemory();
  Editor editor(seed);
  editor.Run(library, steps);
  const auto fresh = ValueOf(Catalog::Open(MakeFresh(library)));
  ASSERT_EQ(Dump(*library.Open()), Dump(*fresh));
}

TEST(IncrementalTest, EqualsAFreshIndex) {
  const bool is_long = std::getenv("INHOUSE_LONG") != nullptr;
  const unsigned sequences = is_long ? 400 : 4;
  for (unsigned seed = 1; seed <= sequences; ++seed) {
    RunSequence(seed, is_long ? 25 : 8, seed % 2 == 0);
    if (::testing::Test::HasFailure()) return;
  }
}

// Another process deleted the index and made one of other roots: its commit has the number
// of the old one, and its files have the ids of others.
TEST(IncrementalTest, RemembersNothingOfAnIndexThatWasMadeAnew) {
  Library library;
  library.KeepMemory();
  for (const char* name : {"a", "b", "c"}) {
    library.Write(std::string(name) + ".py", std::string("def of_") + name + "(): pass\n");
  }
  library.Update();
  const fs::path other = library.path() / "another";
  fs::create_directories(other);
  for (const char* name : {"x", "y"}) {
    std::ofstream(other / (std::string(name) + ".py")) << "def of_" << name << "(): pass\n";
  }
  fs::remove_all(library.index());
  IndexOptions options = library.Options();
  options.roots = {other};
  ASSERT_TRUE(UpdateIndex(options).ok());
  fs::remove(library.root() / "a.py");
  library.Update();
  for (const char* name : {"b.of_b", "c.of_c", "x.of_x", "y.of_y"}) {
    EXPECT_TRUE(library.Has(name)) << name;
  }
  EXPECT_FALSE(library.Has("a.of_a"));
}

}  // namespace
}  // namespace inhouse
