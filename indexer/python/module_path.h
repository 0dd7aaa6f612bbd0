// Path of a file → the dotted path under which people import it, and what the
// file is for. Pure: whoever lists the tree says which folders hold what.
//
//   libs/cdp_client/core.py      cdp_client.core        (__init__.py beside it)
//   src/google/cloud/store/x.py  google.cloud.store.x   (src layout, namespace)
//   libs/metrics.py              metrics                (single-file library)
//   jobs/daily.py                ""                     (script: not imported)
//
// The package root is found upward through `__init__.py`. Folders above it are
// namespace packages if they lie below a folder called `src` or holding a build
// file (pyproject.toml, setup.py, setup.cfg), unless they merely collect things
// (libs, packages, services …). A file in no package begins its path at the
// nearest such folder, else at the root.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "indexer/python/symbol.h"

namespace inhouse {

// What the tree below one root looks like. Folders are relative to the root,
// '/' between parts; "" is the root itself.
struct TreeLayout {
  std::set<std::string, std::less<>> packages;  // folders with __init__.py or __init__.pyi
  std::set<std::string, std::less<>> projects;  // folders with a build file
  // The dotted path of the root itself, when the root lies inside a package
  // ("sklearn.cluster" for …/sklearn/cluster); "" otherwise.
  std::string root_package;
  // The root's own name ("jobs"): it counts as one of the folders of files that
  // are in no package.
  std::string root_name;
};

struct ModulePath {
  std::string module;  // "" if the file cannot be imported by a name
  bool is_package = false;
};

ModulePath ModuleOf(std::string_view path, const TreeLayout& layout);

// What the file is for, by its name, its folders and its package. Tests are
// tests even inside packages; folders such as `scripts` and `examples` count
// only where they are not packages.
FileRole RoleOf(std::string_view path, const TreeLayout& layout);

}  // namespace inhouse
