#include "retriever/query.h"

#include <algorithm>
#include <unordered_map>

#include "indexer/chunk/terms.h"
#include "retriever/edit_distance.h"
#include "retriever/traceback.h"

namespace inhouse {
namespace {

constexpr size_t kMaxNames = 32;
// Terms of a query whose spelling is looked up.
constexpr size_t kMaxCorrections = 8;
// Common beginning from which two long words are taken for one, misspelt at its end.
constexpr size_t kLongStart = 6;
// "max" for "maximum": a short form has so many letters, and leaves out as many at least.
constexpr size_t kMinShortForm = 3;
constexpr size_t kMaxShortForm = 6;
constexpr size_t kMinLeftOut = 2;
// How far before a file's name its preposition may stand.
constexpr size_t kDirectionWords = 5;

std::string Lower(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

bool IsNumber(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    while (i < text.size() && IsWordByte(text[i])) ++i;
    if (i > begin) words.push_back(text.substr(begin, i - begin));
    i += i == begin ? 1 : 0;
  }
  return words;
}

// Of a data file's name only the extension says anything about APIs.
bool IsDataExtension(std::string_view word) {
  constexpr std::string_view kExtensions[] = {"csv", "tsv",  "parquet", "json", "jsonl",   "xlsx",
                                              "xls", "txt",  "pickle",  "pkl",  "feather", "yaml",
                                              "yml", "html", "png",     "pdf",  "sqlite"};
  return std::find(std::begin(kExtensions), std::end(kExtensions), word) != std::end(kExtensions);
}

// The words without the stems of data files: "seeds_q1.csv" → "csv".
std::vector<std::string_view> WithoutFileStems(const std::vector<std::string_view>& words) {
  std::vector<std::string_view> kept;
  for (size_t i = 0; i < words.size(); ++i) {
    const char* end = words[i].data() + words[i].size();
    const bool is_stem = i + 1 < words.size() && words[i + 1].data() == end + 1 && *end == '.' &&
                         IsDataExtension(words[i + 1]);
    if (!is_stem) kept.push_back(words[i]);
  }
  return kept;
}

// "from seed list x.csv" speaks of reading, "results to x.csv" of writing; else "".
std::string_view DirectionBefore(const std::vector<std::string_view>& words, size_t file) {
  for (size_t i = file; i-- > 0 && i + kDirectionWords >= file;) {
    const std::string word = Lower(words[i]);
    if (word == "from") return "read";
    if (word == "to" || word == "into") return "write";
  }
  return {};
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Cuts before a continuation byte of UTF-8.
std::string_view Cut(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return text.substr(0, limit);
}

// Collects distinct terms with their weights.
class TermCollector {
 public:
  TermCollector(const Vocabulary& vocabulary, ParsedQuery* query)
      : vocabulary_(vocabulary), query_(query) {}

  void AddWord(std::string_view word) {
    if (IsNumber(word)) return;
    if (IsStopWord(Lower(word))) return AddDistinct(Lower(word), &query_->stop_words);
    const std::vector<std::string> found = Terms(word);
    for (size_t i = 0; i < found.size(); ++i) {
      const bool joined = found.size() > 1 && i + 1 == found.size();
      if (IsNumber(found[i]) || IsStopWord(found[i])) continue;
      Add(Lower(word), found[i], joined);
    }
  }

  // "hold out" is also the word "holdout", if the corpus has that.
  void AddPair(std::string_view first, std::string_view second) {
    const std::string word = Lower(first) + Lower(second);
    const std::vector<std::string> joined = Terms(word);
    if (joined.size() != 1 || vocabulary_.weights.WeightOf(joined[0]) <= 0) return;
    for (const std::string_view part : {first, second}) {
      for (const std::string& term : Terms(part)) {
        const auto at = places_.find(term);
        if (at != places_.end()) query_->terms[at->second].same.push_back(joined[0]);
      }
    }
  }

  void AddRelated(std::string_view word, std::string_view related) {
    const auto at = places_.find(std::string(word));
    if (at == places_.end() || related.empty()) return;
    query_->terms[at->second].related.emplace_back(related);
  }

 private:
  void Add(const std::string& written, const std::string& term, bool optional) {
    if (places_.count(term) != 0) return;
    const float weight = vocabulary_.weights.WeightOf(term);
    const bool has_weights = !vocabulary_.weights.empty();
    if (optional && has_weights && weight <= 0) return;
    QueryTerm added;
    added.written = written;
    added.term = term;
    added.weight = TermWeight(vocabulary_.weights, term);
    added.is_known = !has_weights || weight > 0;
    added.related = vocabulary_.families.RelativesOf(term);
    AddShortForms(written, &added);
    if (!added.is_known && corrections_++ < kMaxCorrections) {
      std::string nearest = CorrectedTerm(vocabulary_.weights, term);
      if (!nearest.empty()) added.same.push_back(std::move(nearest));
    }
    places_.emplace(term, query_->terms.size());
    query_->terms.push_back(std::move(added));
  }

  void AddShortForms(const std::string& written, QueryTerm* term) {
    const size_t longest = std::min(kMaxShortForm + kMinLeftOut, written.size());
    for (size_t size = kMinShortForm; size + kMinLeftOut <= longest; ++size) {
      const std::string start = written.substr(0, size);
      if (start != term->term && vocabulary_.weights.WeightOf(start) > 0) {
        term->short_forms.push_back(start);
      }
    }
  }

  const Vocabulary& vocabulary_;
  ParsedQuery* query_;
  std::unordered_map<std::string, size_t> places_;
  size_t corrections_ = 0;
};

void CollectTerms(std::string_view text, const Vocabulary& vocabulary, ParsedQuery* query) {
  TermCollector collector(vocabulary, query);
  const std::vector<std::string_view> words = WithoutFileStems(Words(text));
  for (const std::string_view word : words) collector.AddWord(word);
  for (size_t i = 0; i + 1 < words.size(); ++i) collector.AddPair(words[i], words[i + 1]);
  for (size_t i = 0; i < words.size(); ++i) {
    if (IsDataExtension(words[i])) collector.AddRelated(words[i], DirectionBefore(words, i));
  }
}

// The weightiest stay; their order does not change.
void KeepWeightiest(std::vector<QueryTerm>* terms) {
  if (terms->size() <= kMaxQueryTerms) return;
  std::vector<double> weights;
  for (const QueryTerm& term : *terms) weights.push_back(term.is_known ? term.weight : 0);
  std::nth_element(weights.begin(), weights.begin() + kMaxQueryTerms - 1, weights.end(),
                   std::greater<>());
  const double least = weights[kMaxQueryTerms - 1];
  std::erase_if(*terms,
                [&](const QueryTerm& term) { return (term.is_known ? term.weight : 0) < least; });
  if (terms->size() > kMaxQueryTerms) terms->resize(kMaxQueryTerms);
}

size_t CommonStart(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                             a.begin());
}

bool HasInnerCapital(std::string_view name) {
  for (size_t i = 1; i < name.size(); ++i) {
    const bool capital = name[i] >= 'A' && name[i] <= 'Z';
    if (capital && name[i - 1] >= 'a' && name[i - 1] <= 'z') return true;
  }
  return false;
}

bool LooksLikeName(const NameInText& name) {
  const size_t mark = name.name.find_first_of("._");
  return mark != std::string_view::npos || name.is_call || name.is_quoted ||
         HasInnerCapital(name.name);
}

void CollectNames(std::string_view text, std::vector<std::string>* names) {
  for (const NameInText& name : NamesInText(text)) {
    if (names->size() >= kMaxNames) return;
    if (LooksLikeName(name)) AddDistinct(name.name, names);
  }
}

// "module 'm' has no attribute 'a'" → m.a; "cannot import name 'a' from 'm'"; "name 'a' is not
// defined". The owner is then not what is looked for.
void ReadMissing(std::string_view text, ParsedQuery* query) {
  const bool attribute = text.find("has no attribute '") != std::string_view::npos;
  const bool import = text.find("cannot import name '") != std::string_view::npos;
  const bool name = text.find("is not defined") != std::string_view::npos;
  if (!attribute && !import && !name) return;
  std::vector<std::string> quoted;
  for (const NameInText& at : NamesInText(text)) {
    if (at.is_quoted) quoted.emplace_back(at.name);
  }
  if (quoted.size() < (name ? 1U : 2U)) return;
  const std::string owner = attribute ? quoted[0] : import ? quoted[1] : "";
  query->missing = attribute ? quoted[1] : quoted[0];
  std::erase(query->names, query->missing);
  std::erase(query->names, owner);
  if (!owner.empty()) query->missing = owner + "." + query->missing;
}

// A call of a constructor in an error is one of the class.
void NameClasses(std::vector<std::string>* names) {
  constexpr std::string_view kConstructor = ".__init__";
  for (std::string& name : *names) {
    if (name.ends_with(kConstructor)) name.resize(name.size() - kConstructor.size());
  }
}

// "write_audience", "audience_io.write_audience()".
std::string_view OnlyName(std::string_view text) {
  std::string_view name = Trimmed(text);
  if (name.ends_with("()")) name.remove_suffix(2);
  const std::vector<NameInText> names = NamesInText(name);
  return names.size() == 1 && names[0].name.size() == name.size() ? name : std::string_view();
}

ParsedQuery ParseTraceback(std::string_view text, const Vocabulary& vocabulary) {
  const TracebackFacts facts =
      ReadTraceback(text.substr(text.size() - std::min(text.size(), kMaxQueryText)));
  ParsedQuery query;
  AddDistinct(facts.error_type, &query.names);
  for (const auto* list : {&facts.names, &facts.functions}) {
    for (const std::string& name : *list) AddDistinct(name, &query.names);
  }
  CollectNames(facts.message, &query.names);
  std::erase(query.names, "");
  if (query.names.size() > kMaxNames) query.names.resize(kMaxNames);
  query.text = facts.error_type + " " + facts.message;
  for (const std::string& name : facts.names) query.text += " " + name;
  CollectTerms(query.text, vocabulary, &query);
  ReadMissing(facts.message, &query);
  return query;
}

}  // namespace

double ParsedQuery::total_weight() const {
  double sum = 0;
  for (const QueryTerm& term : terms) sum += term.weight;
  return sum;
}

double TermWeight(const WeightTable& weights, std::string_view term) {
  if (weights.empty()) return 1;
  const float known = weights.WeightOf(term);
  return 1.0 + double{known > 0 ? known : weights.largest()};
}

std::string CorrectedTerm(const WeightTable& weights, std::string_view term) {
  const int limit = term.size() < 5 ? 0 : term.size() < 9 ? 1 : 2;
  if (limit == 0) return "";
  // Typing errors seldom hit the first letter.
  const auto& rows = weights.rows();
  const auto begin = std::lower_bound(
      rows.begin(), rows.end(), term.substr(0, 1),
      [](const WeightTable::Row& row, std::string_view t) { return row.first < t; });
  const WeightTable::Row* best = nullptr;
  int best_edits = limit + 1;
  for (auto row = begin; row != rows.end() && row->first[0] == term[0]; ++row) {
    if (row->first.size() < 4) continue;
    int edits = EditDistance(term, row->first, limit);
    const size_t same = CommonStart(term, row->first);
    if (same >= kLongStart && row->first.size() <= same + 1) edits = std::min(edits, limit);
    // Of equally near ones the commonest.
    const bool better = edits < best_edits ||
                        (edits == best_edits && best != nullptr && row->second < best->second);
    if (edits > limit || !better) continue;
    best_edits = edits;
    best = &*row;
  }
  return best == nullptr ? "" : best->first;
}

ParsedQuery ParseQuery(std::string_view text, const Vocabulary& vocabulary) {
  ParsedQuery query;
  if (LooksLikeTraceback(text)) {
    query = ParseTraceback(text, vocabulary);
  } else {
    query.text = Cut(Trimmed(text), kMaxQueryText);
    const std::string_view name = OnlyName(query.text);
    query.is_name = !name.empty();
    if (query.is_name) query.names.emplace_back(name);
    CollectNames(query.text, &query.names);
    CollectTerms(query.text, vocabulary, &query);
    ReadMissing(query.text, &query);
  }
  NameClasses(&query.names);
  KeepWeightiest(&query.terms);
  return query;
}

}  // namespace inhouse
