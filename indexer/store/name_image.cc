#include "indexer/store/name_image.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <utility>
#include <vector>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"
#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

using Pairs = std::vector<std::pair<uint32_t, uint32_t>>;

constexpr uint32_t kNone = FlatTexts::kNone;

// Distinct texts and their numbers, while they are gathered. Borrows the texts.
class TextNumbers {
 public:
  // How many are expected; more make it slower, not wrong.
  explicit TextNumbers(size_t expected)
      : first_(std::bit_ceil(std::max<size_t>(2 * expected, 16)), kNone) {
    texts_.reserve(expected);
    next_.reserve(expected);
  }
  // The text's number, which may be new.
  uint32_t Add(std::string_view text) {
    uint32_t& first = first_[Xxh3(text) & (first_.size() - 1)];
    for (uint32_t at = first; at != kNone; at = next_[at]) {
      if (texts_[at] == text) return at;
    }
    const auto number = static_cast<uint32_t>(texts_.size());
    texts_.push_back(text);
    next_.push_back(std::exchange(first, number));
    return number;
  }
  uint32_t Find(std::string_view text) const {
    uint32_t at = first_[Xxh3(text) & (first_.size() - 1)];
    while (at != kNone && texts_[at] != text) at = next_[at];
    return at;
  }
  const std::vector<std::string_view>& texts() const { return texts_; }

  void Write(FlatWriter* out) const {
    std::string texts;
    std::vector<uint32_t> begins{0};
    begins.reserve(texts_.size() + 1);
    for (const std::string_view text : texts_) {
      texts += text;
      begins.push_back(static_cast<uint32_t>(texts.size()));
    }
    out->Text(texts);
    out->Array(std::span<const uint32_t>(begins));
    out->Array(std::span<const uint32_t>(first_));
    out->Array(std::span<const uint32_t>(next_));
  }

 private:
  std::vector<std::string_view> texts_;
  std::vector<uint32_t> first_;  // by hash
  std::vector<uint32_t> next_;   // of the same hash, by number
};

// Pairs of (list, value); each list keeps their order, repetitions once.
class NumberLists {
 public:
  NumberLists(size_t lists, const Pairs& pairs) : begins_(lists + 1, 0) {
    std::vector<uint32_t> ends(lists + 1, 0), values(pairs.size());
    for (const auto& [list, value] : pairs) ++ends[list];
    uint32_t begin = 0;
    for (size_t i = 0; i <= lists; ++i) {
      begins_[i] = begin;
      begin += std::exchange(ends[i], begin);
    }
    for (const auto& [list, value] : pairs) {
      uint32_t& end = ends[list];
      if (end == begins_[list] || values[end - 1] != value) values[end++] = value;
    }
    values_.reserve(values.size());
    for (size_t i = 0; i < lists; ++i) {
      const uint32_t from = std::exchange(begins_[i], static_cast<uint32_t>(values_.size()));
      values_.insert(values_.end(), values.begin() + from, values.begin() + ends[i]);
    }
    begins_[lists] = static_cast<uint32_t>(values_.size());
  }
  std::span<const uint32_t> Of(uint32_t list) const {
    return std::span(values_).subspan(begins_[list], begins_[list + 1] - begins_[list]);
  }
  void Write(FlatWriter* out) const {
    out->Array(std::span<const uint32_t>(begins_));
    out->Array(std::span<const uint32_t>(values_));
  }

 private:
  std::vector<uint32_t> begins_, values_;
};

// The stemmed parts of last names. Parts repeat: each is stemmed once.
class PartTerms {
 public:
  explicit PartTerms(size_t lasts) : parts_(lasts), terms_(lasts) {}

  // Of each last name its terms; of several words also all of them joined.
  NumberLists OfLasts(const std::vector<std::string_view>& lasts) {
    Pairs of_last;
    of_last.reserve(4 * lasts.size());
    for (uint32_t last = 0; last < lasts.size(); ++last) {
      const std::vector<std::string> words = IdentifierParts(lasts[last]);
      std::string joined;
      for (const std::string& word : words) {
        joined += word;
        const uint32_t term = TermOf(word);
        if (term != kNone) of_last.emplace_back(last, term);
      }
      if (words.size() < 2 || joined.size() < 2) continue;
      joined.resize(std::min(joined.size(), kMaxTermBytes));
      of_last.emplace_back(last, AddTerm(std::move(joined)));
    }
    return {lasts.size(), of_last};
  }
  const TextNumbers& terms() const { return terms_; }

