// What every command is given, and how it is announced to the command line.
//
//   Command AddSearchCommand(CLI::App& app);   // one of these in each command_*.cc
//
// Flow: inhouse.cc makes the CommandContext, lets CLI11 parse, and runs the
// command whose subcommand was named. The streams, the environment and the
// terminal are touched through the context alone, so that tests can put their
// own in place. A command returns its exit code; an Error becomes one line on
// `err` and the exit code of its kind. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "indexer/base/result.h"

namespace CLI {
class App;
}

namespace inhouse {

struct CommandContext {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool no_color = false;  // NO_COLOR is set, or the terminal is "dumb"
  std::filesystem::path working_folder{};
  // The value of an environment variable; nothing if it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable{};
  // True once Ctrl-C was pressed, for commands that end in order (see Command).
  std::function<bool()> interrupted{};
  // Waits until something can be read from `in`; false: Ctrl-C came first. Reading itself
  // is not ended by a remembered Ctrl-C.
  std::function<bool()> await_input{};
};

struct Command {
  CLI::App* app = nullptr;  // its subcommand; owned by the parent
  std::function<Result<int>(CommandContext& context)> run;
  // False: Ctrl-C ends the program at once (nothing half-done can be left).
  bool ends_in_order = false;
};

Command AddIndexCommand(CLI::App& app);
Command AddSearchCommand(CLI::App& app);
Command AddShowCommand(CLI::App& app);
Command AddCheckCommand(CLI::App& app);
Command AddGateCommand(CLI::App& app);
Command AddRulesCommand(CLI::App& app);
Command AddPatternsCommand(CLI::App& app);
Command AddRunCommand(CLI::App& app);
Command AddTraceCommand(CLI::App& app);
Command AddReplayCommand(CLI::App& app);

}  // namespace inhouse
