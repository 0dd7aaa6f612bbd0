// inhouse: the command line. Parses, runs one command, prints at most one
// error line, and turns it into the exit code (tools/README.md).
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <system_error>
#include <vector>

#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

constexpr int kLookMilliseconds = 500;  // a signal may come just before poll

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

// A signal ends the call of poll.
bool AwaitStandardInput() {
  if (std::cin.rdbuf()->in_avail() > 0) return true;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!WasInterrupted()) {
    if (::poll(&input, 1, kLookMilliseconds) != 0 && input.revents != 0) return true;
  }
  return false;
}

CommandContext SystemContext() {
  CommandContext context{std::cin, std::cout, std::cerr};
  context.in_is_terminal = isatty(STDIN_FILENO) == 1;
  context.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  context.err_is_terminal = isatty(STDERR_FILENO) == 1;
  context.no_color =
      !Variable("NO_COLOR").value_or("").empty() || Variable("TERM").value_or("") == "dumb";
  std::error_code gone;  // the working folder was removed: relative paths then fail by name
  context.working_folder = std::filesystem::current_path(gone);
  context.variable = Variable;
  context.interrupted = WasInterrupted;
  context.await_input = AwaitStandardInput;
  return context;
}

int Report(const Error& error) {
  std::cerr << "inhouse: " << OneLine(error.message) << std::endl;
  return static_cast<int>(error.kind);
}

int RunCommand(const Command& command) {
  command.ends_in_order ? RememberInterrupt() : ExitOnInterrupt();
  // A lost kernel is an error to handle; elsewhere a closed pipe ends the program quietly.
  if (command.ends_in_order) std::signal(SIGPIPE, SIG_IGN);
  CommandContext context = SystemContext();
  const Result<int> result = command.run(context);
  std::cout.flush();
  if (!result.ok()) return Report(result.error());
  if (!std::cout) return Report(StorageError("cannot write to standard output; is the disk full?"));
  return *result;
}

// Help and version end in CLI11 too, with exit code 0 and on standard output.
int EndParsing(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    app.exit(error, std::cout, std::cerr);
    return 0;
  }
  return Report({ErrorKind::kUsage, std::string(error.what()) + "; see inhouse --help"});
}

int Main(int argc, const char* const* argv) {
  // A limit on the size of files is an error of the write, as a full disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  CLI::App app{"Which of our own APIs does this, and a checked script that uses them.", "inhouse"};
  app.set_version_flag("--version", "inhouse " INHOUSE_VERSION);
  app.require_subcommand(1);
  const std::vector<Command> commands = {
      AddIndexCommand(app),  AddSearchCommand(app),  AddShowCommand(app), AddCheckCommand(app),
      AddGateCommand(app),   AddRulesCommand(app),   AddRunCommand(app),  AddTraceCommand(app),
      AddReplayCommand(app), AddPatternsCommand(app)};
  // CLI11 would only say that a subcommand is missing.
  const std::string first = argc > 1 ? argv[1] : "-";
  const auto named = [&](const Command& command) { return command.app->check_name(first); };
  if (!first.starts_with('-') && std::ranges::none_of(commands, named)) {
    return Report({ErrorKind::kUsage, "there is no command '" + first + "'; see inhouse --help"});
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return EndParsing(app, error);
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return RunCommand(command);
  }
  return Report({ErrorKind::kUsage, "no command was given; see inhouse --help"});
}

}  // namespace
}  // namespace inhouse

int main(int argc, char** argv) { return inhouse::Main(argc, argv); }
