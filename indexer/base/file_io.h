// Reading, writing and listing files, with errors as values.
//
// Every function names the path in its error. Reading has a size limit, so
// that no file can exhaust memory. WriteFileDurably publishes by rename: a
// reader sees the old file or the new one, whole, also after a crash.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "indexer/base/result.h"

namespace inhouse {

inline constexpr int64_t kDefaultMaxRead = int64_t{256} << 20;

// The whole file as bytes. Errors: kBadInput (missing, not a regular file,
// unreadable, larger than max_bytes). Never follows into FIFOs or devices.
Result<std::string> ReadFile(const std::filesystem::path& path,
                             int64_t max_bytes = kDefaultMaxRead);

// Writes to a temporary file beside `path`, syncs it, renames it over `path`
// and syncs the folder. Errors: kStorage; `path` then still holds what it held.
Status WriteFileDurably(const std::filesystem::path& path, std::string_view bytes);

// The same for a person's file: through symbolic links to the file itself, with
// its permissions and owner. Errors: kBadInput (missing, not a regular file),
// kStorage (also where the owner cannot be kept); the file then stays as it was.
Status ReplaceFileDurably(const std::filesystem::path& path, std::string_view bytes);

// Every byte of it to a descriptor, in as many pieces as that takes. 0, or the errno of what kept
// it from that: a part may be written then (a disk that fills up takes a part first).
int WriteAll(int fd, std::string_view bytes);

// Makes the folder and its parents. Errors: kStorage.
Status MakeFolder(const std::filesystem::path& path);

// Text of errno for messages: "No space left on device".
std::string ErrnoText(int error_number);

}  // namespace inhouse
