// The way from a sandbox to the broker sockets of its policy: each connection
// passes through this process, which counts it and writes it down. The sandbox
// sees a socket of ours; the broker's own is never mounted.
//
// A relay has one thread of its own, which ends with the object. Bytes pass as
// they are; descriptors sent along with them do not.
#pragma once

#include <atomic>
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

// What one connection out of a sandbox moved since it was last asked about.
struct BrokerUse {
  std::string name;      // of the socket's file
  bool reached = false;  // the broker took the connection
  int64_t bytes_to = 0, bytes_from = 0;
};

// "warehouse.sock: 120 bytes sent, 4000 received", for people and the trace.
std::string DescribeBrokerUse(const BrokerUse& use);

// The connections of all sandboxes of a run. Thread-safe. What a cell was
// answered is counted before it has the answer.
class BrokerLog {
 public:
  // Counted by the relay's thread, read by any.
  struct Connection {
    std::string name;
    bool reached = false;
    std::atomic<int64_t> bytes_to{0}, bytes_from{0};
    std::atomic<bool> closed{false};
  };
  static constexpr size_t kMaxConnections = 10000;  // between two Takes; more are only counted

  // Null when there are too many.
  std::shared_ptr<Connection> Open(const std::string& name, bool reached);
  // Those that are new or moved bytes since the last call, in the order of
  // beginnings; a last entry with the name "" tells in bytes_to how many more there were.
  std::vector<BrokerUse> Take();

 private:
  struct Kept {
    std::shared_ptr<Connection> connection;
    bool told = false;
    int64_t told_to = 0, told_from = 0;
  };
  std::mutex mutex_;  // guards both
  std::vector<Kept> kept_;
  int64_t dropped_ = 0;
};

// Take, in words.
std::vector<std::string> TakeBrokerLines(BrokerLog* log);

class BrokerRelay {
 public:
  static constexpr size_t kMaxConnections = 64;  // at once; others wait

  // Listens in `folder` on a socket for each of `sockets`, of the same name.
  // `log` may be null. Errors: kSandbox, kBadInput (two of one name, a name too long).
  static Result<std::unique_ptr<BrokerRelay>> Start(
      const std::vector<std::filesystem::path>& sockets, const std::filesystem::path& folder,
      BrokerLog* log);
  // Connections that are open end.
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
