#include "agent/kernel/proc_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

constexpr size_t kMaxProcText = 1 << 20;

}  // namespace

std::string ReadProc(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  for (ssize_t n; fd.valid() && text.size() < kMaxProcText &&
                  (n = ::read(fd.get(), buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

std::string_view LineAfter(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(name)) {
      const size_t begin = line.find_first_not_of(" \t", name.size());
      return begin == std::string_view::npos ? "" : line.substr(begin);
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return "";
}

std::vector<pid_t> ThreadsOf(pid_t pid) {
  std::vector<pid_t> found;
  DIR* folder = ::opendir(("/proc/" + std::to_string(pid) + "/task").c_str());
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder)) {
    const auto thread = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (thread > 0) found.push_back(thread);
  }
  ::closedir(folder);
  return found;
}

void AppendChildren(pid_t pid, pid_t thread, std::vector<pid_t>* found) {
  const std::string text =
      ReadProc("/proc/" + std::to_string(pid) + "/task/" + std::to_string(thread) + "/children");
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    const auto child = static_cast<pid_t>(std::strtol(at, &end, 10));
    if (end == at || child <= 0) return;
    found->push_back(child);
    at = end + (*end == ' ' ? 1 : 0);
  }
}

}  // namespace inhouse
