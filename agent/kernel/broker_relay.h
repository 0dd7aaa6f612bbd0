// The way from a sandbox to the broker sockets of its policy: each connection
// passes through this process, which counts it and writes it down. The sandbox
// sees a socket of ours; the broker's own is never mounted.
//
// A relay has one thread of its own, which ends with the object. Bytes pass as
// they are; descriptors sent along with them do not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/kernel/sandbox_policy.h"
#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

// One connection that came out of a sandbox.
struct BrokerUse {
  std::string name;      // of the socket's file
  bool reached = false;  // the broker took the connection
  int64_t bytes_to = 0, bytes_from = 0;
};

// "warehouse.sock: 120 bytes sent, 4000 received", for people.
std::string DescribeBrokerUse(const BrokerUse& use);

// Collects the uses of all sandboxes of a run. Thread-safe.
class BrokerLog {
 public:
  static constexpr size_t kMaxUses = 10000;  // kept between two Takes; more are counted
  void Add(BrokerUse use);
  // What was added since the last call, in the order of ends; a last entry with
  // the name "" tells in bytes_to how many more there were.
  std::vector<BrokerUse> Take();

 private:
  std::mutex mutex_;  // guards both
  std::vector<BrokerUse> uses_;
  int64_t dropped_ = 0;
};

class BrokerRelay {
 public:
  static constexpr size_t kMaxConnections = 64;  // at once; others wait

  // Listens in `folder` on a socket for each of `sockets`, of the same name.
  // `log` may be null. Errors: kSandbox, kBadInput (two of one name, a name too long).
  static Result<std::unique_ptr<BrokerRelay>> Start(
      const std::vector<std::filesystem::path>& sockets, const std::filesystem::path& folder,
      BrokerLog* log);
  // Connections that are open end and are logged.
  ~BrokerRelay();

  // To be shown in the sandbox.
  const std::vector<ReadOnlyMount>& mounts() const { return mounts_; }

 private:
  struct Door {
    std::filesystem::path broker;
    UniqueFd listener;
  };
  class Loop;

  BrokerRelay() = default;
  Status Open(const std::filesystem::path& socket, const std::filesystem::path& folder);

  std::vector<ReadOnlyMount> mounts_;
  std::vector<Door> doors_;
  UniqueFd stop_;  // closed: the thread ends
  std::thread thread_;
};

}  // namespace inhouse
