#include "tools/bench/parse_alone.h"

#include <atomic>
#include <memory>

#include "indexer/base/file_io.h"
#include "indexer/base/parallel.h"
#include "indexer/python/python_parser.h"

namespace inhouse::bench {
namespace {

struct DeleteParser {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};
using Parser = std::unique_ptr<TSParser, DeleteParser>;

bool ParseFile(TSParser* parser, const std::filesystem::path& file) {
  const Result<std::string> bytes = ReadFile(file);
  if (!bytes.ok()) return false;
  TSTree* tree =
      ts_parser_parse_string(parser, nullptr, bytes->data(), static_cast<uint32_t>(bytes->size()));
  ts_tree_delete(tree);
  return tree != nullptr;
}

}  // namespace

Status ParseAlone(const std::vector<std::filesystem::path>& files, size_t threads) {
  std::vector<Parser> parsers;
  for (size_t i = 0; i < threads; ++i) {
    parsers.emplace_back(ts_parser_new());
    ts_parser_set_language(parsers.back().get(), PythonGrammar().language);
  }
  std::atomic<size_t> failed{0};
  ParallelFor(files.size(), threads,
              [&](size_t worker, size_t item) {
                if (!ParseFile(parsers[worker].get(), files[item])) ++failed;
              },
              {});
  if (failed == 0) return {};
  return Error{ErrorKind::kBadInput, std::to_string(failed) + " files cannot be read and parsed"};
}

}  // namespace inhouse::bench
