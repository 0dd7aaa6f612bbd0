#include "indexer/python/source_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"
#include "indexer/python/ignore_rules.h"
#include "indexer/python/source_text.h"
#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using std::string_view;

constexpr int64_t kMaxIgnoreFile = int64_t{1} << 20;

// Never hold sources; not worth a line in a report.
constexpr std::array<string_view, 8> kSilent = {
    ".git", ".hg", ".svn", ".bzr", "__pycache__", ".inhouse", ".mypy_cache", ".ruff_cache"};
constexpr std::array<string_view, 13> kOther = {
    ".venv",   "venv",    "node_modules",  "site-packages",      ".tox",
    ".nox",    ".eggs",   ".pytest_cache", ".ipynb_checkpoints", "bower_components",
    ".direnv", ".bundle", "dist-packages"};
// Skipped only where they are no Python package.
constexpr std::array<string_view, 5> kBuild = {"build", "dist", "_build", "target", "htmlcov"};

bool FormatOf(string_view name, SourceFormat* format) {
  if (name.ends_with(".py") || name.ends_with(".pyw")) {
    *format = SourceFormat::kPython;
  } else if (name.ends_with(".pyi")) {
    *format = SourceFormat::kStub;
  } else if (name.ends_with(".ipynb")) {
    *format = SourceFormat::kNotebook;
  } else if (name.ends_with(".md")) {
    *format = SourceFormat::kMarkdown;
  } else if (name.ends_with(".rst")) {
    *format = SourceFormat::kReStructured;
  } else {
    return false;
  }
  return true;
}

bool IsBuildFile(string_view name) {
  return name == "pyproject.toml" || name == "setup.py" || name == "setup.cfg";
}

bool IsPackageFile(string_view name) { return name == "__init__.py" || name == "__init__.pyi"; }

