// A small house on disk and in an index: two libraries, a script, a test, with
// re-exports, private names, a deprecated function, inherited methods and names
// that several symbols share. Stored through CatalogWriter alone.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "indexer/store/catalog.h"
#include "retriever/retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse::testing {

// A file's text and facts, told one definition after the other. Ranges are found
// in the text: a definition reaches to the next line without indentation.
class HouseFile {
 public:
  // `module` "" makes a script.
  HouseFile(std::string path, std::string module, FileRole role, std::string text);

  // "write_audience", or "Destination.write" for a method. Returns it for more facts.
  Symbol& Define(const std::string& name, SymbolKind kind, Docstring doc,
                 std::vector<Parameter> parameters = {}, std::string returns = "");
  void Import(const std::string& module, const std::string& name);
  // The first line that holds `text` calls `target` in `caller`.
  void Call(const std::string& caller, const std::string& target, const std::string& text);

  // Writes the text below `root` and completes the facts: chunks and vectors.
  FileUpdate Finish(const std::filesystem::path& root);

 private:
  std::string path_, module_, text_;
  FileUpdate update_;
};

Docstring Doc(std::string summary, std::string description = "");
Parameter Positional(std::string name, std::string annotation);
Parameter KeywordOnly(std::string name, std::string annotation, std::string default_value);

class House {
 public:
  House();

  std::filesystem::path root() const { return dir_.path() / "src"; }
  std::filesystem::path index() const { return dir_.path() / "index"; }
  // One more file, as an update of its own.
  void Add(HouseFile file);
  // As if that embedder had made the vectors.
  void NameEmbedder(std::string id);
  std::unique_ptr<Retriever> Open() const;

 private:
  void Store(std::vector<HouseFile> files);
  TempDir dir_;
};

std::vector<std::string> SymbolsOf(const SearchAnswer& answer);
std::vector<std::string> SymbolsOf(const ContextPack& pack);
SearchAnswer SearchOrDie(Retriever& retriever, std::string_view text,
                         const SearchOptions& options = {});

template <typename T>
T ValueOf(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.error().message;
  if (!result.ok()) std::abort();
  return std::move(result).value();
}

}  // namespace inhouse::testing
