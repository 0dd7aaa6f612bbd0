// inhouse index: brings the index up to date with source folders.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "indexer/drift_report.h"
#include "indexer/indexer.h"
#include "indexer/source_watch.h"
#include "indexer/store/catalog.h"
#include "tools/command.h"
#include "tools/config.h"
#include "tools/index_folder.h"
#include "tools/pattern_keeping.h"
#include "tools/run_arguments.h"
#include "tools/task_setup.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kListedFiles = 20;  // without --verbose
constexpr std::chrono::milliseconds kWatchStep{60'000};

struct IndexArguments {
  std::vector<std::string> paths, removed;
  std::string index, config, patterns;
  bool rebuild = false, json = false, verbose = false, watch = false, report = false;
  int threads = 0;
};

std::vector<fs::path> Folders(const std::vector<std::string>& paths,
                              const fs::path& working_folder) {
  std::vector<fs::path> folders;
  for (const std::string& path : paths) {
    const fs::path folder = (working_folder / path).lexically_normal();
    folders.push_back(folder.has_filename() ? folder : folder.parent_path());
  }
  return folders;
}

// With --remove only those that are named.
Result<std::vector<fs::path>> Roots(const IndexArguments& arguments, const Config& config,
                                    const fs::path& working_folder) {
  std::vector<fs::path> roots = Folders(arguments.paths, working_folder);
  if (roots.empty() && arguments.removed.empty()) roots = config.index.roots;
  if (!roots.empty() || !arguments.removed.empty()) return roots;
  return Error{ErrorKind::kUsage,
               "no path to index: name folders, or list them as [index] roots in inhouse.toml"};
}

// On a terminal alone; rewrites its own line, every 1 % and at the end.
class Progress {
 public:
  Progress(std::ostream& err, bool shown) : err_(err), shown_(shown) {}
  ~Progress() {
    if (shown_) err_ << "\r\x1b[K" << std::flush;
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(size_t done, size_t total) {
    if (!shown_ || (done < total && done < next_)) return;
    next_ = done + std::max<size_t>(total / 100, 1);
    err_ << "\r\x1b[Kindexing " << done << '/' << total << " files" << std::flush;
  }

 private:
  std::ostream& err_;
  const bool shown_;
  size_t next_ = 0;
};

const char* OutcomeName(FileOutcome outcome) {
  switch (outcome) {
    case FileOutcome::kIndexed: return "indexed";
    case FileOutcome::kUnchanged: return "unchanged";
    case FileOutcome::kSkipped: return "skipped";
    case FileOutcome::kRemoved: return "removed";
  }
  return "";
}

nlohmann::ordered_json DriftJson(const std::vector<DriftEntry>& entries) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const DriftEntry& entry : entries) {
    list.push_back({{"symbol", entry.symbol},
                    {"root", entry.root},
                    {"path", entry.path},
                    {"line", entry.line},
                    {"documented_only", entry.drift.documented_only},
                    {"undocumented", entry.drift.undocumented}});
  }
  return list;
}

// What is printed besides the report.
struct Besides {
  const std::vector<DriftEntry>* drift = nullptr;  // with --report
  const std::vector<PatternState>& patterns;
};

