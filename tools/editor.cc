#include "tools/editor.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

std::string EditorCommand(const VariableLookup& variable) {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    std::string command = variable(name).value_or("");
    if (!command.empty()) return command;
  }
  return "vi";
}

// Ctrl-C belongs to the editor while it runs.
class IgnoreInterrupts {
 public:
  IgnoreInterrupts() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &before_);
  }
  ~IgnoreInterrupts() { sigaction(SIGINT, &before_, nullptr); }
  IgnoreInterrupts(const IgnoreInterrupts&) = delete;
  IgnoreInterrupts& operator=(const IgnoreInterrupts&) = delete;

 private:
  struct sigaction before_ {};
};

// The child starts with the usual meaning of both signals that this program changes.
int Spawn(std::array<char*, 6>& arguments, pid_t* child) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGINT);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int code = posix_spawn(child, "/bin/sh", nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return code;
}

}  // namespace

Status EditFile(const std::filesystem::path& file, const VariableLookup& variable) {
  const std::string editor = EditorCommand(variable);
  // Through the shell, as git does it: the variable may hold options ("code --wait").
  std::string shell = "sh", flag = "-c", line = editor + " \"$1\"", path = file.string();
  std::array<char*, 6> arguments = {shell.data(), flag.data(), line.data(),
                                    shell.data(), path.data(), nullptr};
  const IgnoreInterrupts while_editing;
  pid_t child = -1;
  if (const int code = Spawn(arguments, &child); code != 0) {
    return BadInput("cannot start the editor '" + editor + "': " + ErrnoText(code));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return BadInput("the editor '" + editor + "' failed; set EDITOR to one that works");
}

}  // namespace inhouse
