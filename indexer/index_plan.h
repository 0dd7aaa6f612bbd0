// What an index update has to look at: the roots as given → their files, beside
// what the catalog holds of them.
//
// A root inside an indexed one updates that part of it; indexed roots inside a
// new one are taken over by it. A file below two roots belongs to the first.
//
// Removed roots lose all their rows, whatever stands on the disk.
//
// What cannot be read for the moment is not gone: a file or folder without
// permission keeps its rows, and a root that has no source file at all any more,
// though the index knows some, is an error (a share that is not mounted, a wrong
// checkout).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/indexer.h"
#include "indexer/python/source_tree.h"
#include "indexer/store/catalog.h"

namespace inhouse {

// The stub beside a source file, or the source beside a stub: they are read
// together (stub_merge.h).
struct Partner {
  SourceFile source;
  std::string known_digest;  // "" if the catalog does not know it
};

struct PlannedFile {
  std::string root;  // absolute
  SourceFile source;
  const FileRow* known = nullptr;  // what the catalog says of it, or null; of `indexed`
  bool is_root = false;            // named by the user itself
  bool same_stamp = false;         // size and time are as they were, the partner's too
  std::optional<Partner> partner;
  bool lost_partner = false;  // it had one when it was indexed
  bool moved = false;         // its module or role is another, whatever its bytes
};

struct IndexPlan {
  std::vector<std::filesystem::path> roots;    // absolute, as listed
  std::vector<std::filesystem::path> folders;  // that were looked into
  std::vector<PlannedFile> files;              // in (root, path) order
  std::vector<FileRow> gone;                   // indexed, but no longer there
  std::vector<FileReport> skipped;
  std::set<std::string, std::less<>> packages;  // top-level, of the index after the update
  bool packages_changed = false;                // since what the catalog holds
};

// `indexed` must outlive the plan. Errors: kBadInput (a root is missing, holds no
// source file, or is none; a removed root is not in the index).
Result<IndexPlan> MakeIndexPlan(const IndexOptions& options, const std::vector<FileRow>& indexed);

}  // namespace inhouse