std::string Join(string_view folder, string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

struct Entry {
  std::string name;
  unsigned char type = DT_UNKNOWN;
};

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

int64_t ModifiedAt(const struct stat& info) {
  return int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

// What lies above a root: its own name, and the packages that it is part of.
TreeLayout LayoutAbove(const fs::path& root) {
  std::error_code error;
  fs::path at = fs::canonical(root, error);
  TreeLayout layout;
  if (error) return layout;
  layout.root_name = at.filename().native();
  const auto is_package = [&](const fs::path& folder) {
    return fs::exists(folder / "__init__.py", error) || fs::exists(folder / "__init__.pyi", error);
  };
  if (is_package(at)) layout.packages.insert("");
  for (; !at.filename().empty() && is_package(at); at = at.parent_path()) {
    std::string name = at.filename().native();
    if (name.ends_with("-stubs")) name.resize(name.size() - 6);
    layout.root_package = layout.root_package.empty() ? name : name + "." + layout.root_package;
  }
  return layout;
}

// An ignore file in force, with the folder that it judges from.
struct Rules {
  IgnoreFile file;
  std::string folder;  // relative to the root; "" when the root or above it
  std::string above;   // the root's path as seen from the ignore file's folder
  std::string name;    // ".gitignore", for the reason
  bool from_git = false;
};

struct Level {
  std::string folder;  // raw bytes, relative to the root
  UniqueFd fd;
  std::vector<std::string> subfolders;  // still to visit, last first
  size_t rules_before = 0;              // rules_ to cut back to when leaving
  size_t git_floor_before = 0;
};

class Lister {
 public:
  Lister(fs::path root, const SourceTreeOptions& options)
      : root_(std::move(root)), options_(options) {
    std::string patterns;
    for (const std::string& pattern : options.exclude) patterns += pattern + "\n";
    exclude_ = IgnoreFile(patterns);
  }

  Result<SourceListing> Run() {
    ReadRulesAbove();
    layout_ = LayoutAbove(root_);
    UniqueFd fd(open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) {
      return BadInput("cannot read folder " + PrintablePath(root_.native()) + ": " +
                      ErrnoText(errno));
    }
    Enter("", std::move(fd));
    while (!levels_.empty()) {
      if (files_.size() > options_.max_files) {
        return Error{ErrorKind::kLimit, "more than " + std::to_string(options_.max_files) +
                                            " source files below " + PrintablePath(root_.native()) +
                                            ": name smaller roots or add exclude patterns"};
      }
      Advance();
    }
    return Finish();
  }

 private:
  // Goes into the next folder of the innermost level, or leaves that level.
  void Advance() {
    Level& level = levels_.back();
    if (level.subfolders.empty()) {
      rules_.resize(level.rules_before);
      git_floor_ = level.git_floor_before;
      levels_.pop_back();
      return;
    }
    const std::string name = std::move(level.subfolders.back());
    level.subfolders.pop_back();
    const std::string folder = Join(level.folder, name);
    UniqueFd fd(
        openat(level.fd.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) return SkipUnreadable(folder, true, errno);
    Enter(folder, std::move(fd));
  }

  void Enter(const std::string& folder, UniqueFd fd) {
    const int copy = dup(fd.get());
    std::unique_ptr<DIR, CloseDir> dir(copy < 0 ? nullptr : fdopendir(copy));
    if (dir == nullptr) {
      const int error_number = errno;
      if (copy >= 0) close(copy);
      return SkipUnreadable(folder, true, error_number);
    }
    folders_.push_back(folder.empty() ? root_ : root_ / folder);
    Level level{folder, std::move(fd), {}, rules_.size(), git_floor_};
    std::vector<Entry> entries;
    while (const dirent* entry = readdir(dir.get())) {
      const string_view name = entry->d_name;
      if (name != "." && name != "..") entries.push_back({std::string(name), entry->d_type});
    }
    if (IsOtherWorktree(level, entries)) {
      return Skip(folder, true, "another worktree of a repository");
    }
    NoteLayout(level, entries);
    for (Entry& entry : entries) Consider(&level, &entry);
    std::sort(level.subfolders.rbegin(), level.subfolders.rend());
    levels_.push_back(std::move(level));
  }

  static bool Has(const std::vector<Entry>& entries, string_view name) {
    return std::any_of(entries.begin(), entries.end(),
                       [name](const Entry& entry) { return entry.name == name; });
  }

  bool IsOtherWorktree(const Level& level, const std::vector<Entry>& entries) const {
    if (level.folder.empty() || !Has(entries, ".git")) return false;
    const Result<std::string> text = ReadFile(root_ / level.folder / ".git", 4096);
    return text.ok() && text->starts_with("gitdir:") &&
           text->find("/worktrees/") != std::string::npos;
  }

  void NoteLayout(const Level& level, const std::vector<Entry>& entries) {
    // A repository inside: the outer one's .gitignore files say nothing about it.
    if (!level.folder.empty() && Has(entries, ".git")) git_floor_ = rules_.size();
    for (const Entry& entry : entries) {
      if (IsPackageFile(entry.name)) layout_.packages.insert(level.folder);
      if (IsBuildFile(entry.name) || entry.name == ".git") layout_.projects.insert(level.folder);
    }
    for (const char* name : {".gitignore", ".inhouseignore"}) {
      if (Has(entries, name)) {
        AddRules(root_ / level.folder / name, level.folder, "", name, name[1] == 'g');
      }
    }
  }

  void AddRules(const fs::path& file, const std::string& folder, std::string above,
                const std::string& name, bool from_git) {
    const Result<std::string> text = ReadFile(file, kMaxIgnoreFile);
    if (!text.ok()) {
      if (above.empty() && fs::exists(fs::symlink_status(file))) {
        Skip(Join(folder, name), false, "this ignore file cannot be read; it has no effect");
      }
      return;
    }
    rules_.push_back({IgnoreFile(*text), folder, std::move(above), name, from_git});
    if (rules_.back().file.empty()) rules_.pop_back();
  }

  // .gitignore and .inhouseignore files between the repository's top and the
  // root, outermost first, and .git/info/exclude.
  void ReadRulesAbove() {
    std::error_code ignored;
    const fs::path start = fs::canonical(root_, ignored);
    if (ignored) return;
    fs::path top;
    for (fs::path at = start;; at = at.parent_path()) {
      if (fs::exists(at / ".git", ignored)) top = at;
      if (!top.empty() || at == at.parent_path()) break;
    }
    if (top.empty()) return;
    AddRules(top / ".git/info/exclude", "", start.lexically_relative(top).native(),
             ".git/info/exclude", true);
    if (top == start) return;
    fs::path at = top;
    for (const fs::path& part : start.lexically_relative(top)) {
      const std::string above = start.lexically_relative(at).native();
      AddRules(at / ".gitignore", "", above, ".gitignore", true);
      AddRules(at / ".inhouseignore", "", above, ".inhouseignore", false);
      at /= part;
    }
  }

  static unsigned char TypeOf(const Level& level, const Entry& entry) {
    if (entry.type != DT_UNKNOWN) return entry.type;
    struct stat info {};
    if (fstatat(level.fd.get(), entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return DT_REG;
    return S_ISDIR(info.st_mode) ? DT_DIR : S_ISLNK(info.st_mode) ? DT_LNK : DT_REG;
  }

  void Consider(Level* level, Entry* entry) {
    SourceFormat format{};
    const bool is_source = FormatOf(entry->name, &format);
    if (!is_source && entry->type != DT_DIR && entry->type != DT_LNK && entry->type != DT_UNKNOWN) {
      return;
    }
    const unsigned char type = TypeOf(*level, *entry);
    if (type == DT_DIR) return ConsiderFolder(level, entry);
    const std::string path = Join(level->folder, entry->name);
    if (type == DT_LNK) return ConsiderLink(*level, entry->name, path, is_source);
    if (!is_source) return;
    std::string ignored = WhyIgnored(path, false);
    if (!ignored.empty()) return SkipByRule(path, false, std::move(ignored));
    AddFile(*level, entry->name, path, format);
  }

  void ConsiderLink(const Level& level, const std::string& name, const std::string& path,
                    bool is_source) {
    struct stat info {};
    const bool known = fstatat(level.fd.get(), name.c_str(), &info, 0) == 0;
    const bool folder = known && S_ISDIR(info.st_mode);
    if (!folder && !is_source) return;
    if (!WhyIgnored(path, folder).empty() || Among(kOther, name)) return;
    Skip(path, false, folder ? "a symbolic link to a folder" : "a symbolic link");
  }

  void ConsiderFolder(Level* level, Entry* entry) {
    if (Among(kSilent, entry->name)) return;
    const std::string path = Join(level->folder, entry->name);
    std::string why = WhyIgnored(path, true);
    if (!why.empty()) return SkipByRule(path, true, std::move(why));
    if (!kept_by_us_) why = SkippedByDefault(*level, entry->name);
    if (why.empty() && levels_.size() + 1 >= static_cast<size_t>(options_.max_depth)) {
      why = "more than " + std::to_string(options_.max_depth) + " folders deep";
    }
    if (!why.empty()) return Skip(path, true, why);
    level->subfolders.push_back(std::move(entry->name));
  }

  static std::string SkippedByDefault(const Level& level, const std::string& name) {
    const auto holds = [&](const char* file) {
      return faccessat(level.fd.get(), (name + "/" + file).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    };
    if (Among(kOther, name) || name.ends_with(".egg-info") || name.ends_with(".dist-info")) {
      return "an environment or a cache";
    }
    if (Among(kBuild, name) && !holds("__init__.py")) return "a build folder";
    if ((name == "env" || name.find("venv") != std::string::npos) && holds("pyvenv.cfg")) {
      return "an environment or a cache";
    }
    return "";
  }

  // The reason of the rule that decides; "" if the path is to be read. Notes in
  // kept_by_us_ that an .inhouseignore or an exclude pattern asked for it.
  std::string WhyIgnored(const std::string& path, bool is_folder) {
    kept_by_us_ = false;
    const IgnoreFile::Match excluded = exclude_.Judge(path, is_folder);
    if (excluded.verdict == Verdict::kIgnore) return "excluded by pattern";
    for (const bool from_git : {false, true}) {
      for (size_t i = rules_.size(); i > (from_git ? git_floor_ : 0); --i) {
        const Rules& rules = rules_[i - 1];
        if (rules.from_git != from_git) continue;
        const IgnoreFile::Match match = rules.file.Judge(Seen(rules, path), is_folder);
        if (match.verdict == Verdict::kNone) continue;
        kept_by_us_ |= match.verdict == Verdict::kKeep && !from_git;
        if (match.verdict == Verdict::kKeep) return "";
        return "ignored by " + PrintablePath(Join(rules.folder, rules.name)) + " line " +
               std::to_string(match.line);
      }
    }
    return "";
  }

  // The path as seen from the folder of the ignore file.
  static std::string Seen(const Rules& rules, const std::string& path) {
    if (!rules.above.empty() && rules.above != ".") return rules.above + "/" + path;
    return rules.folder.empty() ? path : path.substr(rules.folder.size() + 1);
  }

  void AddFile(const Level& level, const std::string& name, const std::string& path,
               SourceFormat format) {
    struct stat info {};
    if (fstatat(level.fd.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return SkipUnreadable(path, false, errno);
    }
    if (!S_ISREG(info.st_mode)) return Skip(path, false, "not a regular file");
    const int64_t limit = options_.max_file_bytes * (format == SourceFormat::kNotebook ? 4 : 1);
    if (info.st_size > limit) {
      return Skip(path, false, "larger than " + std::to_string(limit) + " bytes");
    }
    SourceFile file;
    file.path = path;  // raw until Finish
    file.format = format;
    file.size = info.st_size;
    file.mtime_ns = ModifiedAt(info);
    files_.push_back(std::move(file));
  }

  void Skip(const std::string& path, bool is_folder, std::string reason) {
    skipped_.push_back({PrintablePath(path) + (is_folder ? "/" : ""), std::move(reason)});
  }

  void SkipByRule(const std::string& path, bool is_folder, std::string reason) {
    Skip(path, is_folder, std::move(reason));
    skipped_.back().by_rule = true;
  }

  void SkipUnreadable(const std::string& path, bool is_folder, int error_number) {
    Skip(path, is_folder, "cannot be read: " + ErrnoText(error_number));
    skipped_.back().unreadable = true;
  }

  SourceListing Finish() {
    std::sort(files_.begin(), files_.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    std::sort(skipped_.begin(), skipped_.end(),
              [](const SkippedFile& a, const SkippedFile& b) { return a.path < b.path; });
    const std::string folder = (root_ / "").native();
    for (SourceFile& file : files_) {
      file.os_path = folder + file.path;
      file.role = RoleOf(file.path, layout_);
      ModulePath module = ModuleOf(file.path, layout_);
      file.module = std::move(module.module);
      file.is_package = module.is_package;
      file.path = PrintablePath(file.path);
    }
    return {std::move(files_), std::move(folders_), std::move(skipped_)};
  }

  fs::path root_;
  const SourceTreeOptions& options_;
  IgnoreFile exclude_;
  TreeLayout layout_;
  std::vector<Rules> rules_;  // outermost first
  size_t git_floor_ = 0;      // rules of git below this index belong to an outer repository
  std::vector<Level> levels_;
  std::vector<SourceFile> files_;
  std::vector<SkippedFile> skipped_;
  std::vector<fs::path> folders_;
  bool kept_by_us_ = false;
};

// "#!/usr/bin/env python3" and the like.
bool StartsAsPythonScript(const fs::path& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  char bytes[128];
  const ssize_t count = fd.valid() ? read(fd.get(), bytes, sizeof bytes) : 0;
  string_view line(bytes, count > 0 ? static_cast<size_t>(count) : 0);
  line = line.substr(0, line.find('\n'));
  return line.starts_with("#!") && line.find("python") != string_view::npos;
}

// A file named by the user is read whatever ignores it.
Result<SourceListing> ListSingleFile(const fs::path& root, const SourceTreeOptions& options) {
  struct stat info {};
  if (stat(root.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return BadInput(PrintablePath(root.native()) + ": neither a file nor a folder");
  }
  const std::string name = root.filename().native();
  SourceListing listing;
  if (info.st_size > options.max_file_bytes) {
    listing.skipped.push_back(
        {PrintablePath(name), "larger than " + std::to_string(options.max_file_bytes) + " bytes"});
    return listing;
  }
  listing.folders.push_back(root.has_parent_path() ? root.parent_path() : ".");
  const TreeLayout layout = LayoutAbove(root.has_parent_path() ? root.parent_path() : ".");
  SourceFile file;
  if (!FormatOf(name, &file.format) && !StartsAsPythonScript(root)) {
    return BadInput(
        PrintablePath(root.native()) +
        ": not a Python file; name one that ends in .py, .pyi, .pyw, .ipynb, .md or .rst, or "
        "begins with a #! line that names python");
  }
  file.path = PrintablePath(name);
  file.os_path = root.native();
  file.role = RoleOf(name, layout);
  ModulePath module = ModuleOf(name, layout);
  file.module = std::move(module.module);
  file.is_package = module.is_package;
  file.size = info.st_size;
  file.mtime_ns = ModifiedAt(info);
  listing.files.push_back(std::move(file));
  return listing;
}

}  // namespace

Result<SourceListing> ListSources(const fs::path& root, const SourceTreeOptions& options) {
  struct stat info {};
  if (stat(root.c_str(), &info) != 0) {
    return BadInput("cannot read " + PrintablePath(root.native()) + ": " + ErrnoText(errno));
  }
  if (!S_ISDIR(info.st_mode)) return ListSingleFile(root, options);
  return Lister(root, options).Run();
}

bool IsSourceName(string_view name) {
  SourceFormat format{};
  return FormatOf(name, &format);
}

bool IsNeverListed(string_view name) { return Among(kSilent, name) || Among(kOther, name); }

std::string RawPath(string_view printable) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (size_t i = 0; i < printable.size(); ++i) {
    if (printable[i] != '\\' || i + 3 >= printable.size()) {
      out.push_back(printable[i]);
      continue;
    }
    out.push_back(static_cast<char>(digit(printable[i + 2]) * 16 + digit(printable[i + 3])));
    i += 3;
  }
  return out;
}

std::string PrintablePath(string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  size_t valid_until = ValidUtf8Prefix(bytes);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool invalid = i == valid_until;
    if (invalid) valid_until = i + 1 + ValidUtf8Prefix(bytes.substr(i + 1));
    if (invalid || byte < 0x20 || byte == 0x7F || byte == '\\') {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out.push_back(bytes[i]);
    }
  }
  return out;
}

}  // namespace inhouse
