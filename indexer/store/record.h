// A compact row format for what the catalog keeps but never searches: numbers
// as variable-length integers (LEB128, signed ones zigzag), text and lists with
// their length in front. Any bytes come back exactly as they were put in.
//
//   RecordWriter out; out.Text("a"); out.Count(2);   →  bytes
//   RecordReader in(bytes); in.Text(); in.Count();   →  the same, in the same order
//
// A reader never reads past its bytes: once they do not fit, it is no longer
// ok() and gives empty values. Formats built on it: symbol_record.h, call_record.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/symbol.h"

namespace inhouse {

class RecordWriter {
 public:
  void Count(uint64_t value);
  void Number(int64_t value);
  void Flag(bool value) { bytes_.push_back(value ? '\1' : '\0'); }
  void Text(std::string_view text);
  void Texts(const std::vector<std::string>& list);
  // By its distance from the begin of `near`, which reading has to give again.
  void Range(const SourceRange& range, const SourceRange& near = {});
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}
  uint64_t Count();
  // A number of an enumeration that ends with `last`; more fails.
  template <typename Enum>
  Enum Kind(Enum last) {
    const uint64_t value = Count();
    return static_cast<Enum>(value <= static_cast<uint64_t>(last) ? value : Fail());
  }
  int64_t Number();
  bool Flag();
  std::string Text() { return std::string(TextView()); }
  std::string_view TextView();  // into the reader's bytes
  std::vector<std::string> Texts();
  SourceRange Range(const SourceRange& near = {});
  // How many items follow, each of at least one byte: never more than could be there.
  size_t Items();
  bool ok() const { return ok_; }
  // From now on nothing is read: the caller saw that the bytes make no sense.
  uint64_t Fail();
  // True if everything was read and fitted.
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace inhouse
