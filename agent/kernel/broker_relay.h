// The way from a sandbox to the broker sockets of its policy: each connection
// passes through this process, which counts it and writes it down. The sandbox
// sees a socket of ours; the broker's own is never mounted.
//
// What passes is recorded, turn by turn (broker_record.h). An interpreter that is
// rebuilt is answered from the record: the brokers are not asked again.
//
// A relay has one thread of its own, which ends with the object. Bytes pass as
// they are; descriptors sent along with them do not.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/kernel/broker_answers.h"
#include "agent/kernel/broker_record.h"
#include "agent/kernel/sandbox_policy.h"
#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

// What one connection out of a sandbox moved since it was last asked about.
struct BrokerUse {
  std::string name;      // of the socket's file
  bool reached = false;  // the broker took the connection
  int64_t bytes_to = 0, bytes_from = 0;
  bool from_record = false;  // the broker was not asked
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
    bool reached = false, from_record = false;
    std::atomic<int64_t> bytes_to{0}, bytes_from{0};
    std::atomic<bool> closed{false};
  };
  static constexpr size_t kMaxConnections = 10000;  // between two Takes; more are only counted

  // Null when there are too many.
  std::shared_ptr<Connection> Open(const std::string& name, bool reached, bool from_record = false);
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
  // Passes everything on, for the time being. `log` and `record` may be null. Errors: kSandbox,
  // kBadInput (two of one name, a name too long).
  static Result<std::unique_ptr<BrokerRelay>> Start(
      const std::vector<std::filesystem::path>& sockets, const std::filesystem::path& folder,
      BrokerLog* log, BrokerRecord* record = nullptr);
  // Connections that are open end.
  ~BrokerRelay();

  // From now on everything is passed on and recorded as a new turn, whose number it
  // returns (0 without a record). Connections that were answered from the record end
  // here; *ended (may be null) says whether there were any.
  int64_t PassTurn(std::string_view name, bool* ended);
  // From now on connections are answered as in that turn (0: none was recorded, all
  // are refused). Errors: kBadInput (the record cannot be read).
  Status AnswerTurn(int64_t turn);
  // To be called when what runs has ended: waits, at most 2 s, until all that it sent
  // has been taken. False: a turn that was passed on could not be recorded, or one that
  // was answered went another way than before.
  bool EndTurn();

  // To be shown in the sandbox.
  const std::vector<ReadOnlyMount>& mounts() const { return mounts_; }

 private:
  struct Door {
    std::filesystem::path broker;
    UniqueFd listener;
  };
  class Loop;
  // What the thread is to do between two looks at its connections.
  struct Order {
    enum class Kind { kPass, kAnswer, kEnd } kind = Kind::kPass;
    int64_t turn = 0;
    bool result = false;
  };

  BrokerRelay() = default;
  bool Give(Order order);
  Status Open(const std::filesystem::path& socket, const std::filesystem::path& folder);

  std::vector<ReadOnlyMount> mounts_;
  std::vector<Door> doors_;
  BrokerRecord* record_ = nullptr;
  int64_t passing_ = 0;  // turn, 0: none
  UniqueFd orders_;      // a byte: there is an order; closed: the thread ends
  std::mutex mutex_;     // guards the order and the answers
  std::condition_variable done_;
  std::optional<Order> order_;
  bool result_ = false;                     // of the last one
  bool gone_ = false;                       // the thread has ended
  std::unique_ptr<BrokerAnswers> answers_;  // the thread's once there is one
  std::thread thread_;
};

}  // namespace inhouse
