// Bytes of a Python file → UTF-8 text, as Python itself would read it.
//
// Order of evidence: a byte order mark (UTF-8, UTF-16), a coding line (PEP 263:
// any encoding that the system's iconv knows), else UTF-8. Bytes that do not
// fit become U+FFFD. Line numbers stay true: CRLF is kept, lone CR becomes LF.
// Whatever was odd stands in `notes`, for the report of the index run.
// Pure; safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

struct SourceText {
  std::string utf8;                // valid UTF-8 without NUL bytes and without a byte order mark
  std::vector<std::string> notes;  // "decoded as latin-1", "2 NUL bytes blanked"
};

// Errors: kBadInput when the bytes are no text (the message says so; the caller
// adds the path).
Result<SourceText> DecodeSource(std::string bytes);

// The encoding that a PEP 263 line among the first two names, in lower case
// with '-' for '_'; "" if there is none.
std::string DeclaredEncoding(std::string_view bytes);

// Length of the well-formed UTF-8 prefix (RFC 3629).
size_t ValidUtf8Prefix(std::string_view text);

// Appends one code point. Precondition: code <= 0x10FFFF, no surrogate.
void AppendUtf8(char32_t code, std::string* text);

}  // namespace inhouse
