// A folder of sources and its index, for tests of updates.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/indexer.h"
#include "indexer/store/catalog.h"
#include "tests/support/temp_dir.h"

namespace inhouse::testing {

class Library {
 public:
  std::filesystem::path root() const { return dir_.path() / "libs"; }
  std::filesystem::path index() const { return dir_.path() / "index"; }
  std::filesystem::path path() const { return dir_.path(); }

  // Written as if ten seconds ago, so that its time stamp can be trusted.
  void Write(const std::string& path, std::string_view text, int seconds_ago = 10) {
    const auto file = root() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    std::filesystem::last_write_time(
        file, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds_ago));
  }

  IndexOptions Options() const {
    IndexOptions options;
    options.roots = {root()};
    options.index_dir = index();
    options.threads = 2;
    return options;
  }

  IndexReport Update() { return Update(Options()); }
  IndexReport Update(const IndexOptions& options) {
    const bool keeps = keeps_memory_ && options.index_dir == index();
    Result<IndexReport> report = keeps ? UpdateIndex(options, &memory_) : UpdateIndex(options);
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message);
    return report.ok() ? std::move(*report) : IndexReport();
  }

  // From now on updates are of one process, which remembers what it learned.
  void KeepMemory() { keeps_memory_ = true; }

  std::unique_ptr<Catalog> Open() const {
    Result<std::unique_ptr<Catalog>> catalog = Catalog::Open(index());
    EXPECT_TRUE(catalog.ok());
    return catalog.ok() ? std::move(*catalog) : nullptr;
  }

  // Defined names of all symbols, in the order of the index.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    const auto catalog = Open();
    if (catalog == nullptr) return names;
    const auto entries = catalog->Names();
    EXPECT_TRUE(entries.ok());
    for (const Catalog::NameEntry& entry : *entries) names.push_back(entry.qualified_name);
    return names;
  }

  bool Has(std::string_view name) const {
    for (const std::string& found : Names()) {
      if (found == name) return true;
    }
    return false;
  }

 private:
  TempDir dir_;
  bool keeps_memory_ = false;
  UpdateMemory memory_;
};

}  // namespace inhouse::testing
