// bench_index FOLDER [PART…]: what indexing costs, against what it cannot avoid.
// FOLDER holds real Python code. Parts: ratio threads unchanged watch scale (all,
// if none is named). Ratios are of one run; exit code 1 if one misses its bound.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/indexer.h"
#include "indexer/source_watch.h"
#include "indexer/store/catalog.h"
#include "tools/bench/measure.h"
#include "tools/bench/parse_alone.h"
#include "tools/bench/sample_tree.h"

namespace inhouse::bench {
namespace {

namespace fs = std::filesystem;

constexpr double kMaxRatio = 2.0;             // index : parse, CPU time
constexpr double kMinSpeedUpShare = 0.9;      // of what parsing gains by a second thread
constexpr double kMaxUnchanged = 1.5;         // nothing changed : git status + find
constexpr double kMaxOneFileSeconds = 0.050;  // beyond finding out
constexpr double kMaxWatchSeconds = 0.010;    // from a file's close to the new answer
constexpr double kMaxMegabytes = 300;         // a million lines
constexpr double kMaxIndexShare = 2.0;        // index : source, bytes
constexpr int kRounds = 9;

struct Bench {
  fs::path source;
  fs::path program;  // inhouse
  fs::path scratch;
  bool missed = false;

  void Say(bool good, const std::string& line) {
    if (!good) missed = true;
    std::printf("%-6s %s\n", good ? "ok" : "MISSED", line.c_str());
    std::fflush(stdout);
  }
};

IndexOptions OptionsFor(const SampleTree& tree, const fs::path& index, int threads) {
  IndexOptions options;
  options.roots = {tree.root};
  options.index_dir = index;
  options.threads = threads;
  return options;
}

Result<Cost> IndexAnew(const SampleTree& tree, const fs::path& index, int threads) {
  std::error_code ignored;
  fs::remove_all(index, ignored);
  return Measure([&]() -> Status {
    const Result<IndexReport> report = UpdateIndex(OptionsFor(tree, index, threads));
    return report.ok() ? Status() : Status(report.error());
  });
}

Result<Cost> ParseOnly(const SampleTree& tree, size_t threads) {
  return Measure([&] { return ParseAlone(tree.files, threads); });
}

uintmax_t BytesBelow(const fs::path& folder) {
  uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

// Full index against parsing, CPU time of one thread.
Status RunRatio(Bench* bench) {
  ASSIGN_OR_RETURN(const SampleTree tree,
                   MakeSample(bench->source, bench->scratch / "ratio", {.lines = 100'000}));
  std::vector<double> ratios, parses, indexes;
  for (int i = 0; i < kRounds; ++i) {
    ASSIGN_OR_RETURN(const Cost parse, ParseOnly(tree, 1));
    ASSIGN_OR_RETURN(const Cost index, IndexAnew(tree, bench->scratch / "index", 1));
    parses.push_back(parse.cpu_seconds);
    indexes.push_back(index.cpu_seconds);
    ratios.push_back(index.cpu_seconds / parse.cpu_seconds);
  }
  const double ratio = Median(ratios);
  bench->Say(ratio <= kMaxRatio,
             fmt::format("ratio: {} lines, parse {:.3f} s, index {:.3f} s CPU, ratio {:.2f} "
                         "(at most {})",
                         tree.lines, Median(parses), Median(indexes), ratio, kMaxRatio));
  return {};
}

// What a second thread gains.
Status RunThreads(Bench* bench) {
  ASSIGN_OR_RETURN(const SampleTree tree,
                   MakeSample(bench->source, bench->scratch / "threads", {.lines = 100'000}));
  std::vector<double> parsing, indexing;
  const fs::path index = bench->scratch / "index";
  for (int i = 0; i < kRounds; ++i) {
    ASSIGN_OR_RETURN(const Cost parse1, ParseOnly(tree, 1));
    ASSIGN_OR_RETURN(const Cost parse2, ParseOnly(tree, 2));
    ASSIGN_OR_RETURN(const Cost index1, IndexAnew(tree, index, 1));
    ASSIGN_OR_RETURN(const Cost index2, IndexAnew(tree, index, 2));
    parsing.push_back(parse1.wall_seconds / parse2.wall_seconds);
    indexing.push_back(index1.wall_seconds / index2.wall_seconds);
  }
  const double share = Median(indexing) / Median(parsing);
  bench->Say(share >= kMinSpeedUpShare,
             fmt::format("threads: two give parsing {:.2f}, indexing {:.2f}: {:.0f} % of it "
                         "(at least {:.0f} %)",
                         Median(parsing), Median(indexing), share * 100, kMinSpeedUpShare * 100));
  return {};
}

Status MakeRepository(const fs::path& root) {
  const std::string git = "git -C '" + root.string() + "' -c user.name=b -c user.email=b@b ";
  const std::string command = git + "init -q && " + git + "add -A && " + git + "commit -qm all";
  if (std::system(command.c_str()) == 0) return {};
  return Error{ErrorKind::kBadInput, "git init, add and commit failed in " + root.string()};
}

Status ChangeOneFile(const fs::path& file, int round) {
  std::ofstream(file, std::ios::app)
      << "\n\ndef added_" << round << "(a, b=1):\n    return a + b\n";
  return {};
}

// A tree of 5,000 files in which nothing changed, and then one file.
Status RunUnchanged(Bench* bench) {
  ASSIGN_OR_RETURN(const SampleTree tree,
                   MakeSample(bench->source, bench->scratch / "unchanged", {.files = 5000}));
  RETURN_IF_ERROR(MakeRepository(tree.root));
  const std::string root = tree.root.string();
  const std::string index = (bench->scratch / "index5000").string();
  const std::vector<std::string> update = {bench->program.string(), "index", root, "--index",
                                           index};
  ASSIGN_OR_RETURN(const Cost first, MeasureProgram(update));
  std::vector<double> floors, unchanged, changed, cpu_ratios;
  for (int i = 0; i < kRounds; ++i) {
    ASSIGN_OR_RETURN(const Cost status, MeasureProgram({"git", "-C", root, "status"}));
    ASSIGN_OR_RETURN(const Cost find, MeasureProgram({"find", root}));
    ASSIGN_OR_RETURN(const Cost same, MeasureProgram(update));
    floors.push_back(status.wall_seconds + find.wall_seconds);
    cpu_ratios.push_back(same.cpu_seconds / (status.cpu_seconds + find.cpu_seconds));
    unchanged.push_back(same.wall_seconds);
  }
  for (int i = 0; i < kRounds; ++i) {
    RETURN_IF_ERROR(ChangeOneFile(tree.files[tree.files.size() / 2], i));
    ASSIGN_OR_RETURN(const Cost one, MeasureProgram(update));
    changed.push_back(one.wall_seconds);
  }
  const double ratio = Median(unchanged) / Median(floors);
  bench->Say(ratio <= kMaxUnchanged,
             fmt::format("unchanged: {} files, {} lines (first {:.1f} s): {:.1f} ms, git status "
                         "and find {:.1f} ms, ratio {:.2f} (at most {}; of CPU time {:.2f})",
                         tree.files.size(), tree.lines, first.wall_seconds, Median(unchanged) * 1e3,
                         Median(floors) * 1e3, ratio, kMaxUnchanged, Median(cpu_ratios)));
  const double beyond = Median(changed) - Median(unchanged);
  bench->Say(beyond <= kMaxOneFileSeconds,
             fmt::format("one file: {:.1f} ms, {:.1f} ms beyond finding out (at most {:.0f})",
                         Median(changed) * 1e3, beyond * 1e3, kMaxOneFileSeconds * 1e3));
  return {};
}

Result<bool> Answers(const fs::path& index, const std::string& name) {
  ASSIGN_OR_RETURN(const auto catalog, Catalog::Open(index));
  ASSIGN_OR_RETURN(const auto names, catalog->Names());
  return std::any_of(names.begin(), names.end(), [&](const Catalog::NameEntry& entry) {
    return entry.qualified_name.ends_with(name);
  });
}

// From a file's close until a watching process has committed it.
Status RunWatch(Bench* bench) {
  using Clock = std::chrono::steady_clock;
  ASSIGN_OR_RETURN(const SampleTree tree,
                   MakeSample(bench->source, bench->scratch / "watch", {.files = 5000}));
  RETURN_IF_ERROR(MakeRepository(tree.root));
  const fs::path index = bench->scratch / "index_watch";
  IndexReport first;
  ASSIGN_OR_RETURN(const auto watch, SourceWatch::Start(OptionsFor(tree, index, 1), &first));
  std::vector<double> seconds, cpu_seconds;
  for (int i = 0; i < kRounds; ++i) {
    const fs::path& file = tree.files[tree.files.size() / 2];
    RETURN_IF_ERROR(ChangeOneFile(file, i));
    const Clock::time_point closed = Clock::now();
    const double used = ProcessSeconds();
    ASSIGN_OR_RETURN(const auto report, watch->Next(std::chrono::seconds(60)));
    seconds.push_back(std::chrono::duration<double>(Clock::now() - closed).count());
    cpu_seconds.push_back(ProcessSeconds() - used);
    ASSIGN_OR_RETURN(const bool answers, Answers(index, fmt::format(".added_{}", i)));
    if (!report || !answers) return BadInput("the change of " + file.string() + " was not seen");
  }
  const double median = Median(seconds);
  bench->Say(
      median <= kMaxWatchSeconds,
      fmt::format("watch: {} files, {:.1f} ms from close to commit, {:.1f} ms of CPU, at most "
                  "{:.1f} (at most {:.0f})",
                  tree.files.size(), median * 1e3, Median(cpu_seconds) * 1e3,
                  *std::max_element(seconds.begin(), seconds.end()) * 1e3, kMaxWatchSeconds * 1e3));
  return {};
}

// Time, memory and disk at three sizes.
Status RunScale(Bench* bench) {
  for (const size_t lines : {size_t{10'000}, size_t{100'000}, size_t{1'000'000}}) {
    const fs::path folder = bench->scratch / ("scale" + std::to_string(lines));
    ASSIGN_OR_RETURN(const SampleTree tree, MakeSample(bench->source, folder, {.lines = lines}));
    const fs::path index = bench->scratch / "index";
    ASSIGN_OR_RETURN(const Cost parse, ParseOnly(tree, 1));
    ASSIGN_OR_RETURN(const Cost cost, IndexAnew(tree, index, 1));
    const double share = static_cast<double>(BytesBelow(index)) / static_cast<double>(tree.bytes);
    const bool good = cost.peak_megabytes <= kMaxMegabytes && share <= kMaxIndexShare;
    bench->Say(good,
               fmt::format("scale: {} lines, {:.1f} MB: index {:.2f} s CPU, parse {:.2f} s, "
                           "ratio {:.2f}, {:.1f} us a line, peak {:.0f} MB (at most {:.0f}), "
                           "index {:.2f} of the source (at most {})",
                           tree.lines, static_cast<double>(tree.bytes) / 1e6, cost.cpu_seconds,
                           parse.cpu_seconds, cost.cpu_seconds / parse.cpu_seconds,
                           cost.cpu_seconds * 1e6 / static_cast<double>(tree.lines),
                           cost.peak_megabytes, kMaxMegabytes, share, kMaxIndexShare));
    fs::remove_all(folder);
  }
  return {};
}

struct Part {
  std::string_view name;
  Status (*run)(Bench* bench);
};
constexpr Part kParts[] = {{"ratio", RunRatio},
                           {"threads", RunThreads},
                           {"unchanged", RunUnchanged},
                           {"watch", RunWatch},
                           {"scale", RunScale}};

int RunParts(const std::vector<std::string>& named, Bench* bench) {
  for (const Part& part : kParts) {
    if (!named.empty() && std::find(named.begin(), named.end(), part.name) == named.end()) continue;
    const Status done = part.run(bench);
    if (done.ok()) continue;
    std::fprintf(stderr, "bench_index: %s\n", done.error().message.c_str());
    return static_cast<int>(done.error().kind);
  }
  return bench->missed ? 1 : 0;
}

int Main(int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]).starts_with('-')) {
    std::fprintf(stderr, "usage: bench_index FOLDER [ratio|threads|unchanged|watch|scale]...\n");
    return 2;
  }
  std::string scratch = (fs::temp_directory_path() / "bench_index_XXXXXX").string();
  if (mkdtemp(scratch.data()) == nullptr) {
    std::fprintf(stderr, "bench_index: cannot make a folder in %s\n", scratch.c_str());
    return 8;
  }
  Bench bench;
  bench.source = argv[1];
  bench.scratch = scratch;
  bench.program = fs::read_symlink("/proc/self/exe").parent_path() / "inhouse";
  const int code = RunParts({argv + 2, argv + argc}, &bench);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  return code;
}

}  // namespace
}  // namespace inhouse::bench

int main(int argc, char** argv) { return inhouse::bench::Main(argc, argv); }
