// Content digests. xxh3 for our own change detection and checksums; SHA-256
// where the digest stands in a format that others check.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace inhouse {

// XXH3-128 of the bytes as 32 lower-case hex digits. Not cryptographic.
std::string Xxh3Hex(std::string_view bytes);

// XXH3-64 of the bytes: keys and checksums inside our own files. Not cryptographic.
uint64_t Xxh3(std::string_view bytes);

// SHA-256 (FIPS 180-4) of the bytes as 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace inhouse