 private:
  uint32_t AddTerm(std::string text) {
    const uint32_t term = terms_.Find(text);
    return term != kNone ? term : terms_.Add(texts_.emplace_back(std::move(text)));
  }
  uint32_t TermOf(const std::string& word) {
    const uint32_t known = parts_.Find(word);
    if (known != kNone) return term_of_part_[known];
    parts_.Add(texts_.emplace_back(word));
    std::vector<std::string> stem = Terms(word);
    term_of_part_.push_back(stem.empty() ? kNone : AddTerm(std::move(stem[0])));
    return term_of_part_.back();
  }

  TextNumbers parts_, terms_;
  std::vector<uint32_t> term_of_part_;
  std::deque<std::string> texts_;  // of both; stay where they are
};

class ImageBuilder {
 public:
  explicit ImageBuilder(std::span<const Catalog::NameEntry> entries)
      : names_(2 * entries.size()), lasts_(entries.size()) {
    records_.reserve(entries.size());
    by_name_.reserve(2 * entries.size());
    by_last_.reserve(2 * entries.size());
    for (const Catalog::NameEntry& entry : entries) {
      if (!IsLocalName(entry.qualified_name)) Add(entry);
    }
  }

  std::string Finish() {
    PartTerms parts(lasts_.texts().size());
    const NumberLists terms_of_last = parts.OfLasts(lasts_.texts());
    Pairs by_term;
    by_term.reserve(4 * by_last_.size());
    for (const auto& [last, entry] : by_last_) {  // in the order of entries
      for (const uint32_t term : terms_of_last.Of(last)) by_term.emplace_back(term, entry);
    }
    FlatWriter out;
    out.Array(std::span<const NameImage::Record>(records_));
    names_.Write(&out);
    lasts_.Write(&out);
    parts.terms().Write(&out);
    NumberLists(names_.texts().size(), by_name_).Write(&out);
    NumberLists(lasts_.texts().size(), by_last_).Write(&out);
    NumberLists(parts.terms().texts().size(), by_term).Write(&out);
    terms_of_last.Write(&out);
    return out.Take();
  }

 private:
  void Add(const Catalog::NameEntry& entry) {
    NameImage::Record record{};
    record.symbol_id = entry.symbol_id;
    record.qualified_name = AddName(entry.qualified_name, &record.last);
    record.import_name = AddName(entry.import_name, &record.last);
    record.kind = static_cast<uint8_t>(entry.kind);
    record.role = static_cast<uint8_t>(entry.role);
    record.is_public = entry.is_public ? 1 : 0;
    record.is_deprecated = entry.is_deprecated ? 1 : 0;
    records_.push_back(record);
  }

  uint32_t AddName(std::string_view name, uint32_t* last) {
    *last = kNone;
    if (name.empty()) return kNone;
    const auto entry = static_cast<uint32_t>(records_.size());
    const uint32_t number = names_.Add(name);
    *last = lasts_.Add(LastNameOf(name));
    by_name_.emplace_back(number, entry);
    by_last_.emplace_back(*last, entry);
    return number;
  }

  std::vector<NameImage::Record> records_;
  TextNumbers names_, lasts_;
  Pairs by_name_, by_last_;
};

bool AllBelow(std::span<const uint32_t> values, size_t limit) {
  uint32_t largest = 0;
  for (const uint32_t value : values) largest = std::max(largest, value);
  return values.empty() || largest < limit;
}

// visit(numbers, count, how many make an entry) for each array of an image whose
// numbers mostly ascend. False if the bytes are no image.
template <typename Visit>
bool ForEachAscending(std::string* bytes, Visit visit) {
  FlatReader in(*bytes);
  const auto give = [&](std::string_view array, size_t width) {
    if (array.empty()) return;
    char* const begin = bytes->data() + (array.data() - bytes->data());
    visit(reinterpret_cast<uint32_t*>(begin), array.size() / sizeof(uint32_t), width);
  };
  const auto next = [&](size_t size) { return in.Bytes(size); };
  give(next(sizeof(NameImage::Record)), sizeof(NameImage::Record) / sizeof(uint32_t));
  for (int texts = 0; texts < 3; ++texts) {
    in.Text();
    give(next(sizeof(uint32_t)), 1);
    next(sizeof(uint32_t));
    next(sizeof(uint32_t));
  }
  for (int lists = 0; lists < 3; ++lists) {
    give(next(sizeof(uint32_t)), 1);
    give(next(sizeof(uint32_t)), 1);
  }
  give(next(sizeof(uint32_t)), 1);
  next(sizeof(uint32_t));  // terms of a last name come in no order
  return in.AtEnd();
}

bool IsBelowOrNone(uint32_t number, size_t limit) { return number == kNone || number < limit; }