void PrintJson(const IndexReport& report, const Besides& besides, std::ostream& out) {
  nlohmann::ordered_json json = {{"schema", 1},
                                 {"commit", report.commit},
                                 {"files_indexed", report.files_indexed},
                                 {"files_unchanged", report.files_unchanged},
                                 {"files_skipped", report.files_skipped},
                                 {"files_removed", report.files_removed},
                                 {"symbols", report.symbols},
                                 {"chunks", report.chunks},
                                 {"call_sites", report.call_sites},
                                 {"seconds", report.seconds}};
  json["source_revision"] = report.source_revision;
  if (!report.notes.empty()) json["notes"] = report.notes;
  auto& skipped = json["skipped"] = nlohmann::ordered_json::array();
  auto& files = json["files"] = nlohmann::ordered_json::array();
  for (const FileReport& file : report.files) {
    nlohmann::ordered_json entry = {{"root", file.root}, {"path", file.path}};
    if (file.outcome == FileOutcome::kSkipped) {
      entry["reason"] = file.reason;
      skipped.push_back(entry);
    }
    entry["outcome"] = OutcomeName(file.outcome);
    entry["reason"] = file.reason;
    files.push_back(std::move(entry));
  }
  if (besides.drift != nullptr) json["drift"] = DriftJson(*besides.drift);
  for (const PatternState& state : besides.patterns) {
    json["patterns"].push_back(
        {{"name", state.stored.pattern.name}, {"in_use", state.in_use()}, {"state", state.Line()}});
  }
  out << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void PrintDrift(const std::vector<DriftEntry>& entries, std::ostream& out) {
  out << "documentation that disagrees with the code: " << entries.size() << '\n';
  for (const DriftEntry& entry : entries) {
    out << OneLine((fs::path(entry.root) / entry.path).string()) << ':' << entry.line << ": "
        << OneLine(entry.symbol) << ' ' << OneLine(DriftText(entry.drift)) << '\n';
  }
}

void PrintFile(const FileReport& file, std::ostream& out) {
  out << (file.outcome == FileOutcome::kSkipped ? "skipped " : "note    ")
      << OneLine((fs::path(file.root) / file.path).string()) << ": " << OneLine(file.reason)
      << '\n';
}

// Files that could not be read, with their reasons; with `verbose` also those that
// a rule leaves out, and what was odd in others.
void PrintFiles(const IndexReport& report, bool verbose, std::ostream& out) {
  size_t listed = 0, left_out = 0, odd_files = 0;
  for (const FileReport& file : report.files) {
    const bool skipped = file.outcome == FileOutcome::kSkipped;
    const bool odd = !skipped && !file.reason.empty();
    if (odd && !verbose) ++odd_files;
    if ((skipped && file.by_rule && !verbose) || (odd && !verbose) || (!skipped && !odd)) continue;
    if (!verbose && listed == kListedFiles) {
      ++left_out;
      continue;
    }
    PrintFile(file, out);
    ++listed;
  }
  if (left_out > 0) out << "and " << left_out << " more; --verbose lists all\n";
  if (odd_files > 0) {
    out << odd_files << (odd_files == 1 ? " file" : " files")
        << " with syntax errors, an odd encoding or the like; --verbose lists "
        << (odd_files == 1 ? "it" : "them") << '\n';
  }
}

void PrintText(const IndexReport& report, const fs::path& index_dir, bool verbose,
               std::ostream& out) {
  out << report.files_indexed << " files indexed, " << report.files_unchanged << " unchanged, "
      << report.files_skipped << " skipped, " << report.files_removed << " removed in "
      << std::round(report.seconds * 100) / 100 << " s\n"
      << report.symbols << " symbols, " << report.chunks << " chunks, " << report.call_sites
      << " call sites in " << OneLine(index_dir.string()) << '\n';
  for (const std::string& note : report.notes) out << "note    " << OneLine(note) << '\n';
  PrintFiles(report, verbose, out);
}

PatternShelf ShelfOf(const IndexArguments& arguments, const Config& config,
                     const IndexOptions& options, const fs::path& working_folder) {
  RunArguments run;
  run.patterns = arguments.patterns;
  return {PatternsFolder(run, config, working_folder), options.index_dir, options.embedder,
          options.remote};
}

// Approved scripts are usage too, while they hold.
Result<std::vector<PatternState>> UpdatePatterns(const PatternShelf& shelf) {
  std::error_code unreadable;
  if (shelf.folder.empty() || !fs::exists(shelf.folder, unreadable)) {
    return std::vector<PatternState>();
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever,
                   Retriever::Open(shelf.index_dir, shelf.remote));
  return IndexPatterns(shelf, *retriever);
}

void PrintPatterns(const std::vector<PatternState>& patterns, std::ostream& out) {
  if (patterns.empty()) return;
  const auto in_use = std::ranges::count_if(patterns, &PatternState::in_use);
  out << in_use << " of " << patterns.size() << " patterns in use\n";
  for (const PatternState& state : patterns) {
    if (state.in_use()) continue;
    out << "pattern " << OneLine(state.stored.pattern.name) << ": " << OneLine(state.Line())
        << '\n';
  }
}

Status Print(const IndexReport& report, const std::vector<PatternState>& patterns,
             const IndexOptions& options, const IndexArguments& arguments, std::ostream& out) {
  std::vector<DriftEntry> drift;
  if (arguments.report) {
    ASSIGN_OR_RETURN(const auto catalog, Catalog::Open(options.index_dir));
    ASSIGN_OR_RETURN(drift, ListDrift(*catalog));
  }
  if (arguments.json) {
    PrintJson(report, {arguments.report ? &drift : nullptr, patterns}, out);
    return {};
  }
  PrintText(report, options.index_dir, arguments.verbose, out);
  if (arguments.report) PrintDrift(drift, out);
  PrintPatterns(patterns, out);
  return {};
}

// The patterns while a watch goes on: their states are looked at after each update, and
// the index is told when one of them changed.
class WatchedPatterns {
 public:
  explicit WatchedPatterns(PatternShelf shelf) : shelf_(std::move(shelf)) {}

  Result<std::vector<PatternState>> Refresh() {
    std::error_code unreadable;
    if (shelf_.folder.empty() || !fs::exists(shelf_.folder, unreadable)) {
      return std::vector<PatternState>();
    }
    if (retriever_ == nullptr) {
      ASSIGN_OR_RETURN(retriever_, Retriever::Open(shelf_.index_dir, shelf_.remote));
    }
    ASSIGN_OR_RETURN(std::vector<PatternState> states, PatternStates(shelf_.folder, *retriever_));
    std::string now;
    for (const PatternState& state : states) {
      now += state.stored.pattern.name + ": " + state.Line() + '\n';
    }
    if (now == known_) return states;
    ASSIGN_OR_RETURN(states, IndexPatterns(shelf_, *retriever_));
    known_ = std::move(now);
    return states;
  }

 private:
  const PatternShelf shelf_;
  std::unique_ptr<Retriever> retriever_;
  std::string known_;  // each with its state
};

// A line for each update; what goes wrong is said once and tried again, until
// the index itself must be mended or standard output is gone.
Result<int> Watch(const IndexOptions& options, const IndexArguments& arguments,
                  const PatternShelf& shelf, CommandContext& context) {
  IndexReport report;
  ASSIGN_OR_RETURN(const auto watch, SourceWatch::Start(options, &report));
  WatchedPatterns watched(shelf);
  const auto print = [&](const IndexReport& update) -> Status {
    const Result<std::vector<PatternState>> patterns = watched.Refresh();
    if (!patterns.ok()) {
      context.err << "inhouse: patterns: " << OneLine(patterns.error().message) << std::endl;
    }
    return Print(update, patterns.ok() ? *patterns : std::vector<PatternState>(), options,
                 arguments, context.out);
  };
  RETURN_IF_ERROR(print(report));
  std::string said;
  while (context.out.flush()) {
    const Result<std::optional<IndexReport>> next = watch->Next(kWatchStep);
    if (!next.ok()) {
      if (next.error().kind == ErrorKind::kIndex) return next.error();
      if (next.error().message != said) {
        context.err << "inhouse: " << OneLine(next.error().message) << "; trying again"
                    << std::endl;
      }
      said = next.error().message;
    } else if (next->has_value()) {
      said.clear();
      RETURN_IF_ERROR(print(**next));
    }
  }
  return 0;
}

Result<int> RunIndex(const IndexArguments& arguments, CommandContext& context) {
  ASSIGN_OR_RETURN(const Config config, FindConfig(arguments.config, context.working_folder));
  IndexOptions options;
  ASSIGN_OR_RETURN(options.roots, Roots(arguments, config, context.working_folder));
  options.removed_roots = Folders(arguments.removed, context.working_folder);
  options.index_dir = FindIndexFolder(arguments.index, context.working_folder);
  options.exclude = config.index.exclude;
  options.embedder = config.index.embedder;
  ASSIGN_OR_RETURN(options.remote, RemoteEmbedderOf(config, context.variable));
  options.threads = arguments.threads;
  options.rebuild = arguments.rebuild;
  const PatternShelf shelf = ShelfOf(arguments, config, options, context.working_folder);
  std::optional<Progress> progress(std::in_place, context.err, context.err_is_terminal);
  options.progress = [&](size_t done, size_t total) { progress->Show(done, total); };
  if (arguments.watch) {
    options.progress = {};
    return Watch(options, arguments, shelf, context);
  }
  const Result<IndexReport> report = UpdateIndex(options);
  progress.reset();
  if (!report.ok()) return report.error();
  ASSIGN_OR_RETURN(const std::vector<PatternState> patterns, UpdatePatterns(shelf));
  RETURN_IF_ERROR(Print(*report, patterns, options, arguments, context.out));
  return 0;
}

}  // namespace

