#include "indexer/source_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "indexer/python/source_tree.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Files that are no sources, but decide which files are.
constexpr std::array<std::string_view, 5> kDeciding = {".gitignore", ".inhouseignore",
                                                       "pyproject.toml", "setup.py", "setup.cfg"};

// A hard link comes without being written.
bool IsLinked(const fs::path& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink > 1;
}

std::string Absolute(const FileReport& file) {
  return (fs::path(file.root) / RawPath(file.path)).native();
}

}  // namespace

Result<std::unique_ptr<SourceWatch>> SourceWatch::Start(IndexOptions options, IndexReport* first) {
  ASSIGN_OR_RETURN(FolderWatch opened, FolderWatch::Open());
  std::unique_ptr<SourceWatch> watch(new SourceWatch(std::move(options), std::move(opened)));
  ASSIGN_OR_RETURN(*first, watch->UpdateAll());
  watch->options_.rebuild = false;
  watch->options_.progress = {};
  return watch;
}

bool SourceWatch::MayMatter(const FolderEvent& event) const {
  if (event.is_folder) return !IsNeverListed(event.name);
  if (std::find(kDeciding.begin(), kDeciding.end(), event.name) != kDeciding.end()) return true;
  return IsSourceName(event.name);
}

void SourceWatch::Take(const FolderEvent& event) {
  using Kind = FolderEvent::Kind;
  if (event.kind == Kind::kLost || event.name.empty()) {
    all_ = true;
  } else if (!MayMatter(event)) {
    return;
  } else {
    const fs::path path = event.folder / event.name;
    const bool is_known = known_.contains(path.native());
    if (event.kind == Kind::kWritten && is_known) {
      named_.insert(path.native());
    } else if (event.kind != Kind::kAppeared || event.is_folder || IsLinked(path)) {
      all_ = true;
    } else {
      return;  // it will be written yet
    }
  }
  last_change_ = Clock::now();
}

void SourceWatch::TakeAll() {
  for (const FolderEvent& event : watch_.Read()) Take(event);
  if (named_.size() > kMaxNamed) all_ = true;
}

// While things are changing fast, what is read now is read in vain.
void SourceWatch::Settle() {
  const auto end = Clock::now() + kMaxSettle;
  while (all_ && Clock::now() < end && watch_.Wait(kSettle)) TakeAll();
}

SourceWatch::Clock::time_point SourceWatch::NextDeadline(Clock::time_point end) const {
  if (retry_.count() > 0) return std::min(end, last_change_ + retry_);
  return unconfirmed_ ? std::min(end, last_change_ + kQuiet) : end;
}

Result<std::optional<IndexReport>> SourceWatch::Next(milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  for (;;) {
    const bool waits = retry_.count() > 0;  // the changes are known, but could not be stored
    const auto deadline = NextDeadline(end);
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const bool came = watch_.Wait(std::max(left, milliseconds(0)));
    if (came) TakeAll();
    const bool due = Clock::now() >= last_change_ + (waits ? retry_ : kQuiet);
    if (!came && due && (waits || unconfirmed_)) all_ = true;
    if ((all_ || !named_.empty()) && (!waits || due)) {
      Settle();
      ASSIGN_OR_RETURN(std::optional<IndexReport> report, Update());
      if (report) return report;
    }
    if (Clock::now() >= end) return std::optional<IndexReport>();
  }
}

bool SourceWatch::Changed(const IndexReport& report) {
  return report.files_indexed + report.files_removed > 0;
}

Result<std::optional<IndexReport>> SourceWatch::Update() {
  const bool whole = all_;
  Result<IndexReport> report = whole ? UpdateAll() : UpdateNamed();
  if (!report.ok()) {
    all_ = true;
    last_change_ = Clock::now();
    retry_ = std::clamp(retry_ * 2, kQuiet, kMaxRetry);
    return report.error();
  }
  retry_ = milliseconds(0);
  unconfirmed_ = !whole || unconfirmed_;
  if (whole && Clock::now() >= last_change_ + kQuiet) unconfirmed_ = false;
  if (!Changed(*report)) return std::optional<IndexReport>();
  return std::optional<IndexReport>(std::move(report).value());
}

// The files alone; git is asked once it is quiet.
Result<IndexReport> SourceWatch::UpdateNamed() {
  IndexOptions options = options_;
  options.roots.assign(named_.begin(), named_.end());
  std::sort(options.roots.begin(), options.roots.end());
  options.source_revision =
      revision_.empty() || revision_.ends_with("-dirty") ? revision_ : revision_ + "-dirty";
  options.threads = 1;
  // The whole update that follows does it, if it comes to that.
  untidy_ = (untidy_ + 1) % kTidyEvery;
  options.tidy_up = untidy_ == 0;
  named_.clear();
  return UpdateIndex(options, &memory_);
}

// Again when folders came that were not watched while it ran.
Result<IndexReport> SourceWatch::UpdateAll() {
  IndexReport report;
  for (bool first = true;; first = false) {
    all_ = false;
    named_.clear();
    ASSIGN_OR_RETURN(IndexReport next, UpdateIndex(options_, &memory_));
    options_.rebuild = false;
    RETURN_IF_ERROR(Follow(next));
    if (first) {
      report = std::move(next);
    } else if (Changed(next)) {
      next.files_indexed = std::max(next.files_indexed, report.files_indexed);
      report = std::move(next);
    }
    if (!all_) return report;
  }
}

Status SourceWatch::Follow(const IndexReport& report) {
  known_.clear();
  for (const FileReport& file : report.files) {
    const bool is_there =
        file.outcome == FileOutcome::kIndexed || file.outcome == FileOutcome::kUnchanged;
    if (is_there) known_.insert(Absolute(file));
  }
  for (const fs::path& folder : report.folders) {
    ASSIGN_OR_RETURN(const bool is_new, watch_.Add(folder));
    all_ = all_ || is_new;
  }
  revision_ = report.source_revision;
  return {};
}

}  // namespace inhouse
