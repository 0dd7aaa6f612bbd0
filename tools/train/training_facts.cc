// Source trees → the facts that the embedder is trained on, through the very
// extractor, chunker and terms of the indexer.
//
//   training_facts LIST WORDS OUT
//
// LIST: a line for each tree, "NAME<TAB>FOLDER". WORDS: a word on each line, which become
// terms too. OUT, a folder that is made:
//   terms.txt     each term once; a line's number is the term's number
//   surface.txt   beside it, the spelling that most often became the term
//   words.u32     the terms of all items, one after the other
//   items.u32     of each item 9 numbers: tree, kind, role, and where in words.u32 its name
//                 begins and its name, signature, summary, rest of documentation, body end
//   names.txt     of each item its qualified name
//   calls.u32     pairs of items of one tree: the caller, the called
// Items are functions, methods, properties, classes and modules in the order of the
// trees and files. One thread; equal input gives equal output.
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/chunk/chunker.h"
#include "indexer/chunk/terms.h"
#include "indexer/embed/vector_text.h"
#include "indexer/python/extract_facts.h"
#include "indexer/python/source_tree.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kColumns = 9;
constexpr size_t kMaxWord = 64;

struct Item {
  std::array<uint32_t, kColumns> columns{};
};

// Spelling → how often it became a term; the most frequent one stands for it.
class Surfaces {
 public:
  void Add(uint32_t term, const std::string& word) { ++counts_[term][word]; }
  std::string Best(uint32_t term) const {
    const auto found = counts_.find(term);
    if (found == counts_.end()) return {};
    const std::pair<const std::string, int>* best = nullptr;
    for (const auto& word : found->second) {
      if (best == nullptr || word.second > best->second) best = &word;
    }
    return best->first;
  }

 private:
  std::unordered_map<uint32_t, std::map<std::string, int>> counts_;
};

class Facts {
 public:
  Status AddTree(uint32_t number, const fs::path& folder) {
    SourceTreeOptions options;
    // Copies of other projects.
    options.exclude = {"_vendor/",     "vendor/", "vendored/", "_vendored/",
                       "third_party/", "extern/", "externals/"};
    ASSIGN_OR_RETURN(const SourceListing listing, ListSources(folder, options));
    items_of_tree_.clear();
    calls_of_tree_.clear();
    for (const SourceFile& file : listing.files) {
      if (file.role == FileRole::kTest || file.format != SourceFormat::kPython) continue;
      AddFile(number, file);
    }
    for (const auto& [caller, target] : calls_of_tree_) {
      const auto from = items_of_tree_.find(caller);
      const auto to = items_of_tree_.find(target);
      if (from == items_of_tree_.end() || to == items_of_tree_.end()) continue;
      if (from->second != to->second) calls_.insert(calls_.end(), {from->second, to->second});
    }
    return {};
  }

  Status Write(const fs::path& out) const {
    RETURN_IF_ERROR(MakeFolder(out));
    std::string terms;
    std::string surfaces;
    for (uint32_t i = 0; i < terms_.size(); ++i) {
      (terms += terms_[i]) += '\n';
      (surfaces += surfaces_.Best(i)) += '\n';
    }
    std::vector<uint32_t> rows;
    rows.reserve(items_.size() * kColumns);
    for (const Item& item : items_)
      rows.insert(rows.end(), item.columns.begin(), item.columns.end());
    RETURN_IF_ERROR(WriteFileDurably(out / "terms.txt", terms));
    RETURN_IF_ERROR(WriteFileDurably(out / "surface.txt", surfaces));
    RETURN_IF_ERROR(WriteFileDurably(out / "names.txt", names_));
    RETURN_IF_ERROR(WriteFileDurably(out / "words.u32", Bytes(words_)));
    RETURN_IF_ERROR(WriteFileDurably(out / "items.u32", Bytes(rows)));
    return WriteFileDurably(out / "calls.u32", Bytes(calls_));
  }

  // Terms of their own, whether a tree has them or not.
  void AddPlainWords(std::string_view text) {
    AddWords(text);
    words_.clear();
  }

  size_t items() const { return items_.size(); }
  size_t words() const { return words_.size(); }

