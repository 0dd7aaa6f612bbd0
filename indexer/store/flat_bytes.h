// Arrays of plain numbers as bytes that can be used where they lie: a file of
// them is mapped and read without being unpacked. Numbers are as the processor has
// them (little-endian everywhere that this program runs); each array begins at a
// multiple of 8.
//
//   FlatWriter out; out.Array(std::span(numbers)); out.Text("abc");   →  bytes
//   FlatReader in(bytes); in.Array<uint32_t>(); in.Text();            →  views into the bytes
//
// A reader never leaves its bytes: once they do not fit it is no longer ok() and
// gives empty arrays. What the numbers mean its caller has to check.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace inhouse {

class FlatWriter {
 public:
  template <typename T>
  void Array(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    Put(values.data(), values.size(), sizeof(T));
  }
  void Text(std::string_view text) { Put(text.data(), text.size(), 1); }
  void Number(uint64_t value) { Put(&value, 1, sizeof(value)); }
  std::string Take() { return std::move(bytes_); }

 private:
  void Put(const void* values, uint64_t count, size_t size) {
    bytes_.append(reinterpret_cast<const char*>(&count), sizeof(count));
    if (count > 0) bytes_.append(static_cast<const char*>(values), count * size);
    bytes_.resize((bytes_.size() + 7) / 8 * 8, '\0');
  }
  std::string bytes_;
};

class FlatReader {
 public:
  // The bytes begin at a multiple of 8 in memory; else nothing fits.
  explicit FlatReader(std::string_view bytes)
      : rest_(bytes), ok_(reinterpret_cast<uintptr_t>(bytes.data()) % 8 == 0) {}

  template <typename T>
  std::span<const T> Array() {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    const std::string_view bytes = Next(sizeof(T));
    if (bytes.empty()) return {};
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  std::string_view Text() { return Next(1); }
  // An array of anything of that size.
  std::string_view Bytes(size_t size) { return Next(size); }
  uint64_t Number() {
    const auto numbers = Array<uint64_t>();
    ok_ = ok_ && numbers.size() == 1;
    return ok_ ? numbers[0] : 0;
  }
  bool ok() const { return ok_; }
  // True if everything was read and fitted.
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  std::string_view Next(size_t size) {
    uint64_t count = 0;
    ok_ = ok_ && rest_.size() >= sizeof(count);
    if (!ok_) return {};
    std::memcpy(&count, rest_.data(), sizeof(count));
    rest_.remove_prefix(sizeof(count));
    ok_ = count <= rest_.size() / size;
    if (!ok_) return {};
    const std::string_view bytes = rest_.substr(0, count * size);
    ok_ = (bytes.size() + 7) / 8 * 8 <= rest_.size();
    if (ok_) rest_.remove_prefix((bytes.size() + 7) / 8 * 8);
    return ok_ ? bytes : std::string_view();
  }
  std::string_view rest_;
  bool ok_;
};

}  // namespace inhouse
