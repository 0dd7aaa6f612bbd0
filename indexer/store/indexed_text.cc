#include "indexer/chunk/terms.h"
#include "indexer/store/catalog.h"

namespace inhouse {
namespace {

std::string TermText(std::string_view text) {
  std::string joined;
  for (const std::string& term : Terms(text)) {
    if (!joined.empty()) joined += ' ';
    joined += term;
  }
  return joined;
}

}  // namespace

IndexedText MakeIndexedText(const Chunk& chunk) {
  return {TermText(chunk.name), TermText(chunk.signature), TermText(chunk.doc),
          TermText(chunk.body)};
}

}  // namespace inhouse