Command AddIndexCommand(CLI::App& app) {
  // Shared: CLI11 writes into it while parsing, the command reads it afterwards.
  const auto arguments = std::make_shared<IndexArguments>();
  CLI::App* command = app.add_subcommand("index", "Bring the index up to date with source folders");
  command->add_option("PATH", arguments->paths,
                      "Folders or files; left out: [index] roots of inhouse.toml");
  command->add_option("--index", arguments->index, "Index folder (else the nearest .inhouse/)");
  command->add_option("--config", arguments->config,
                      "Configuration (else the nearest inhouse.toml)");
  command->add_option("--patterns", arguments->patterns,
                      "Folder of approved scripts (else [patterns] folder of inhouse.toml)");
  CLI::Option* rebuild =
      command->add_flag("--rebuild", arguments->rebuild, "Forget everything and start anew");
  CLI::Option* removed =
      command
          ->add_option("--remove", arguments->removed,
                       "Forget this root, as for one that moved away; may be repeated")
          ->type_name("ROOT")
          ->expected(1)
          ->take_all()
          ->excludes(rebuild);
  command->add_option("--threads", arguments->threads, "Threads; 0: one per core")
      ->check(CLI::Range(0, 256));
  command->add_flag("--report", arguments->report,
                    "Also list where docstrings disagree with signatures");
  command
      ->add_flag("--watch", arguments->watch,
                 "Stay, and update whenever a source changes, until Ctrl-C")
      ->excludes(removed);
  command->add_flag("--json", arguments->json, "The report as a JSON object");
  command->add_flag("--verbose", arguments->verbose, "List every skipped or odd file");
  return {command, [arguments](CommandContext& context) { return RunIndex(*arguments, context); }};
}

}  // namespace inhouse
