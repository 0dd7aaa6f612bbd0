// What a sandboxed process may see and use, as data. Mounts, filter and limits
// follow from it by pure functions (docs/sandbox.md). The same policy type serves the
// persistent kernel and one-off script runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace inhouse {

// A host path made visible inside, read-only.
struct ReadOnlyMount {
  std::filesystem::path host;
  std::string inside;  // absolute path inside the sandbox
};

struct SandboxLimits {
  int64_t memory_bytes = int64_t{4} << 30;
  int64_t work_bytes = int64_t{1} << 30;  // size of the writable work folder (tmpfs)
  int64_t tmp_bytes = int64_t{256} << 20;
  int64_t file_bytes = int64_t{512} << 20;
  int processes = 64;
  int open_files = 256;
  std::chrono::seconds cpu{900};
  int64_t output_bytes = 64 << 10;  // of one cell, kept for the observation
};

struct SandboxPolicy {
  std::filesystem::path python;          // interpreter on the host (venv or not)
  std::vector<ReadOnlyMount> read_only;  // data at /data, libraries at /lib/house/0, ...
  std::vector<std::string> python_path;  // inside paths
  std::vector<std::pair<std::string, std::string>> environment;  // complete; nothing else is passed
  std::vector<std::filesystem::path> sockets;  // broker Unix sockets, by name; empty by default
  SandboxLimits limits;
  static constexpr const char* kWork = "/work";  // writable, current folder
  static constexpr const char* kData = "/data";
};

}  // namespace inhouse
