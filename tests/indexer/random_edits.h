// A folder of sources that changes at random: edits, renames, deletions and whole
// states that come back; and the same index made from nothing, to compare with.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "tests/indexer/library.h"

namespace inhouse::testing {

using Tree = std::map<std::string, std::string>;  // path → text

template <typename T>
T ValueOf(Result<T> result) {
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  return result.ok() ? std::move(result).value() : T();
}

// The folder as the tree says; files that stay as they are keep their stamps.
inline void Apply(Library& library, const Tree& before, const Tree& after, int stamp) {
  for (const auto& [path, text] : before) {
    if (!after.contains(path)) std::filesystem::remove(library.root() / path);
  }
  for (const auto& [path, text] : after) {
    const auto old = before.find(path);
    if (old == before.end() || old->second != text) library.Write(path, text, stamp);
  }
}

// An empty index that has the weights of another, and its vectors of its own words.
inline void TakeWeights(Library& from, const std::filesystem::path& to) {
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

// The index of the library's sources made from nothing with the same weights; its folder.
inline std::filesystem::path MakeFresh(Library& library) {
  IndexOptions fresh = library.Options();
  fresh.index_dir = library.path() / "fresh";
  TakeWeights(library, fresh.index_dir);
  library.Update(fresh);
  return fresh.index_dir;
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

  // Indexes a random tree, then changes it and updates the index `steps` times.
  void Run(Library& library, int steps) {
    Tree tree;
    for (int i = 0; i < 8; ++i) Change(&tree);
    Apply(library, {}, tree, 100'000);
    library.Update();
    Tree branch = tree;
    for (int step = 0; step < steps; ++step) {
      Tree next = tree;
      if (Below(6) == 0) {
        std::swap(next, branch);  // a switch of branches
      } else {
        for (size_t i = 1 + Below(3); i > 0; --i) Change(&next);
      }
      Apply(library, tree, next, 90'000 - step * 10);
      tree = std::move(next);
      library.Update();
    }
  }

 private:
  std::mt19937 random_;
};

}  // namespace inhouse::testing
