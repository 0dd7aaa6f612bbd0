// An incremental index equals a fresh one: random edits, renames, deletions and
// whole states of the tree that come back, against an index made from nothing
// with the same weights. INHOUSE_LONG=1 runs many more sequences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include "indexer/base/digest.h"
#include "tests/indexer/library.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::Library;

using Tree = std::map<std::string, std::string>;  // path → text

template <typename T>
T ValueOf(Result<T> result) {
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  return result.ok() ? std::move(result).value() : T();
}

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
                        std::to_string(match.score));
    }
    std::sort(matches.begin(), matches.end());
    for (const std::string& match : matches) text.append(term).append(" ").append(match) += "\n";
  }
  return text;
}

class Editor {
 public:
  explicit Editor(unsigned seed) : random_(seed) {}

  size_t Below(size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random_);
  }
  const char* Word() {
    static constexpr const char* kWords[] = {"alpha", "beta", "gamma", "load", "run", "value"};
    return kWords[Below(std::size(kWords))];
  }

  std::string Path() {
    static constexpr const char* kPaths[] = {
        "house/__init__.py", "house/core.py",  "house/core.pyi",
        "house/io.py",       "house/sub/x.py", "house/sub/__init__.py",
        "other/__init__.py", "other/tools.py", "jobs/daily.py",
        "flat.py",           "docs/guide.md",  "docs/guide.rst",
        "tests/test_it.py"};
    return kPaths[Below(std::size(kPaths))];
  }

  std::string Text(const std::string& path) {
    std::string code;
    if (path.ends_with("__init__.py")) {
      static constexpr const char* kLines[] = {
          "from house.core import load\n",    "from .core import *\n",
          "from house.io import Base as B\n", "__all__ = ['load', 'run']\n",
          "import house.io as hio\n",         "def run(value): pass\n",
          "from other.tools import alpha\n"};
      for (size_t i = Below(4); i > 0; --i) code += kLines[Below(std::size(kLines))];
      return code;
    }
    static constexpr const char* kUses[] = {
        "import house\nhouse.load(1)\n", "from house import run as go\ngo(2)\n",
        "import other.tools as t\nt.alpha(t.beta())\n",
        "from house.io import Base\nBase().run(1)\n", "import flat\nflat.value()\n"};
    if (path.starts_with("docs/")) {
      const bool md = path.ends_with(".md");
      std::string use = kUses[Below(std::size(kUses))];
      if (md) return "# T\n\n```python\n" + use + "```\n";
      return "T\n=\n\n>>> " + use.replace(use.find('\n'), 1, "\n>>> ");
    }
    for (size_t i = Below(3); i > 0; --i) code += kUses[Below(std::size(kUses))];
    for (size_t i = 1 + Below(3); i > 0; --i) {
      const std::string name = Word(), other = Word();
      if (Below(3) == 0) {
        code += "class Base(object):\n    def " + name + "(self, " + other + ": int): pass\n";
      } else {
        code += "def " + name + "(" + other + "=1):\n    \"\"\"The " + other + ".\n\n    >>> " +
                name + "(3)\n    \"\"\"\n    return " + other + "\n";
      }
    }
    return code;
  }

  void Change(Tree* tree) {
    const std::string path = Path();
    switch (Below(5)) {
      case 0: tree->erase(path); break;
      case 1: {  // a rename
        if (tree->empty()) break;
        auto from = tree->begin();
        std::advance(from, static_cast<std::ptrdiff_t>(Below(tree->size())));
        (*tree)[path] = from->second;
        if (from->first != path) tree->erase(from);
        break;
      }
      case 2: (*tree)[path] += "\n# a comment\n"; break;
      default: (*tree)[path] = Text(path);
    }
    if (tree->empty()) (*tree)["flat.py"] = Text("flat.py");
  }

 private:
  std::mt19937 random_;
};

// The folder as the tree says; files that stay as they are keep their stamps.
void Apply(Library& library, const Tree& before, const Tree& after, int stamp) {
  for (const auto& [path, text] : before) {
    if (!after.contains(path)) fs::remove(library.root() / path);
  }
  for (const auto& [path, text] : after) {
    const auto old = before.find(path);
    if (old == before.end() || old->second != text) library.Write(path, text, stamp);
  }
}

// An empty index that has the weights of another, and its vectors of its own words.
void TakeWeights(Library& from, const fs::path& to) {
  const auto catalog = from.Open();
  const auto writer = ValueOf(CatalogWriter::Begin(to));
  const auto weights = ValueOf(catalog->CorpusWeights());
  const CatalogMeta meta = ValueOf(catalog->Meta());
  ASSERT_TRUE(writer->SetCorpusWeights(weights, meta.weights_id).ok());
  ASSERT_TRUE(
      writer->SetOwnTerms(ValueOf(ValueOf(CatalogWriter::Begin(from.index()))->OwnTerms())).ok());
  ASSERT_TRUE(writer->SetMeta(meta).ok());
  ASSERT_TRUE(writer->Commit().ok());
}

void RunSequence(unsigned seed, int steps) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Library library;
  Editor editor(seed);
  Tree tree, branch;
  for (int i = 0; i < 8; ++i) editor.Change(&tree);
  Apply(library, {}, tree, 100'000);
  library.Update();
  branch = tree;
  for (int step = 0; step < steps; ++step) {
    Tree next = tree;
    if (editor.Below(6) == 0) {
      std::swap(next, branch);  // a switch of branches
    } else {
      for (size_t i = 1 + editor.Below(3); i > 0; --i) editor.Change(&next);
    }
    Apply(library, tree, next, 90'000 - step * 10);
    tree = std::move(next);
    library.Update();
  }
  IndexOptions fresh = library.Options();
  fresh.index_dir = library.path() / "fresh";
  TakeWeights(library, fresh.index_dir);
  library.Update(fresh);
  const auto other = ValueOf(Catalog::Open(fresh.index_dir));
  ASSERT_EQ(Dump(*library.Open()), Dump(*other));
}

TEST(IncrementalTest, EqualsAFreshIndex) {
  const bool is_long = std::getenv("INHOUSE_LONG") != nullptr;
  const unsigned sequences = is_long ? 400 : 4;
  for (unsigned seed = 1; seed <= sequences; ++seed) {
    RunSequence(seed, is_long ? 25 : 8);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace inhouse
