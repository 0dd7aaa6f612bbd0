// A small house library as facts, and short ways to write and read catalogs of it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/store/catalog.h"

namespace inhouse::testing {

// A symbol with every field set to something of its own.
Symbol FullSymbol();

// A function of a module, and a class with its methods.
Symbol Function(const std::string& module, const std::string& name);
Symbol Class(const std::string& module, const std::string& name, std::vector<std::string> bases);
Symbol Method(const std::string& class_name, const std::string& module, const std::string& name);

// A file with its module symbol in front. `module` "" makes a script named by its path.
FileUpdate File(const std::string& path, const std::string& module, std::vector<Symbol> symbols);
// The same with `count` chunks "body N", each with a vector of `dimensions`
// small numbers that depend on `seed`.
FileUpdate FileWithChunks(const std::string& path, size_t count, size_t dimensions, uint32_t seed);

// "m7.py"
std::string Numbered(const char* stem, uint32_t number);

void AddImport(FileUpdate* file, const std::string& module, const std::string& name,
               const std::string& alias);
void AddCall(FileUpdate* file, const std::string& caller, const std::string& target, int line);

// cdp_client (core, __init__), audience_io (writer, __init__) and a script that calls both.
std::vector<FileUpdate> SampleFiles();

std::unique_ptr<CatalogWriter> BeginOrDie(const std::filesystem::path& index_dir);
std::unique_ptr<Catalog> OpenOrDie(const std::filesystem::path& index_dir);
// One update with these files; returns the commit.
int64_t Store(const std::filesystem::path& index_dir, const std::vector<FileUpdate>& files);

template <typename T>
T ValueOf(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.error().message;
  if (!result.ok()) std::abort();
  return std::move(result).value();
}

}  // namespace inhouse::testing
