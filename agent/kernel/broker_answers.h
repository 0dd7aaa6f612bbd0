// Answers a rebuilding interpreter in the place of the brokers, from what was
// recorded (broker_record.h), as long as the same is asked.
//
// A connection of the sandbox stands for one recorded connection of a turn that
// is gone through again. Bytes are compared as they come; an answer is due once
// all has come that had been sent before it. Connections that threads open in
// another order than before are told apart by what they send.
//
//   answers.Enter(3);
//   if (const auto line = answers.Open("warehouse.sock")) {
//     if (!answers.Take(*line, "SELECT 1\n")) Close();   // not what was asked then
//     while (const auto due = answers.Next(*line)) Send(due->bytes);
//   }
//   if (!answers.complete()) ...                         // the turn was another one
//
// Pure; owns the record. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "agent/kernel/broker_record.h"

namespace inhouse {

class BrokerAnswers {
 public:
  explicit BrokerAnswers(RecordedTurns record);

  // What follows is turn `turn`; one that is not recorded, or not whole, has no answers.
  void Enter(int64_t turn);

  enum class Opened { kLine, kUnreached, kUnknown };
  // A connection to `socket` begins. kLine: *line is its number; kUnreached: the
  // broker did not take it then either; kUnknown: none was recorded.
  Opened Open(std::string_view socket, size_t* line);
  // The cell sent `bytes`. False: it had sent something else; the line is over.
  bool Take(size_t line, std::string_view bytes);
  void CellEnded(size_t line) { lines_[line].cell_ended = true; }

  struct Due {
    std::string_view bytes;
    bool is_end = false;  // the broker ended its side
  };
  std::optional<Due> Next(size_t line);

  // Something was asked in this turn that had not been asked.
  bool differed() const { return differed_; }
  // All that had been asked in this turn until it ended was asked again, and nothing else.
  bool complete() const;

 private:
  struct Line {
    size_t at = 0;  // of connections
    size_t taken = 0, given = 0;
    size_t next_answer = 0;
    bool cell_ended = false, broken = false;
  };
  const RecordedConnection& RecordedOf(const Line& line) const {
    return record_.connections[line.at];
  }
  bool Continues(const Line& line, std::string_view more) const;
  bool Fits(const Line& line, size_t other, std::string_view more) const;
  bool MoveLine(size_t line, std::string_view bytes);
  void Settle(size_t line, size_t at);
  std::optional<size_t> LineAt(size_t connection) const;

  const RecordedTurns record_;
  std::set<int64_t> entered_;
  int64_t turn_ = 0;
  bool differed_ = false;
  bool known_ = false, whole_ = false;  // the turn
  std::vector<Line> lines_;
  std::vector<bool> claimed_;  // by a line, for each connection
};

}  // namespace inhouse
