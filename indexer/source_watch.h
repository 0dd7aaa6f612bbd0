// Keeps an index in step with its sources for as long as it lives.
//
//   ASSIGN_OR_RETURN(auto watch, SourceWatch::Start(options));   // updates first
//   for (;;) {
//     ASSIGN_OR_RETURN(auto report, watch->Next(1000ms));
//     if (report) …
//   }
//
// Flow: events of the folders that the last update looked into → what they mean:
// - a few known files were written, or put in place by a rename: those alone are
//   read again, at once (milliseconds from the file's close to the new answer);
// - anything else (files that come or go, folders, ignore files, more than
//   kMaxNamed files, events that the kernel dropped): a whole update, once it
//   has been quiet for kSettle, at the latest after kMaxSettle. A switch of
//   branches is one of these, not thousands.
// After a while of quiet a whole update follows in any case: it asks git for the
// revision, and finds what no event told. A folder that is not watched yet when
// a file is written into it is listed again once it is watched. One thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "indexer/base/folder_watch.h"
#include "indexer/base/result.h"
#include "indexer/indexer.h"

namespace inhouse {

class SourceWatch {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kMaxNamed = 16;  // files that are updated by name
  static constexpr int kTidyEvery = 32;    // updates by name, so that the log stays small
  static constexpr std::chrono::milliseconds kSettle{60};
  static constexpr std::chrono::milliseconds kMaxSettle{2000};
  static constexpr std::chrono::milliseconds kQuiet{1000};
  static constexpr std::chrono::milliseconds kMaxRetry{30'000};

  // `first`: the report of the update that it begins with. Errors: those of
  // UpdateIndex; kLimit (folders cannot be watched).
  static Result<std::unique_ptr<SourceWatch>> Start(IndexOptions options, IndexReport* first);

  // Waits for changes and updates the index; nullopt if nothing came of it within
  // that time. Errors: those of UpdateIndex; the changes are not forgotten, a
  // later call tries again.
  Result<std::optional<IndexReport>> Next(std::chrono::milliseconds timeout);

 private:
  explicit SourceWatch(IndexOptions options, FolderWatch watch)
      : options_(std::move(options)), watch_(std::move(watch)) {}
  void Take(const FolderEvent& event);
  bool MayMatter(const FolderEvent& event) const;
  void TakeAll();
  void Settle();
  Clock::time_point NextDeadline(Clock::time_point end) const;
  Result<std::optional<IndexReport>> Update();
  Result<IndexReport> UpdateNamed();
  Result<IndexReport> UpdateAll();
  Status Follow(const IndexReport& report);
  static bool Changed(const IndexReport& report);

  IndexOptions options_;
  UpdateMemory memory_;
  int untidy_ = 0;  // updates by name since one that tidied up
  FolderWatch watch_;
  std::unordered_set<std::string> known_;  // files in the index, absolute
  std::unordered_set<std::string> named_;  // of these, what was written
  bool all_ = false;                       // more than that happened
  bool unconfirmed_ = false;               // no whole update since the last change
  Clock::time_point last_change_;
  std::chrono::milliseconds retry_{0};  // after an error; 0: there was none
  std::string revision_;
};

}  // namespace inhouse
