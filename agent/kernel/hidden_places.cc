#include "agent/kernel/hidden_places.h"

#include <unistd.h>

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxEntriesLookedAt = 20000;
constexpr const char* kOfTheMachine[] = {"/proc/keys", "/proc/key-users", "/proc/cmdline",
                                         "/proc/interrupts"};

bool Speaks(const fs::directory_entry& entry) {
  std::error_code unknown;
  return !entry.is_symlink(unknown) && (entry.is_socket(unknown) || entry.is_fifo(unknown));
}

// A folder that cannot be listed hides what is in it alone: the walk goes on.
void HideBelow(const ReadOnlyMount& shown, int* budget, std::vector<ReadOnlyMount>* mounts) {
  std::vector<fs::path> folders = {shown.host};
  while (!folders.empty()) {
    const fs::path folder = std::move(folders.back());
    folders.pop_back();
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
      if ((*budget)-- <= 0) return;
      std::error_code unknown;
      if (Speaks(*it)) {
        const fs::path inside = shown.inside / it->path().lexically_relative(shown.host);
        mounts->push_back({"/dev/null", inside.string(), true});
      } else if (!it->is_symlink(unknown) && it->is_directory(unknown)) {
        folders.push_back(it->path());
      }
    }
  }
}

}  // namespace

void HideProc(std::vector<ReadOnlyMount>* mounts) {
  for (const char* file : kOfTheMachine) {
    if (::access(file, F_OK) == 0) mounts->push_back({"/dev/null", file, true});
  }
}

void HideSpeakingFiles(const std::vector<ReadOnlyMount>& shown,
                       std::vector<ReadOnlyMount>* mounts) {
  int budget = kMaxEntriesLookedAt;
  for (const ReadOnlyMount& mount : shown) HideBelow(mount, &budget, mounts);
}

}  // namespace inhouse