 private:
  static std::string_view Bytes(const std::vector<uint32_t>& numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(uint32_t)};
  }

  void AddFile(uint32_t tree, const SourceFile& file) {
    Result<std::string> bytes = ReadFile(file.os_path);
    if (!bytes.ok()) return;
    Result<ExtractedFile> extracted = extractor_.Extract(file, std::move(bytes).value());
    if (!extracted.ok()) return;
    const FileFacts& facts = extracted->facts;
    std::unordered_map<std::string_view, const Symbol*> symbols;
    for (const Symbol& symbol : facts.symbols) symbols.emplace(symbol.qualified_name, &symbol);
    for (const Chunk& chunk : MakeChunks(facts, extracted->text, {})) {
      const auto symbol = symbols.find(chunk.symbol);
      if (symbol != symbols.end()) AddChunk(tree, facts.role, *symbol->second, chunk);
    }
    for (const CallSite& call : facts.call_sites) {
      if (!call.target.empty()) calls_of_tree_.emplace_back(call.caller, call.target);
    }
  }

  void AddChunk(uint32_t tree, FileRole role, const Symbol& symbol, const Chunk& chunk) {
    if (symbol.kind == SymbolKind::kConstant || symbol.kind == SymbolKind::kTypeAlias) return;
    items_of_tree_.emplace(chunk.symbol, static_cast<uint32_t>(items_.size()));
    Item item;
    item.columns = {tree, static_cast<uint32_t>(symbol.kind), static_cast<uint32_t>(role), Place()};
    AddWords(chunk.name);
    item.columns[4] = Place();
    AddWords(chunk.signature);
    item.columns[5] = Place();
    const std::string_view doc = chunk.doc;
    const bool begins = doc.starts_with(symbol.doc.summary);
    const size_t summary = begins ? symbol.doc.summary.size() : 0;
    AddWords(doc.substr(0, summary));
    item.columns[6] = Place();
    AddWords(doc.substr(summary));
    item.columns[7] = Place();
    AddWords(std::string_view(chunk.body).substr(0, kMaxEmbeddedBodyBytes));
    item.columns[8] = Place();
    items_.push_back(item);
    (names_ += chunk.symbol) += '\n';
  }

  uint32_t Place() const { return static_cast<uint32_t>(words_.size()); }

  // Words, as the index sees them; each distinct one is taken apart once.
  void AddWords(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
      if (!IsWordByte(text[i])) {
        ++i;
        continue;
      }
      const size_t begin = i;
      while (i < text.size() && IsWordByte(text[i])) ++i;
      AddWord(std::string(text.substr(begin, i - begin)));
    }
  }

  static bool IsWordByte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  void AddWord(const std::string& word) {
    auto known = words_seen_.find(word);
    if (known == words_seen_.end()) {
      std::vector<uint32_t> numbers;
      for (std::string& term : Terms(word)) numbers.push_back(NumberOf(std::move(term)));
      known = words_seen_.emplace(word, std::move(numbers)).first;
    }
    words_.insert(words_.end(), known->second.begin(), known->second.end());
    if (known->second.size() != 1 || word.size() > kMaxWord) return;
    const std::vector<std::string> parts = IdentifierParts(word);
    if (parts.size() == 1) surfaces_.Add(known->second[0], parts[0]);
  }

  uint32_t NumberOf(std::string term) {
    const auto [at, is_new] = numbers_.try_emplace(term, static_cast<uint32_t>(terms_.size()));
    if (is_new) terms_.push_back(std::move(term));
    return at->second;
  }

  FactExtractor extractor_;
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<std::string> terms_;
  std::unordered_map<std::string, std::vector<uint32_t>> words_seen_;
  Surfaces surfaces_;
  std::vector<uint32_t> words_;
  std::vector<Item> items_;
  std::string names_;
  std::vector<uint32_t> calls_;
  std::unordered_map<std::string, uint32_t> items_of_tree_;
  std::vector<std::pair<std::string, std::string>> calls_of_tree_;
};

Status Run(const fs::path& list, const fs::path& words, const fs::path& out) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(list));
  ASSIGN_OR_RETURN(const std::string plain, ReadFile(words));
  Facts facts;
  facts.AddPlainWords(plain);
  uint32_t number = 0;
  for (size_t begin = 0; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos) {
      return Error{ErrorKind::kBadInput, list.string() + ": no tab in line " +
                                             std::to_string(number + 1) +
                                             "; write NAME<TAB>FOLDER"};
    }
    RETURN_IF_ERROR(facts.AddTree(number, fs::path(line.substr(tab + 1))));
    std::printf("%.*s: %zu items, %zu words\n", static_cast<int>(tab), line.data(), facts.items(),
                facts.words());
  }
  return facts.Write(out);
}

}  // namespace
}  // namespace inhouse

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: training_facts LIST WORDS OUT\n");
    return 2;
  }
  const inhouse::Status done = inhouse::Run(argv[1], argv[2], argv[3]);
  if (done.ok()) return 0;
  std::fprintf(stderr, "training_facts: %s\n", done.error().message.c_str());
  return static_cast<int>(done.error().kind);
}