// Where things begin, and the end of the last.
bool AreBegins(std::span<const uint32_t> begins, size_t count, size_t end) {
  return begins.size() == count + 1 && begins.front() == 0 && begins.back() == end &&
         std::is_sorted(begins.begin(), begins.end());
}

bool IsRecord(const NameImage::Record& record, const NameImage& image) {
  return IsBelowOrNone(record.import_name, image.names.size()) &&
         IsBelowOrNone(record.qualified_name, image.names.size()) &&
         IsBelowOrNone(record.last, image.lasts.size()) &&
         record.kind <= static_cast<uint8_t>(SymbolKind::kTypeAlias) &&
         record.role <= static_cast<uint8_t>(FileRole::kDocument);
}

}  // namespace

bool IsLocalName(std::string_view qualified_name) {
  return qualified_name.find("<locals>") != std::string_view::npos;
}

std::string_view LastNameOf(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

std::string_view FlatTexts::operator[](uint32_t number) const {
  if (number == kNone) return {};
  return texts_.substr(begins_[number], begins_[number + 1] - begins_[number]);
}

uint32_t FlatTexts::Find(std::string_view text) const {
  if (first_.empty()) return kNone;
  uint32_t at = first_[Xxh3(text) & (first_.size() - 1)];
  while (at != kNone && (*this)[at] != text) at = next_[at];
  return at;
}

bool FlatTexts::Read(FlatReader* in) {
  texts_ = in->Text();
  begins_ = in->Array<uint32_t>();
  first_ = in->Array<uint32_t>();
  next_ = in->Array<uint32_t>();
  if (!in->ok() || !AreBegins(begins_, next_.size(), texts_.size())) return false;
  if (!std::has_single_bit(first_.size())) return false;
  const size_t count = size();
  for (const uint32_t number : first_) {
    if (!IsBelowOrNone(number, count)) return false;
  }
  for (size_t i = 0; i < count; ++i) {
    if (!IsBelowOrNone(next_[i], i)) return false;
  }
  return true;
}

std::span<const uint32_t> FlatLists::Of(uint32_t list) const {
  if (begins_.empty() || list >= begins_.size() - 1) return {};
  return values_.subspan(begins_[list], begins_[list + 1] - begins_[list]);
}

bool FlatLists::Read(FlatReader* in, size_t lists, size_t limit) {
  begins_ = in->Array<uint32_t>();
  values_ = in->Array<uint32_t>();
  return in->ok() && AreBegins(begins_, lists, values_.size()) && AllBelow(values_, limit);
}

NameView NameImage::Entry(uint32_t entry) const {
  const Record& record = records[entry];
  NameView view;
  view.symbol_id = record.symbol_id;
  view.import_name = names[record.import_name];
  view.qualified_name = names[record.qualified_name];
  view.kind = static_cast<SymbolKind>(record.kind);
  view.is_public = record.is_public != 0;
  view.is_deprecated = record.is_deprecated != 0;
  view.role = static_cast<FileRole>(record.role);
  view.place = entry;
  return view;
}

std::optional<NameImage> NameImage::Over(std::string_view bytes) {
  FlatReader in(bytes);
  NameImage image;
  image.records = in.Array<Record>();
  const bool texts = image.names.Read(&in) && image.lasts.Read(&in) && image.terms.Read(&in);
  if (!texts) return std::nullopt;
  const size_t entries = image.records.size();
  const bool lists = image.by_name.Read(&in, image.names.size(), entries) &&
                     image.by_last.Read(&in, image.lasts.size(), entries) &&
                     image.by_term.Read(&in, image.terms.size(), entries) &&
                     image.terms_of_last.Read(&in, image.lasts.size(), image.terms.size());
  if (!lists || !in.AtEnd()) return std::nullopt;
  const bool records = std::all_of(image.records.begin(), image.records.end(),
                                   [&](const Record& record) { return IsRecord(record, image); });
  return records ? std::optional(image) : std::nullopt;
}

std::string BuildNameImage(std::span<const Catalog::NameEntry> names) {
  return ImageBuilder(names).Finish();
}

void PutDistances(std::string* bytes) {
  CHECK(ForEachAscending(bytes, [](uint32_t* numbers, size_t count, size_t width) {
    for (size_t i = count; i-- > width;) numbers[i] -= numbers[i - width];
  }));
}

bool TakeDistances(std::string* bytes) {
  return ForEachAscending(bytes, [](uint32_t* numbers, size_t count, size_t width) {
    for (size_t i = width; i < count; ++i) numbers[i] += numbers[i - width];
  });
}

}  // namespace inhouse
