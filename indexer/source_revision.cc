#include "indexer/source_revision.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>

#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"

extern char** environ;  // HOME and PATH for git; what would redirect it is left out

namespace inhouse {
namespace {

constexpr size_t kMaxOutput = 4096;
constexpr size_t kMaxConfiguration = 1 << 20;
constexpr std::chrono::seconds kPatience{10};

// What comes through the pipe until its end, kMaxOutput bytes, or the deadline.
std::string ReadUntil(int fd, std::chrono::steady_clock::time_point deadline) {
  std::string out;
  while (out.size() < kMaxOutput) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{fd, POLLIN, 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) break;
    char buffer[1024];
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count <= 0) break;
    out.append(buffer, static_cast<size_t>(count));
  }
  return out;
}

// Our environment without GIT_*: those lead git to another repository. With
// `ceiling` git looks no further up than below that folder.
std::vector<char*> Environment(std::string* ceiling) {
  std::vector<char*> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("GIT_")) out.push_back(*entry);
  }
  out.push_back(ceiling->data());
  out.push_back(nullptr);
  return out;
}

// The exit status of the child, which gets a SIGKILL at the deadline.
int WaitUntil(pid_t child, std::chrono::steady_clock::time_point deadline) {
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) return status;
    if (std::chrono::steady_clock::now() >= deadline) kill(child, SIGKILL);
    poll(nullptr, 0, 2);
  }
}

// Standard output of `git -C repository arguments…`; nullopt if it failed, also
// where there is another repository than the one in repository/.git. Nothing
// that its own configuration names is run: no hook, no monitor.
std::optional<std::string> Git(const std::string& repository, std::vector<std::string> arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  arguments.insert(arguments.begin(), {"git", "--no-optional-locks", "-c", "core.fsmonitor=false",
                                       "-c", "core.hooksPath=/dev/null", "-c",
                                       "safe.bareRepository=explicit", "-C", repository});
  std::string ceiling =
      "GIT_CEILING_DIRECTORIES=" + std::filesystem::path(repository).parent_path().string();
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, "git", &actions, nullptr, argv.data(), Environment(&ceiling).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return std::nullopt;
  writing.reset();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string out = ReadUntil(reading.get(), deadline);
  const bool enough = out.size() >= kMaxOutput;  // the rest does not matter
  if (enough) kill(child, SIGKILL);
  const int status = WaitUntil(child, deadline);
  const bool ok = enough || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return ok ? std::optional<std::string>(std::move(out)) : std::nullopt;
}

// `status` reads changed files through the filters of .git/config, which are
// programs: those are switched off. (The user's own configuration is trusted.)
std::vector<std::string> WithoutFilters(const std::string& repository) {
  const auto names = Git(repository, {"config", "--local", "--includes", "-z", "--name-only",
                                      "--get-regexp", "^filter\\..*\\.(clean|process|required)$"});
  std::vector<std::string> options;
  if (!names) return options;
  for (size_t begin = 0; begin < names->size();) {
    const size_t end = std::min(names->find('\0', begin), names->size());
    const std::string name = names->substr(begin, end - begin);
    options.insert(options.end(), {"-c", name + (name.ends_with("required") ? "=false" : "=")});
    begin = end + 1;
  }
  return options;
}

// Whether the repository's own configuration may name filters; asked of git where
// the configuration is more than one plain file. Git asks for no more than "[filter"
// and "[include" in any case.
bool MayNameFilters(const std::filesystem::path& repository) {
  const std::filesystem::path git = repository / ".git";
  std::error_code error;
  const bool plain = std::filesystem::is_directory(git, error) &&
                     !std::filesystem::exists(git / "commondir", error) &&
                     !std::filesystem::exists(git / "config.worktree", error);
  if (!plain || error) return true;
  Result<std::string> text = ReadFile(git / "config", kMaxConfiguration);
  if (!text.ok()) return true;
  std::transform(text->begin(), text->end(), text->begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text->find("filter") != std::string::npos || text->find("include") != std::string::npos;
}

// The folder with the repository that holds `folder`; "" if there is none.
std::string RepositoryAbove(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path start = std::filesystem::canonical(folder, error);
  if (error) return {};
  for (std::filesystem::path at = start;; at = at.parent_path()) {
    const std::filesystem::path git = at / ".git";
    const bool is_linked = std::filesystem::is_regular_file(git, error);  // a worktree, a submodule
    if (is_linked || std::filesystem::exists(git / "HEAD", error)) return at.string();
    if (at == at.parent_path()) return {};
  }
}

// "<commit>[-dirty]" out of `git status --porcelain=v2 --branch`; "" before the first commit.
std::string RevisionOf(std::string_view status) {
  constexpr std::string_view kCommit = "# branch.oid ";
  std::string revision;
  bool dirty = false;
  for (size_t begin = 0; begin < status.size();) {
    const size_t end = std::min(status.find('\n', begin), status.size());
    const std::string_view line = status.substr(begin, end - begin);
    if (line.starts_with(kCommit)) revision = line.substr(kCommit.size());
    dirty = dirty || !line.starts_with('#');
    begin = end + 1;
  }
  if (revision.empty() || revision.starts_with('(')) return {};
  return dirty ? revision + "-dirty" : revision;
}

}  // namespace

std::string SourceRevision(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> seen;
  std::string revisions;
  for (const std::filesystem::path& path : folders) {
    std::error_code error;
    const bool is_folder = std::filesystem::is_directory(path, error);
    const std::string folder = is_folder ? path.string() : path.parent_path().string();
    const std::string repository = RepositoryAbove(folder);
    if (repository.empty()) continue;
    if (std::find(seen.begin(), seen.end(), repository) != seen.end()) continue;
    seen.push_back(repository);
    std::vector<std::string> arguments;
    if (MayNameFilters(repository)) arguments = WithoutFilters(repository);
    for (const char* word : {"status", "--porcelain=v2", "--branch", "--no-ahead-behind",
                             "--untracked-files=no", "--ignore-submodules"}) {
      arguments.emplace_back(word);
    }
    const auto status = Git(repository, std::move(arguments));
    const std::string revision = status ? RevisionOf(*status) : std::string();
    if (revision.empty()) continue;
    if (!revisions.empty()) revisions += ' ';
    revisions += revision;
  }
  return revisions;
}

}  // namespace inhouse
