// A SQLite file layer that puts a checksum into every page of the main file.
//
// Pages are kChecksumPage bytes; the last 8 are XXH3-64 (seeded with the page's
// number, little-endian) of the others, written when a page goes into the file
// and compared when it comes out. A mismatch is SQLITE_IOERR_DATA, and so are a page of zeros
// and one that the file is too short for: pages that SQLite leaves out are written as empty
// ones. The log needs none: SQLite checks its frames itself.
#pragma once

namespace inhouse {

inline constexpr int kChecksumPage = 4096;
inline constexpr int kChecksumBytes = 8;

// Makes the layer known to SQLite (once per process, from any thread) and
// returns its name for opening; nullptr if SQLite refuses.
const char* ChecksumVfsName();

}  // namespace inhouse
