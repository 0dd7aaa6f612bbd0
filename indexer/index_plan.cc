#include "indexer/index_plan.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "indexer/base/shell_word.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFewFiles = 8;

struct Root {
  fs::path path;       // what is listed
  std::string prefix;  // of paths in it that are looked at: "" or "part/" or a file
  fs::path given;      // as the user wrote it
  fs::path single;     // the file, if it is one
};

bool IsInside(const std::string& inner, const std::string& outer) {
  return inner.size() > outer.size() && inner.starts_with(outer) &&
         (outer.ends_with('/') || inner[outer.size()] == '/');
}

Result<Root> ResolveRoot(const fs::path& given, const std::vector<FileRow>& indexed) {
  std::error_code error;
  fs::path path = fs::canonical(given, error);
  if (error) {
    return Error{
        ErrorKind::kBadInput,
        fmt::format("{}: {}; give a folder or a Python file", given.string(),
                    error == std::errc::no_such_file_or_directory ? "no such file or folder"
                                                                  : error.message())};
  }
  Root root{path, "", given, {}};
  if (!fs::is_directory(path, error)) {
    root = {path.parent_path(), path.filename().string(), given, path};
  }
  for (const FileRow& file : indexed) {
    if (!IsInside(path.string(), file.root)) continue;
    root.path = file.root;
    root.prefix = path.string().substr(file.root.size() + 1);
    if (root.single.empty()) root.prefix += '/';
    break;
  }
  return root;
}

class Planner {
 public:
  Planner(const IndexOptions& options, const std::vector<FileRow>& indexed)
      : options_(options), indexed_(indexed) {}

  Result<IndexPlan> Run() {
    for (const fs::path& given : options_.roots) {
      ASSIGN_OR_RETURN(const Root root, ResolveRoot(given, indexed_));
      RETURN_IF_ERROR(TakeRoot(root));
    }
    for (const fs::path& removed : options_.removed_roots) RETURN_IF_ERROR(Forget(removed));
    TakePackages();
    const size_t listed = plan_.files.size();
    if (plan_.packages_changed) TakeOthers();
    PairStubs(listed);
    const auto by_place = [](const PlannedFile& a, const PlannedFile& b) {
      return std::tie(a.root, a.source.path) < std::tie(b.root, b.source.path);
    };
    if (!std::is_sorted(plan_.files.begin(), plan_.files.end(), by_place)) {
      std::stable_sort(plan_.files.begin(), plan_.files.end(), by_place);
    }
    return std::move(plan_);
  }

 private:
  // No path holds a NUL.
  static std::string KeyOf(std::string_view root, std::string_view path) {
    std::string key;
    key.reserve(root.size() + 1 + path.size());
    return key.append(root).append(1, '\0').append(path);
  }

  Status TakeRoot(const Root& root) {
    SourceTreeOptions tree;
    tree.exclude = options_.exclude;
    ASSIGN_OR_RETURN(SourceListing listing,
                     ListSources(root.single.empty() ? root.path : root.single, tree));
    if (!root.single.empty() && listing.files.size() == 1) {
      listing.files[0].path = root.prefix;
    }
    if (listing.files.size() > kFewFiles) MakeTable();
    const std::string name = root.path.string();
    size_t taken = 0;
    std::unordered_set<const FileRow*> present;
    plan_.files.reserve(plan_.files.size() + listing.files.size());
    for (SourceFile& file : listing.files) {
      if (!file.path.starts_with(root.prefix)) continue;
      ++taken;
      const FileRow* known = Known(name, file.path);
      present.insert(known);
      if (Claim(file)) Plan(root, known, std::move(file));
    }
    if (!root.single.empty()) PlanPartner(root);
    std::vector<std::string> unreadable;
    for (SkippedFile& file : listing.skipped) {
      if (file.unreadable) unreadable.push_back(file.path);
      if (!file.path.starts_with(root.prefix)) continue;
      plan_.skipped.push_back({name, std::move(file.path), FileOutcome::kSkipped,
                               std::move(file.reason), file.by_rule});
    }
    plan_.roots.push_back(root.path);
    std::move(listing.folders.begin(), listing.folders.end(), std::back_inserter(plan_.folders));
    if (taken == 0) return NoSources(root);
    KeepUnreadable(name, unreadable, &present);
    TakeGone(name, root.prefix, present);
    return {};
  }

