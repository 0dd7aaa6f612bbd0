#include "tools/bench/parse_alone.h"

#include <atomic>
#include <vector>

#include "indexer/base/file_io.h"
#include "indexer/base/parallel.h"
#include "indexer/python/python_parser.h"

namespace inhouse::bench {
Status ParseAlone(const std::vector<std::filesystem::path>& files, size_t threads) {
  std::vector<PythonParser> parsers(threads);
  std::atomic<size_t> failed{0};
  ParallelFor(files.size(), threads,
              [&](size_t worker, size_t item) {
                const Result<std::string> bytes = ReadFile(files[item]);
                if (!bytes.ok() || !parsers[worker].ParseAlone(*bytes)) ++failed;
              },
              {});
  if (failed == 0) return {};
  return Error{ErrorKind::kBadInput, std::to_string(failed) + " files cannot be read and parsed"};
}

}  // namespace inhouse::bench
