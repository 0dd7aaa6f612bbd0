// What brokers were asked and answered during a run, kept in one file of the
// session: whoever rebuilds an interpreter is answered from it (broker_answers.h),
// so that nothing is asked, and nothing written, twice.
//
// A turn is what one cell, or one run of a script, had to do with brokers. The
// file is a list of entries "KIND TURN CONNECTION BYTES\n", that many bytes, "\n":
//   T  a turn begins; the bytes name what runs (a script's digest, "" for a cell)
//   O, o  a connection to the socket of that name begins; o: the broker did not take it
//   >, <  sent to the broker, received from it
//   .  the cell's side ended       ,  the broker's side ended
//   X  no more room: the rest of this turn is not kept
//   E  the turn ended; what its threads still move follows under its number
// A file that ends inside an entry (killed while writing) counts up to that entry.
//
// Thread-safe. Holds data in full: as confidential as the trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

// One connection as it was.
struct RecordedConnection {
  int64_t turn = 0;  // in which it began
  std::string socket;
  bool reached = false;
  std::string to, from;  // all that was sent and received
  // A piece of `to`, up to but without byte `end`.
  struct Sent {
    int64_t turn = 0;
    size_t end = 0;
    bool late = false;  // moved after its turn had ended
  };
  // A piece of `from`, or its end.
  struct Answer {
    int64_t turn = 0;
    size_t after = 0;        // bytes of `to` that had been sent by then
    bool after_end = false;  // the cell had ended its side by then
    bool asked = false;      // something was sent in the same turn before
    size_t end = 0;          // without this byte of `from`
    bool is_end = false;
  };
  std::vector<Sent> sent;
  std::vector<Answer> answers;
  bool late = false;  // began after its turn had ended
};

struct RecordedTurn {
  std::string name;
  bool whole = false;  // it ended, and all of it was kept
};

struct RecordedTurns {
  std::map<int64_t, RecordedTurn> turns;
  std::vector<RecordedConnection> connections;  // in the order of beginnings
};

class BrokerRecord {
 public:
  static constexpr int64_t kMaxBytes = int64_t{64} << 20;  // of the file

  // Goes on with the file if there is one. Errors: kStorage, kBadInput (not readable).
  static Result<std::unique_ptr<BrokerRecord>> Open(const std::filesystem::path& path,
                                                    int64_t max_bytes = kMaxBytes);

  // The number of a new turn, from 1.
  int64_t Begin(std::string_view name);
  // The number of a connection in it.
  int64_t Connect(int64_t turn, std::string_view socket, bool reached);
  void Sent(int64_t turn, int64_t connection, std::string_view bytes);
  void Received(int64_t turn, int64_t connection, std::string_view bytes);
  void CellEnded(int64_t turn, int64_t connection);
  void BrokerEnded(int64_t turn, int64_t connection);
  // All of the turn is on disk then. False: not all of it could be kept (no more
  // room, the disk is full), it cannot be answered from.
  bool End(int64_t turn);

  // All that is kept. Errors: kBadInput.
  Result<RecordedTurns> Load() const;
  // The first whole turn of that name that was not taken before; 0: none.
  Result<int64_t> Take(std::string_view name);

 private:
  explicit BrokerRecord(std::filesystem::path path) : path_(std::move(path)) {}
  void Add(char kind, int64_t turn, int64_t connection, std::string_view bytes);
  bool Write(const std::string& entry);

  const std::filesystem::path path_;
  mutable std::mutex mutex_;  // guards what follows
  UniqueFd fd_;
  int64_t size_ = 0, room_ = 0;
  int64_t last_turn_ = 0, last_connection_ = 0;
  std::set<int64_t> cut_;    // turns that are not kept any more
  std::set<int64_t> taken_;  // by Take
};

}  // namespace inhouse
