#include "indexer/python/source_text.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace inhouse {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr size_t kBinaryProbe = 8192;

uint8_t Byte(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

bool IsContinuation(std::string_view text, size_t i, uint8_t low = 0x80, uint8_t high = 0xBF) {
  return i < text.size() && Byte(text, i) >= low && Byte(text, i) <= high;
}

// Length of the well-formed multi-byte character at `i`; 0 if it is none.
// Source: Unicode 15, table 3-7.
size_t MultiByteLength(std::string_view text, size_t i) {
  const uint8_t lead = Byte(text, i);
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return IsContinuation(text, i + 1) ? 2 : 0;
  uint8_t low = 0x80, high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (!IsContinuation(text, i + 1, low, high) || !IsContinuation(text, i + 2)) return 0;
  if (lead < 0xF0) return 3;
  return IsContinuation(text, i + 3) ? 4 : 0;
}

size_t AsciiPrefix(std::string_view text, size_t i) {
  while (i + 8 <= text.size()) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
    i += 8;
  }
  while (i < text.size() && Byte(text, i) < 0x80) ++i;
  return i;
}

// "line N" of a byte offset, for notes.
std::string LineOf(std::string_view text, size_t offset) {
  return "line " +
         std::to_string(1 + std::count(text.begin(),
                                       text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

SourceText FromUtf8(std::string bytes) {
  size_t valid = ValidUtf8Prefix(bytes);
  if (valid == bytes.size()) return {std::move(bytes), {}};
  SourceText result;
  const std::string where = LineOf(bytes, valid);
  size_t count = 0, begin = 0;
  while (begin + valid < bytes.size()) {
    result.utf8.append(bytes, begin, valid);
    result.utf8 += kReplacement;
    begin += valid + 1;
    ++count;
    valid = ValidUtf8Prefix(std::string_view(bytes).substr(begin));
  }
  result.utf8.append(bytes, begin);
  result.notes.push_back("invalid UTF-8 replaced (" + std::to_string(count) + " bytes, first in " +
                         where + ")");
  return result;
}

SourceText FromLatin1(std::string_view bytes) {
  SourceText result;
  result.utf8.reserve(bytes.size() + bytes.size() / 16);
  for (const char c : bytes) AppendUtf8(static_cast<uint8_t>(c), &result.utf8);
  result.notes.emplace_back("decoded as latin-1");
  return result;
}

void AppendUnit(std::string_view bytes, size_t* i, bool big_endian, std::string* out, size_t* bad) {
  const auto unit = [&](size_t at) {
    const char32_t a = Byte(bytes, at), b = Byte(bytes, at + 1);
    return big_endian ? (a << 8 | b) : (b << 8 | a);
  };
  const char32_t first = unit(*i);
  *i += 2;
  if (first < 0xD800 || first > 0xDFFF) return AppendUtf8(first, out);
  if (first < 0xDC00 && *i + 1 < bytes.size()) {
    const char32_t second = unit(*i);
    if (second >= 0xDC00 && second <= 0xDFFF) {
      *i += 2;
      return AppendUtf8(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), out);
    }
  }
  ++*bad;
  *out += kReplacement;
}

SourceText FromUtf16(std::string_view bytes, bool big_endian) {
  SourceText result;
  size_t bad = bytes.size() % 2;
  for (size_t i = 2; i + 1 < bytes.size();) AppendUnit(bytes, &i, big_endian, &result.utf8, &bad);
  result.notes.emplace_back("decoded as UTF-16");
  if (bad > 0) result.notes.push_back(std::to_string(bad) + " invalid UTF-16 units replaced");
  return result;
}

class Converter {
 public:
  explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~Converter() {
    if (valid()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool valid() const { return handle_ != reinterpret_cast<iconv_t>(std::intptr_t{-1}); }

  // Converts everything; bytes that do not fit become U+FFFD and are counted.
  size_t Convert(std::string bytes, std::string* out) {
    char* in = bytes.data();
    size_t left = bytes.size(), bad = 0;
    std::array<char, 16384> buffer;
    while (left > 0) {
      char* to = buffer.data();
      size_t room = buffer.size();
      const size_t done = iconv(handle_, &in, &left, &to, &room);
      const int error = errno;
      out->append(buffer.data(), buffer.size() - room);
      if (done == static_cast<size_t>(-1) && error != E2BIG && left > 0) {
        *out += kReplacement;
        ++in, --left, ++bad;
      }
    }
    return bad;
  }

 private:
  iconv_t handle_;
};

// iconv's name for Python's, where they differ.
std::string IconvName(std::string name) {
  if (name.starts_with("windows-")) name.replace(0, 8, "cp");
  if (name == "mac-roman") return "MACINTOSH";
  if (name == "cp65001") return "UTF-8";
  return name;
}

SourceText FromNamed(std::string bytes, const std::string& name) {
  static constexpr std::array<std::string_view, 8> kUtf8 = {
      "utf-8", "utf8", "u8", "utf-8-sig", "ascii", "us-ascii", "utf-8-unix", "646"};
  static constexpr std::array<std::string_view, 7> kLatin1 = {
      "latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1", "cp819", "iso-latin-1"};
  const auto among = [&](const auto& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (name.empty() || among(kUtf8)) return FromUtf8(std::move(bytes));
  if (among(kLatin1)) return FromLatin1(bytes);
  Converter converter(IconvName(name));
  if (!converter.valid() || name.starts_with("utf-16") || name.starts_with("utf-32")) {
    SourceText result = FromUtf8(std::move(bytes));
    result.notes.push_back("unknown encoding '" + name + "', read as UTF-8");
    return result;
  }
  SourceText result;
  const size_t bad = converter.Convert(std::move(bytes), &result.utf8);
  result.notes.push_back("decoded as " + name);
  if (bad > 0) result.notes.push_back(std::to_string(bad) + " bytes replaced");
  return result;
}

// Text has hardly any control characters other than blanks.
bool IsBinary(std::string_view bytes) {
  bytes = bytes.substr(0, kBinaryProbe);
  size_t odd = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    odd += byte < 0x20 && (byte < 0x07 || byte > 0x0D) && byte != 0x1B && byte != 0x1A;
  }
  return odd > 4 + bytes.size() / 100;
}

// Neither Python, which takes no NUL byte, nor text that suffered one.
bool HasNulAndBadUtf8(std::string_view bytes) {
  return bytes.find('\0') != std::string_view::npos && ValidUtf8Prefix(bytes) < bytes.size();
}

void NormaliseBytes(SourceText* text) {
  std::string& s = text->utf8;
  if (std::memchr(s.data(), '\0', s.size()) != nullptr) {
    const auto count = std::count(s.begin(), s.end(), '\0');
    std::replace(s.begin(), s.end(), '\0', ' ');
    text->notes.push_back(std::to_string(count) + " NUL bytes blanked");
  }
  bool old_line_ends = false;
  for (size_t i = s.find('\r'); i != std::string::npos; i = s.find('\r', i + 1)) {
    if (i + 1 < s.size() && s[i + 1] == '\n') continue;
    s[i] = '\n';
    old_line_ends = true;
  }
  if (old_line_ends) text->notes.emplace_back("lone CR read as a line end");
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// The encoding in one line: ^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)
std::string CodingOfLine(std::string_view line) {
  const size_t hash = line.find_first_not_of(" \t\f");
  if (hash == std::string_view::npos || line[hash] != '#') return "";
  for (size_t at = line.find("coding"); at != std::string_view::npos;
       at = line.find("coding", at)) {
    at += 6;
    if (at >= line.size() || (line[at] != ':' && line[at] != '=')) continue;
    const size_t begin = line.find_first_not_of(" \t", at + 1);
    if (begin == std::string_view::npos) return "";
    size_t end = begin;
    while (end < line.size() && IsNameByte(line[end])) ++end;
    if (end > begin) return std::string(line.substr(begin, end - begin));
  }
  return "";
}

}  // namespace

size_t ValidUtf8Prefix(std::string_view text) {
  size_t i = 0;
  while ((i = AsciiPrefix(text, i)) < text.size()) {
    const size_t length = MultiByteLength(text, i);
    if (length == 0) return i;
    i += length;
  }
  return i;
}

void AppendUtf8(char32_t code, std::string* text) {
  const auto push = [text](char32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (code < 0x80) return push(code);
  if (code < 0x800) {
    push(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      push(0xE0 | code >> 12);
    } else {
      push(0xF0 | code >> 18);
      push(0x80 | (code >> 12 & 0x3F));
    }
    push(0x80 | (code >> 6 & 0x3F));
  }
  push(0x80 | (code & 0x3F));
}

std::string DeclaredEncoding(std::string_view bytes) {
  const size_t first_end = bytes.find_first_of("\r\n");
  const std::string_view first = bytes.substr(0, first_end);
  std::string name = CodingOfLine(first);
  const size_t text = first.find_first_not_of(" \t\f");
  const bool blank = text == std::string_view::npos || first[text] == '#';
  if (name.empty() && blank && first_end != std::string_view::npos) {
    const size_t second = bytes.find('\n', first_end);
    if (second != std::string_view::npos) {
      const std::string_view rest = bytes.substr(second + 1);
      name = CodingOfLine(rest.substr(0, rest.find_first_of("\r\n")));
    }
  }
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c == '_') c = '-';
  }
  return name;
}

Result<SourceText> DecodeSource(std::string bytes) {
  SourceText text;
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    text = FromUtf8(bytes.substr(3));
  } else if (bytes.starts_with("\xFF\xFE") && !bytes.starts_with(std::string("\xFF\xFE\0\0", 4))) {
    text = FromUtf16(bytes, false);
  } else if (bytes.starts_with("\xFE\xFF")) {
    text = FromUtf16(bytes, true);
  } else if (IsBinary(bytes) || HasNulAndBadUtf8(bytes)) {
    return BadInput("not a text file");
  } else {
    const std::string encoding = DeclaredEncoding(bytes);
    text = FromNamed(std::move(bytes), encoding);
  }
  if (IsBinary(text.utf8)) return BadInput("not a text file");
  NormaliseBytes(&text);
  return text;
}

}  // namespace inhouse
