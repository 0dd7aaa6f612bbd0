// What a cell wrote, whole, in a file: where OutputCollector keeps head and tail
// alone. The file is made once something has to be cut.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "indexer/base/unique_fd.h"

namespace inhouse {

class WholeOutput {
 public:
  // Keeps at most `max_bytes`, below `folder`, which is made. "": keeps nothing.
  WholeOutput(std::filesystem::path folder, int64_t max_bytes)
      : folder_(std::move(folder)), left_(max_bytes) {}

  // What comes next; bytes as written, also those that would steer a terminal.
  void Add(std::string_view bytes);
  bool begun() const { return begun_; }
  // On disk then. Name of the file in the folder; "" if there is none, or the disk is full.
  std::string Finish();

 private:
  bool Begin();

  std::filesystem::path folder_;
  int64_t left_;
  bool begun_ = false;
  std::string name_;
  UniqueFd fd_;
};

}  // namespace inhouse