  Status NoSources(const Root& root) const {
    const std::string name = root.path.string();
    const auto known = std::count_if(indexed_.begin(), indexed_.end(), [&](const FileRow& file) {
      return file.root == name && file.path.starts_with(root.prefix);
    });
    if (known > 0) {
      return Error{
          ErrorKind::kBadInput,
          fmt::format("{}: no Python files there any more, and the index holds {} of it; if "
                      "that is right, run: inhouse index --remove {} --index {}",
                      root.given.string(), known, ShellWord(name),
                      ShellWord(options_.index_dir.string()))};
    }
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: no Python files there; name the folder that holds the code",
                             root.given.string())};
  }

  // Rows below what cannot be listed or read count as present.
  void KeepUnreadable(const std::string& root, const std::vector<std::string>& unreadable,
                      std::unordered_set<const FileRow*>* present) const {
    for (const std::string& place : unreadable) {
      for (const FileRow& file : indexed_) {
        const bool below = place.ends_with('/') && file.path.starts_with(place);
        if (file.root == root && (below || file.path == place)) present->insert(&file);
      }
    }
  }

  void MakeTable() {
    if (!known_.empty()) return;
    known_.reserve(indexed_.size());
    for (const FileRow& file : indexed_) known_.emplace(KeyOf(file.root, file.path), &file);
  }

  // A table is not worth making for a few files.
  const FileRow* Known(std::string_view root, std::string_view path) const {
    if (known_.empty()) {
      const auto at = std::ranges::find_if(
          indexed_, [&](const FileRow& file) { return file.path == path && file.root == root; });
      return at == indexed_.end() ? nullptr : &*at;
    }
    const auto at = known_.find(KeyOf(root, path));
    return at == known_.end() ? nullptr : at->second;
  }

  // Whether no root has it yet. Of a single one all files are others.
  bool Claim(const SourceFile& file) {
    return options_.roots.size() == 1 || claimed_.insert(file.os_path).second;
  }

  void Plan(const Root& root, const FileRow* known, SourceFile file) {
    PlannedFile& planned = plan_.files.emplace_back();
    planned.root = root.path.native();
    planned.is_root = !root.single.empty();
    if (known != nullptr) {
      const FileRow& row = *known;
      planned.known = known;
      if (planned.is_root) {  // alone it does not show what it is part of
        file.module = row.module;
        file.role = row.role;
      }
      planned.moved = row.module != file.module || row.role != file.role;
      planned.same_stamp = row.size == file.size && row.mtime_ns == file.mtime_ns &&
                           file.mtime_ns != 0 && !planned.moved;
    }
    planned.source = std::move(file);
  }

  // A package that comes or goes may be what files of other roots call: they are
  // read again too.
  void TakeOthers() {
    for (const PlannedFile& file : plan_.files) claimed_.insert(file.source.os_path);
    for (const FileRow& file : indexed_) {
      if (gone_.contains(file.id)) continue;
      std::optional<PlannedFile> planned = FromRow(file);
      if (!planned || !claimed_.insert(planned->source.os_path).second) continue;
      planned->known = &file;
      plan_.files.push_back(std::move(*planned));
    }
  }

  // nullopt if the file is not there any more: that is for its own root to find.
  static std::optional<PlannedFile> FromRow(const FileRow& file) {
    PlannedFile planned;
    planned.root = file.root;
    SourceFile& source = planned.source;
    source.path = file.path;
    source.os_path = (fs::path(file.root) / RawPath(file.path)).native();
    source.role = file.role;
    source.module = file.module;
    source.is_package = fs::path(source.os_path).stem() == "__init__";
    if (file.path.ends_with(".pyi")) source.format = SourceFormat::kStub;
    if (file.path.ends_with(".ipynb")) source.format = SourceFormat::kNotebook;
    if (file.path.ends_with(".md")) source.format = SourceFormat::kMarkdown;
    if (file.path.ends_with(".rst")) source.format = SourceFormat::kReStructured;
    struct stat found {};
    if (stat(source.os_path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
    source.size = found.st_size;
    source.mtime_ns =
        int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + int64_t{found.st_mtim.tv_nsec};
    return planned;
  }

  // A file that is named alone changes its stub's row too, and the reverse.
  void PlanPartner(const Root& root) {
    const std::string path = PartnerOf(root.prefix);
    const FileRow* known = Known(root.path.native(), path);
    if (path.empty() || known == nullptr) return;
    std::optional<PlannedFile> partner = FromRow(*known);
    if (partner && Claim(partner->source)) {
      Plan(root, known, std::move(partner->source));
      plan_.files.back().is_root = false;
    }
  }

  // "a.py" ↔ "a.pyi"; "" for other files.
  static std::string PartnerOf(const std::string& path) {
    if (path.ends_with(".py")) return path + "i";
    if (path.ends_with(".pyi")) return path.substr(0, path.size() - 1);
    return "";
  }

  // `listed`: files after these were not found by listing their folder.
  void PairStubs(size_t listed) {
    std::map<std::pair<std::string_view, std::string_view>, const PlannedFile*> planned;
    for (const PlannedFile& file : plan_.files) {
      if (file.source.path.ends_with(".pyi")) planned[{file.root, file.source.path}] = &file;
    }
    std::vector<std::pair<size_t, const PlannedFile*>> pairs;
    for (size_t i = 0; i < plan_.files.size(); ++i) {
      const PlannedFile& file = plan_.files[i];
      if (!file.source.path.ends_with(".py")) continue;
      const auto stub = planned.find({file.root, file.source.path + "i"});
      if (stub != planned.end()) pairs.emplace_back(i, stub->second);
    }
    for (const auto& [i, stub] : pairs) {
      PlannedFile& other = plan_.files[static_cast<size_t>(stub - plan_.files.data())];
      Pair(&plan_.files[i], &other);
    }
    for (size_t i = 0; i < plan_.files.size(); ++i) {
      if (i >= listed || plan_.files[i].is_root) PairWithDisk(&plan_.files[i]);
    }
    NoteLostPartners();
  }

  static void Pair(PlannedFile* a, PlannedFile* b) {
    const auto digest = [](const PlannedFile& file) {
      return file.known ? file.known->digest : std::string();
    };
    a->partner = Partner{b->source, digest(*b)};
    b->partner = Partner{a->source, digest(*a)};
    a->same_stamp = b->same_stamp = a->same_stamp && b->same_stamp;
  }

  // Its partner is not in the plan.
  void PairWithDisk(PlannedFile* file) {
    const std::string path = PartnerOf(file->source.path);
    if (path.empty() || file->partner) return;
    FileRow row;
    const FileRow* known = Known(file->root, path);
    if (known != nullptr) row = *known;
    row.root = file->root;
    row.path = path;
    row.module = file->source.module;
    row.role = file->source.role;
    std::optional<PlannedFile> partner = FromRow(row);
    if (!partner) return;
    const bool same = row.size == partner->source.size && row.mtime_ns != 0 &&
                      row.mtime_ns == partner->source.mtime_ns;
    file->same_stamp = file->same_stamp && same;
    file->partner = Partner{std::move(partner->source), row.digest};
  }

  void NoteLostPartners() {
    std::set<std::pair<std::string_view, std::string>> lost;
    for (const FileRow& file : plan_.gone) {
      const std::string path = PartnerOf(file.path);
      if (!path.empty()) lost.emplace(file.root, path);
    }
    if (lost.empty()) return;
    for (PlannedFile& file : plan_.files) {
      if (file.partner || !lost.contains({file.root, file.source.path})) continue;
      file.lost_partner = true;
      file.same_stamp = false;
    }
  }

  // Rows of this root that were not listed, and of roots inside it.
  void TakeGone(const std::string& root, const std::string& prefix,
                const std::unordered_set<const FileRow*>& present) {
    for (const FileRow& file : indexed_) {
      const bool missing =
          file.root == root && file.path.starts_with(prefix) && !present.contains(&file);
      const bool taken_over = prefix.empty() && IsInside(file.root, root);
      if ((!missing && !taken_over) || !gone_.insert(file.id).second) continue;
      plan_.gone.push_back(file);
    }
  }

  // A root that moved away has no canonical path any more: then the one that was
  // written counts.
  Status Forget(const fs::path& removed) {
    std::error_code error;
    const fs::path found = fs::canonical(removed, error);
    std::set<std::string> names = {fs::absolute(removed).lexically_normal().string()};
    if (!error) names.insert(found.string());
    std::set<std::string> roots;
    bool has_rows = false;
    for (const FileRow& file : indexed_) {
      roots.insert(file.root);
      if (!names.contains(file.root)) continue;
      has_rows = true;
      if (gone_.insert(file.id).second) plan_.gone.push_back(file);
    }
    if (has_rows) return {};
    return BadInput(
        fmt::format("{}: no root of this index; it holds {}", removed.string(),
                    roots.empty() ? "none" : fmt::format("{}", fmt::join(roots, ", "))));
  }

  void TakePackages() {
    const auto first_part = [](std::string_view module) {
      return module.substr(0, module.find('.'));
    };
    std::set<std::string, std::less<>> before;
    const auto add = [](std::string_view package, std::set<std::string, std::less<>>* packages) {
      if (!package.empty() && !packages->contains(package)) packages->emplace(package);
    };
    std::vector<bool> stays(indexed_.size(), true);  // as it is: a planned file may have moved
    for (const PlannedFile& file : plan_.files) {
      add(first_part(file.source.module), &plan_.packages);
      if (file.known) stays[static_cast<size_t>(file.known - indexed_.data())] = false;
    }
    for (size_t i = 0; i < indexed_.size(); ++i) {
      const std::string_view package = first_part(indexed_[i].module);
      add(package, &before);
      if (stays[i] && !gone_.contains(indexed_[i].id)) add(package, &plan_.packages);
    }
    plan_.packages_changed = before != plan_.packages;
  }

  const IndexOptions& options_;
  const std::vector<FileRow>& indexed_;
  std::unordered_map<std::string, const FileRow*> known_;  // by KeyOf; empty until MakeTable
  std::unordered_set<std::string> claimed_;                // absolute paths that have a root
  std::unordered_set<int64_t> gone_;
  IndexPlan plan_;
};

}  // namespace

Result<IndexPlan> MakeIndexPlan(const IndexOptions& options, const std::vector<FileRow>& indexed) {
  return Planner(options, indexed).Run();
}

}  // namespace inhouse
