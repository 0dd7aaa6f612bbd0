// bench_check FOLDER: what checking one script costs, against parsing it.
// FOLDER holds real Python code; at least 10,000 symbols of it are indexed. The
// script is its file of about 300 lines with the most calls that get bound.
// Exit code 1 if a check costs more than kMaxRatio times parsing, in the same run.
#include <fmt/format.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/file_io.h"
#include "indexer/indexer.h"
#include "indexer/python/python_parser.h"
#include "retriever/retriever.h"
#include "tools/bench/measure.h"

namespace inhouse::bench {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMinSymbols = 10'000;
constexpr int64_t kLeastLines = 290, kMostLines = 310;
constexpr int kRounds = 200;
constexpr double kMaxRatio = 5.0;          // check : parse
constexpr double kGoalMilliseconds = 5.0;  // reported; machines differ

struct Script {
  fs::path path;
  std::string code;
  size_t calls = 0;
};

// Of this thread's CPU: what others do on the machine stays out.
double Milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

// The file to be checked as if it were new: without its place in the index.
Result<Script> ChooseScript(const fs::path& folder, Retriever* retriever) {
  Script best;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".py") continue;
    ASSIGN_OR_RETURN(std::string code, ReadFile(entry.path()));
    const int64_t lines = std::count(code.begin(), code.end(), '\n');
    if (lines < kLeastLines || lines > kMostLines) continue;
    ASSIGN_OR_RETURN(const ContractReport report, retriever->Check(code, {}));
    const bool better = report.checked_calls > best.calls ||
                        (report.checked_calls == best.calls && entry.path() < best.path);
    if (better) best = {entry.path(), std::move(code), report.checked_calls};
  }
  if (best.calls > 0) return best;
  return Error{ErrorKind::kBadInput, "no file of about 300 lines in " + folder.string() +
                                         " calls what is indexed; name another folder"};
}

Result<double> FirstCheck(const fs::path& index, const std::string& code) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever, Retriever::Open(index));
  const double begin = Milliseconds();
  RETURN_IF_ERROR(retriever->Check(code, {}));
  return Milliseconds() - begin;
}

struct Times {
  std::vector<double> parse, check, ratio;
};

// Turn about, so that a busy machine is busy for both.
Result<Times> Compare(Retriever* retriever, const std::string& code) {
  Times times;
  PythonParser parser;
  for (int i = 0; i < kRounds; ++i) {
    double begin = Milliseconds();
    RETURN_IF_ERROR(parser.Parse(code));
    times.parse.push_back(Milliseconds() - begin);
    begin = Milliseconds();
    RETURN_IF_ERROR(retriever->Check(code, {}));
    times.check.push_back(Milliseconds() - begin);
    times.ratio.push_back(times.check.back() / times.parse.back());
  }
  return times;
}

Result<bool> Run(const fs::path& folder, const fs::path& scratch) {
  IndexOptions options;
  options.roots = {folder};
  options.index_dir = scratch / "index";
  ASSIGN_OR_RETURN(const IndexReport indexed, UpdateIndex(options));
  if (indexed.symbols < kMinSymbols) {
    return Error{ErrorKind::kBadInput,
                 fmt::format("{} has {} symbols; name a folder with at least {}", folder.string(),
                             indexed.symbols, kMinSymbols)};
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever, Retriever::Open(options.index_dir));
  ASSIGN_OR_RETURN(const Script script, ChooseScript(folder, retriever.get()));
  ASSIGN_OR_RETURN(const double first, FirstCheck(options.index_dir, script.code));
  ASSIGN_OR_RETURN(const Times times, Compare(retriever.get(), script.code));
  const double check = Median(times.check), ratio = Median(times.ratio);
  std::vector<double> sorted = times.check;
  std::sort(sorted.begin(), sorted.end());
  std::printf("%s",
              fmt::format("index: {} symbols; script: {}, {} lines, {} calls bound\n",
                          indexed.symbols, fs::relative(script.path, folder).string(),
                          std::count(script.code.begin(), script.code.end(), '\n'), script.calls)
                  .c_str());
  std::printf("%s",
              fmt::format("check: median {:.2f} ms CPU, 95th percentile {:.2f} ms, first after "
                          "opening {:.2f} ms; goal {} ms: {}\n",
                          check, sorted[sorted.size() * 95 / 100], first, kGoalMilliseconds,
                          check < kGoalMilliseconds ? "reached" : "missed here")
                  .c_str());
  const bool good = ratio <= kMaxRatio;
  std::printf("%-6s %s\n", good ? "ok" : "MISSED",
              fmt::format("parsing {:.2f} ms, ratio {:.2f} (at most {})", Median(times.parse),
                          ratio, kMaxRatio)
                  .c_str());
  return good;
}

int Main(int argc, char** argv) {
  if (argc != 2 || std::string_view(argv[1]).starts_with('-')) {
    std::fprintf(stderr, "usage: bench_check FOLDER\n");
    return 2;
  }
  std::string scratch = (fs::temp_directory_path() / "bench_check_XXXXXX").string();
  if (mkdtemp(scratch.data()) == nullptr) {
    std::fprintf(stderr, "bench_check: cannot make a folder in %s\n", scratch.c_str());
    return 8;
  }
  const Result<bool> good = Run(fs::canonical(argv[1]), scratch);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  if (good.ok()) return *good ? 0 : 1;
  std::fprintf(stderr, "bench_check: %s\n", good.error().message.c_str());
  return static_cast<int>(good.error().kind);
}

}  // namespace
}  // namespace inhouse::bench

int main(int argc, char** argv) { return inhouse::bench::Main(argc, argv); }
