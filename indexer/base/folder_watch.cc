#include "indexer/base/folder_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                             IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr size_t kBufferBytes = 64 << 10;

}  // namespace

Result<FolderWatch> FolderWatch::Open() {
  UniqueFd fd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd.valid()) return FolderWatch(std::move(fd));
  return Error{ErrorKind::kLimit, "cannot watch folders: " + ErrnoText(errno) +
                                      "; raise fs.inotify.max_user_instances"};
}

Result<bool> FolderWatch::Add(const std::filesystem::path& folder) {
  const int watch = inotify_add_watch(fd_.get(), folder.c_str(), kEvents);
  if (watch >= 0) {
    const bool is_new = watched_.insert(folder.native()).second;
    std::filesystem::path& known = folders_[watch];
    if (known != folder) {  // moved: the kernel still has it under the old name
      watched_.erase(known.native());
      known = folder;
    }
    return is_new;
  }
  if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) return false;
  const std::string remedy = errno == ENOSPC ? "; raise fs.inotify.max_user_watches" : "";
  return Error{ErrorKind::kLimit,
               "cannot watch " + folder.string() + ": " + ErrnoText(errno) + remedy};
}

bool FolderWatch::Wait(std::chrono::milliseconds timeout) const {
  pollfd ready{fd_.get(), POLLIN, 0};
  return poll(&ready, 1, static_cast<int>(timeout.count())) > 0;
}

std::vector<FolderEvent> FolderWatch::Read() {
  std::vector<FolderEvent> events;
  alignas(inotify_event) std::array<char, kBufferBytes> buffer;
  for (;;) {
    const ssize_t count = read(fd_.get(), buffer.data(), buffer.size());
    if (count <= 0) return events;  // EAGAIN: that was all
    for (size_t at = 0; at + sizeof(inotify_event) <= static_cast<size_t>(count);) {
      inotify_event head;
      std::memcpy(&head, buffer.data() + at, sizeof head);
      at += sizeof head;
      std::string name(buffer.data() + at, strnlen(buffer.data() + at, head.len));
      at += head.len;
      Take(head.wd, head.mask, std::move(name), &events);
    }
  }
}

void FolderWatch::Take(int watch, uint32_t mask, std::string name,
                       std::vector<FolderEvent>* events) {
  using Kind = FolderEvent::Kind;
  if ((mask & IN_Q_OVERFLOW) != 0) {
    events->push_back({Kind::kLost, false, {}, ""});
    return;
  }
  const auto folder = folders_.find(watch);
  if (folder == folders_.end()) return;
  if ((mask & IN_IGNORED) != 0) {  // the kernel has dropped it
    watched_.erase(folder->second.native());
    folders_.erase(folder);
    return;
  }
  FolderEvent event{Kind::kWritten, (mask & IN_ISDIR) != 0, folder->second, std::move(name)};
  if ((mask & (IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
    event.kind = Kind::kGone;
  } else if ((mask & IN_CREATE) != 0 || ((mask & IN_MOVED_TO) != 0 && event.is_folder)) {
    event.kind = Kind::kAppeared;
  }
  events->push_back(std::move(event));
}

}  // namespace inhouse
