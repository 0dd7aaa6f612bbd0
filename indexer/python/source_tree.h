// Which files below a root are read, and what each of them is.
//
//   ASSIGN_OR_RETURN(SourceListing listing, ListSources("libs", {}));
//   for (const SourceFile& file : listing.files) … ReadFile(file.os_path) …
//
// Read: .py, .pyi, .pyw, .ipynb, .md, .rst. Left out: what .gitignore and
// .inhouseignore files (nested, with git's semantics; also those between the
// root and the top of its repository) and `exclude` name; environments, caches
// and build folders; files above the size limit; symbolic links (their targets
// can be roots of their own), which also ends every loop; other worktrees of
// the same repository. Every source file or folder left out is in `skipped`
// with its reason, except .git and the like, __pycache__, and files of other
// kinds. Order: by path, bytewise, so that nothing depends on the file system.
// Never follows a link below the root; holds one descriptor per level.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/python/module_path.h"
#include "indexer/python/symbol.h"

namespace inhouse {

enum class SourceFormat : uint8_t { kPython, kStub, kNotebook, kMarkdown, kReStructured };

struct SourceFile {
  // Relative to the root, '/' between parts. Always valid UTF-8 without control
  // characters: other bytes, and backslashes, are written as \xNN.
  std::string path;
  std::string os_path;  // to open it: exact bytes; root, '/', path
  SourceFormat format = SourceFormat::kPython;
  FileRole role = FileRole::kLibrary;
  std::string module;  // dotted import path; "" for scripts
  bool is_package = false;
  int64_t size = 0;
  int64_t mtime_ns = 0;
};

struct SkippedFile {
  std::string path;         // as SourceFile::path; a folder ends with '/'
  std::string reason;       // "ignored by .gitignore line 3", "larger than 8388608 bytes"
  bool unreadable = false;  // for the moment: what is known of it may still hold
  bool by_rule = false;     // an ignore file or a pattern asked for it
};

struct SourceTreeOptions {
  std::vector<std::string>
      exclude;  // gitignore-style, relative to the root; decide before all else
  int64_t max_file_bytes = int64_t{8} << 20;  // .ipynb: four times as much (outputs lie inside)
  size_t max_files = 2'000'000;
  int max_depth = 128;
};

struct SourceListing {
  std::vector<SourceFile> files;
  std::vector<std::filesystem::path> folders;  // that were looked into; of a single file its own
  std::vector<SkippedFile> skipped;
};

// `root` may be a single file, which is then read whatever ignore files say; one
// without a known suffix must begin with a #! line that names python.
// Errors: kBadInput (root missing, unreadable, neither file nor folder, no Python),
// kLimit (more than max_files).
Result<SourceListing> ListSources(const std::filesystem::path& root,
                                  const SourceTreeOptions& options);

// Whether a file of that name may be a source, and whether a folder of that name
// is never looked into.
bool IsSourceName(std::string_view name);
bool IsNeverListed(std::string_view name);

// A name as it stands in SourceFile::path, and back.
std::string PrintablePath(std::string_view bytes);
std::string RawPath(std::string_view printable);

}  // namespace inhouse
