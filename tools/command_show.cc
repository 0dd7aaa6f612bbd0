// inhouse show: what one needs to know to call an API right.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "retriever/retriever.h"
#include "tools/answer_format.h"
#include "tools/command.h"
#include "tools/index_folder.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

struct ShowArguments {
  std::string name, index;
  bool source = false, json = false;
};

Result<int> RunShow(const ShowArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever,
                   Retriever::Open(FindIndexFolder(arguments.index, context.working_folder)));
  ASSIGN_OR_RETURN(const ApiCard card, retriever->Show(arguments.name));
  if (card.is_stale) {
    context.err << "inhouse: note: " << card.path
                << " changed since it was indexed; run inhouse index" << std::endl;
  }
  if (arguments.json) {
    context.out << ApiCardJson(card, arguments.source) << '\n';
    return 0;
  }
  const std::string text = Printable(FormatCard(card, arguments.source));
  context.out << text << (text.ends_with('\n') ? "" : "\n");
  return 0;
}

}  // namespace

Command AddShowCommand(CLI::App& app) {
  // Shared: CLI11 writes into it while parsing, the command reads it afterwards.
  const auto arguments = std::make_shared<ShowArguments>();
  CLI::App* command =
      app.add_subcommand("show", "One API: signature, parameters, how the team calls it");
  command->add_option("NAME", arguments->name, "audience_io.write_audience, or write_audience")
      ->required();
  command->add_flag("--source", arguments->source, "With its whole definition as written");
  command->add_flag("--json", arguments->json, "The card as a JSON object");
  command->add_option("--index", arguments->index, "Index folder (else the nearest .inhouse/)");
  return {command, [arguments](CommandContext& context) { return RunShow(*arguments, context); }};
}

}  // namespace inhouse
