#include "indexer/python/module_path.h"

#include <algorithm>
#include <array>

#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

constexpr size_t kNone = std::string_view::npos;

// Folders that collect projects and packages and are no package themselves.
constexpr std::array<std::string_view, 22> kContainers = {
    "lib",        "libs",    "packages", "package", "pkgs",     "projects",     "services", "apps",
    "components", "modules", "python",   "py",      "monorepo", "plugins",      "backend",  "code",
    "internal",   "shared",  "sources",  "Lib",     "lib64",    "site-packages"};

constexpr std::array<std::string_view, 22> kScriptFolders = {
    "scripts",   "script",  "jobs",     "job",      "examples", "example",
    "bin",       "tools",   "dags",     "demo",     "demos",    "benchmarks",
    "bench",     "recipes", "cookbook", "samples",  "tutorial", "tutorials",
    "notebooks", "docs",    "doc",      "pipelines"};

constexpr std::array<std::string_view, 8> kScriptNames = {
    "setup.py", "noxfile.py", "conf.py",       "fabfile.py",
    "tasks.py", "manage.py",  "versioneer.py", "dodo.py"};

std::string_view Folder(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == kNone ? std::string_view() : path.substr(0, slash);
}

std::string_view LastPart(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == kNone ? path : path.substr(slash + 1);
}

// Bytes above 127 count as letters: Python allows Unicode names.
bool IsIdentifier(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

std::string_view Stem(std::string_view name) { return name.substr(0, name.rfind('.')); }

// The name that a folder has in an import: stub packages are called X-stubs.
std::string_view PackageName(std::string_view folder) {
  std::string_view name = LastPart(folder);
  if (name.ends_with("-stubs")) name.remove_suffix(6);
  return name;
}

void Prepend(std::string_view part, std::string* dotted) {
  *dotted = dotted->empty() ? std::string(part) : std::string(part) + "." + *dotted;
}

// Namespace packages above `folder`, put before `dotted`. Above a regular
// package they count only below a `src` folder or a project: otherwise a folder
// that happens to hold packages would become part of their names.
// Precondition: `folder` itself is no regular package.
void PrependNamespaces(std::string_view folder, bool regular, const TreeLayout& layout,
                       std::string* dotted) {
  std::string prefix;
  bool evidence = !regular;
  for (;; folder = Folder(folder)) {
    const std::string_view name = LastPart(folder);
    if (name == "src" || layout.projects.contains(folder)) {
      evidence = true;
      break;
    }
    if (folder.empty() || Among(kContainers, name) || !IsIdentifier(name)) break;
    Prepend(name, &prefix);
  }
  if (evidence && !prefix.empty()) Prepend(prefix, dotted);
}

// True if one of the folders that are no packages is called by such a name.
bool BelowScriptFolder(std::string_view folder, const TreeLayout& layout) {
  for (; !folder.empty(); folder = Folder(folder)) {
    if (Among(kScriptFolders, LastPart(folder)) && !layout.packages.contains(folder)) return true;
  }
  return false;
}

bool BelowTestFolder(std::string_view folder) {
  for (; !folder.empty(); folder = Folder(folder)) {
    const std::string_view name = LastPart(folder);
    if (name == "tests" || name == "test") return true;
  }
  return false;
}

}  // namespace

FileRole RoleOf(std::string_view path, const TreeLayout& layout) {
  const std::string_view name = LastPart(path);
  if (name.ends_with(".ipynb")) return FileRole::kNotebook;
  if (name.ends_with(".md") || name.ends_with(".rst")) return FileRole::kDocument;
  const std::string_view stem = Stem(name);
  if (stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest" ||
      BelowTestFolder(Folder(path))) {
    return FileRole::kTest;
  }
  const bool in_package = layout.packages.contains(Folder(path)) || !layout.root_package.empty();
  if (!in_package && BelowTestFolder(layout.root_name)) return FileRole::kTest;
  if (!in_package && Among(kScriptFolders, layout.root_name)) return FileRole::kScript;
  if (BelowScriptFolder(Folder(path), layout) || (!in_package && Among(kScriptNames, name))) {
    return FileRole::kScript;
  }
  return FileRole::kLibrary;
}

ModulePath ModuleOf(std::string_view path, const TreeLayout& layout) {
  ModulePath result;
  std::string_view folder = Folder(path);
  const std::string_view stem = Stem(LastPart(path));
  const bool in_package = layout.packages.contains(folder);
  if (!in_package && RoleOf(path, layout) != FileRole::kLibrary) return result;
  result.is_package = stem == "__init__";
  if (!result.is_package) {
    if (!IsIdentifier(stem)) return result;
    result.module = stem;
  }
  for (; layout.packages.contains(folder); folder = Folder(folder)) {
    if (folder.empty()) break;
    Prepend(PackageName(folder), &result.module);
  }
  if (folder.empty()) {
    if (!layout.root_package.empty()) Prepend(layout.root_package, &result.module);
  } else {
    PrependNamespaces(folder, in_package, layout, &result.module);
  }
  return result;
}

}  // namespace inhouse
