#include "tools/deploy.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <vector>

#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxScriptBytes = int64_t{1} << 20;

// A file in memory that nobody can change any more, read from its begin.
Result<UniqueFd> SealedCopy(std::string_view text) {
  UniqueFd fd(::memfd_create("script.py", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return StorageError("cannot hold the script in memory: " + ErrnoText(errno));
  if (const int failed = WriteAll(fd.get(), text); failed != 0)
    return StorageError("cannot hold the script in memory: " + ErrnoText(failed));
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0 || ::lseek(fd.get(), 0, SEEK_SET) != 0) {
    return StorageError("cannot seal the script: " + ErrnoText(errno));
  }
  return fd;
}

std::vector<std::string> EnvironmentWith(const std::vector<std::string>& more) {
  std::vector<std::string> all = more;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("INHOUSE_S")) all.emplace_back(*variable);
  }
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts->size() + 1);
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Standard input from `input`; the signals that this program changes mean the usual.
int Spawn(std::vector<char*> arguments, std::vector<char*> environment, int input, pid_t* child) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
    sigaddset(&usual, signal_number);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  const int code =
      posix_spawn(child, "/bin/sh", &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return code;
}

}  // namespace

Status DeployScript(const std::string& command, const fs::path& session,
                    const std::string& digest) {
  ASSIGN_OR_RETURN(const std::string script, ReadFile(session / "script.py", kMaxScriptBytes));
  if (Sha256Hex(script) != digest) {
    return BadInput((session / "script.py").string() +
                    " is not the script that was approved; it was not deployed. Review it anew");
  }
  ASSIGN_OR_RETURN(const UniqueFd input, SealedCopy(script));
  std::vector<std::string> arguments = {"sh", "-c", command};
  std::vector<std::string> environment = EnvironmentWith(
      {"INHOUSE_SCRIPT_SHA256=" + digest, "INHOUSE_SESSION=" + fs::absolute(session).string()});
  pid_t child = -1;
  const int code = Spawn(Pointers(&arguments), Pointers(&environment), input.get(), &child);
  if (code != 0) return BadInput("cannot start the --deploy command: " + ErrnoText(code));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string how = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                            : "signal " + std::to_string(WTERMSIG(status));
  return Error{ErrorKind::kNegative, "the --deploy command ended with " + how +
                                         "; the approved script is in " +
                                         (session / "script.py").string()};
}

}  // namespace inhouse
