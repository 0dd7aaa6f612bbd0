// inhouse search: which of our own APIs does this.
#include <CLI/CLI.hpp>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "retriever/card_format.h"
#include "retriever/retriever.h"
#include "tools/answer_format.h"
#include "tools/command.h"
#include "tools/config.h"
#include "tools/index_folder.h"

namespace inhouse {
namespace {

constexpr size_t kMaxQueryBytes = size_t{64} << 10;
constexpr size_t kShownQuery = 200;  // bytes of it in a message

struct SearchArguments {
  std::vector<std::string> words;
  std::string index;
  size_t limit = 10;
  bool json = false, explain = false, batch = false, include_private = false;
  size_t pack = 0;      // tokens; 0: hits
  std::string without;  // stages, for measurements
};

Status CheckArguments(const SearchArguments& arguments) {
  if (arguments.batch && !arguments.words.empty()) {
    return Error{ErrorKind::kUsage, "--batch reads its queries from standard input; leave out '" +
                                        Shortened(arguments.words[0], kShownQuery) + "'"};
  }
  if (!arguments.batch && arguments.words.empty()) {
    return Error{ErrorKind::kUsage, "nothing to search for; write inhouse search \"…\""};
  }
  return {};
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

void NoteStaleFiles(const SearchAnswer& answer, std::ostream& err) {
  if (answer.stale_files.empty()) return;
  const bool one = answer.stale_files.size() == 1;
  err << "inhouse: note: " << answer.stale_files.size()
      << (one ? " file changed since it was" : " files changed since they were")
      << " indexed; run inhouse index" << std::endl;
}

Result<int> SearchOnce(const SearchArguments& arguments, const SearchOptions& options,
                       Retriever& retriever, CommandContext& context) {
  if (Joined(arguments.words).find_first_not_of(" \t\n") == std::string::npos) {
    return Error{ErrorKind::kUsage, "no query: say what is wanted, or the name of an API"};
  }
  ASSIGN_OR_RETURN(const SearchAnswer answer, retriever.Search(Joined(arguments.words), options));
  if (arguments.json) {
    context.out << SearchAnswerJson(answer, arguments.explain) << '\n';
  } else {
    const Style style(context.out_is_terminal && !context.no_color);
    PrintSearchAnswer(answer, arguments.explain, style, context.out);
    NoteStaleFiles(answer, context.err);
  }
  if (!answer.hits.empty()) return 0;
  return Error{ErrorKind::kNegative, "nothing in the index matches '" +
                                         Shortened(Joined(arguments.words), kShownQuery) +
                                         "'; try other words, or --private"};
}

Result<ContextPack> PackFor(const std::string& query, const SearchArguments& arguments,
                            const SearchOptions& options, Retriever& retriever) {
  Evidence evidence;
  evidence.text = query;
  evidence.include_private = options.include_private;
  evidence.without = options.without;
  return retriever.Pack(evidence, arguments.pack);
}

Result<int> PackOnce(const SearchArguments& arguments, const SearchOptions& options,
                     Retriever& retriever, CommandContext& context) {
  const std::string query = Joined(arguments.words);
  ASSIGN_OR_RETURN(const ContextPack pack, PackFor(query, arguments, options, retriever));
  if (arguments.json) {
    context.out << ContextPackJson(pack, query, arguments.pack) << '\n';
  } else {
    context.out << pack.text;
  }
  if (!pack.entries.empty()) return 0;
  return Error{ErrorKind::kNegative, "nothing in the index is worth showing for '" +
                                         Shortened(query, kShownQuery) + "'; try other words"};
}

Result<std::string> AnswerJson(const std::string& query, const SearchArguments& arguments,
                               const SearchOptions& options, Retriever& retriever) {
  if (arguments.pack > 0) {
    ASSIGN_OR_RETURN(const ContextPack pack, PackFor(query, arguments, options, retriever));
    return ContextPackJson(pack, query, arguments.pack);
  }
  ASSIGN_OR_RETURN(const SearchAnswer answer, retriever.Search(query, options));
  return SearchAnswerJson(answer, arguments.explain);
}

// A line that is a JSON string stands for that string, so that a query can have
// several lines; any other line is the query itself.
std::string QueryOf(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.starts_with('"')) return std::string(line);
  const auto parsed = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  return parsed.is_string() ? parsed.get<std::string>() : std::string(line);
}

// In place of the answer to a line that is no query.
std::string TooLongJson() {
  return nlohmann::json{{"schema", 1},
                        {"error", "the query is longer than the limit of " +
                                      std::to_string(kMaxQueryBytes) + " bytes"}}
      .dump();
}

// A query a line in, an answer a line out, each flushed: whoever asks may wait
// for the answer before the next question. Ends with the input.
Result<int> SearchBatch(const SearchArguments& arguments, const SearchOptions& options,
                        Retriever& retriever, CommandContext& context) {
  std::vector<char> line(kMaxQueryBytes + 1);
  while (context.out) {
    context.in.getline(line.data(), std::ssize(line));
    const bool too_long = context.in.fail() && context.in.gcount() == std::ssize(line) - 1;
    if (too_long) {
      context.in.clear();
      context.in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
      context.out << TooLongJson() << std::endl;
      continue;
    }
    if (!context.in) break;
    ASSIGN_OR_RETURN(const std::string answer,
                     AnswerJson(QueryOf(line.data()), arguments, options, retriever));
    context.out << answer << std::endl;
  }
  return 0;
}

Result<int> RunSearch(const SearchArguments& arguments, CommandContext& context) {
  RETURN_IF_ERROR(CheckArguments(arguments));
  SearchOptions options;
  options.limit = arguments.limit;
  options.include_private = arguments.include_private;
  options.explain = arguments.explain;
  ASSIGN_OR_RETURN(options.without, ParseStages(arguments.without));
  ASSIGN_OR_RETURN(const Config config, FindConfig("", context.working_folder));
  ASSIGN_OR_RETURN(const auto remote, RemoteEmbedderOf(config, context.variable));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<Retriever> retriever,
      Retriever::Open(FindIndexFolder(arguments.index, context.working_folder), remote));
  if (arguments.batch) return SearchBatch(arguments, options, *retriever, context);
  return arguments.pack > 0 ? PackOnce(arguments, options, *retriever, context)
                            : SearchOnce(arguments, options, *retriever, context);
}

}  // namespace

Command AddSearchCommand(CLI::App& app) {
  // Shared: CLI11 writes into it while parsing, the command reads it afterwards.
  const auto arguments = std::make_shared<SearchArguments>();
  CLI::App* command = app.add_subcommand("search", "Which of our own APIs does this");
  command->add_option("QUERY", arguments->words, "What it should do, a name, or a traceback");
  command->add_option("-k", arguments->limit, "How many hits at most")->check(CLI::Range(1, 100));
  command->add_flag("--json", arguments->json, "The answer as a JSON object");
  command->add_flag("--explain", arguments->explain, "With the ranking signals of each hit");
  command->add_flag(
      "--batch", arguments->batch,
      "A query a line from standard input (as it is, or as a JSON string), a JSON answer a line");
  command
      ->add_option("--pack", arguments->pack,
                   "API cards within so many tokens, as a prompt has them")
      ->check(CLI::Range(50, 100'000));
  command->add_option("--without", arguments->without, "Stages left out, to measure them")
      ->group("");  // not in the help
  command->add_flag("--private", arguments->include_private, "Private names too");
  command->add_option("--index", arguments->index, "Index folder (else the nearest .inhouse/)");
  return {command, [arguments](CommandContext& context) { return RunSearch(*arguments, context); }};
}

}  // namespace inhouse
