// What happens in a set of folders, from the kernel (inotify). Folders are
// watched one by one, not below them.
//
//   ASSIGN_OR_RETURN(FolderWatch watch, FolderWatch::Open());
//   ASSIGN_OR_RETURN(bool added, watch.Add("libs"));
//   if (watch.Wait(1000ms)) for (const FolderEvent& event : watch.Read()) …
//
// Nothing is lost in silence: when the kernel's queue runs over, Read says so.
// Changes on network file systems by other machines do not show. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

struct FolderEvent {
  enum class Kind : uint8_t {
    kWritten,   // a file was closed after writing, or put in place by a rename
    kAppeared,  // a name came: a file (perhaps not written yet) or a folder
    kGone,      // a name went, or the watched folder itself (then `name` is "")
    kLost,      // events were lost: anything may have happened
  };
  Kind kind = Kind::kWritten;
  bool is_folder = false;
  std::filesystem::path folder;  // as it was added; "" with kLost
  std::string name;              // bytes
};

class FolderWatch {
 public:
  // Errors: kLimit (too many watchers).
  static Result<FolderWatch> Open();

  // True if the folder was not watched before; a folder that is not there is
  // not watched. Errors: kLimit, with the setting to raise.
  Result<bool> Add(const std::filesystem::path& folder);

  // True if there is something to read within that time.
  bool Wait(std::chrono::milliseconds timeout) const;
  // All that is there, in order. Never blocks.
  std::vector<FolderEvent> Read();

 private:
  explicit FolderWatch(UniqueFd fd) : fd_(std::move(fd)) {}
  void Take(int watch, uint32_t mask, std::string name, std::vector<FolderEvent>* events);

  UniqueFd fd_;
  std::unordered_map<int, std::filesystem::path> folders_;
  std::unordered_set<std::string> watched_;
};

}  // namespace inhouse
