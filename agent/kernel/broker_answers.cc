#include "agent/kernel/broker_answers.h"

#include <algorithm>

namespace inhouse {

BrokerAnswers::BrokerAnswers(RecordedTurns record)
    : record_(std::move(record)), claimed_(record_.connections.size()) {}

void BrokerAnswers::Enter(int64_t turn) {
  const auto found = record_.turns.find(turn);
  turn_ = turn;
  known_ = found != record_.turns.end();
  whole_ = known_ && found->second.whole;
  differed_ = false;
  if (whole_) entered_.insert(turn);
}

BrokerAnswers::Opened BrokerAnswers::Open(std::string_view socket, size_t* line) {
  std::optional<size_t> found;
  for (size_t i = 0; i < claimed_.size(); ++i) {
    const RecordedConnection& c = record_.connections[i];
    if (claimed_[i] || c.socket != socket || !entered_.contains(c.turn)) continue;
    // One of this turn rather than one that an earlier turn left over.
    if (!found || (c.turn == turn_ && record_.connections[*found].turn != turn_)) found = i;
  }
  if (!found) {
    differed_ = true;
    return Opened::kUnknown;
  }
  claimed_[*found] = true;
  if (!record_.connections[*found].reached) return Opened::kUnreached;
  *line = lines_.size();
  lines_.push_back({*found});
  return Opened::kLine;
}

bool BrokerAnswers::Continues(const Line& line, std::string_view more) const {
  return std::string_view(RecordedOf(line).to).substr(line.taken, more.size()) == more;
}

// Could `line`, with what it has taken and given and `more` to take, be connection `other`?
bool BrokerAnswers::Fits(const Line& line, size_t other, std::string_view more) const {
  const RecordedConnection& is = RecordedOf(line);
  const RecordedConnection& could = record_.connections[other];
  const std::string_view to = could.to;
  return is.socket == could.socket && could.reached &&
         to.substr(0, line.taken) == std::string_view(is.to).substr(0, line.taken) &&
         to.size() >= line.taken + more.size() && to.substr(line.taken, more.size()) == more &&
         could.from.size() >= line.given &&
         could.from.compare(0, line.given, is.from, 0, line.given) == 0;
}

std::optional<size_t> BrokerAnswers::LineAt(size_t connection) const {
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].at == connection) return i;
  }
  return {};
}

void BrokerAnswers::Settle(size_t line, size_t at) {
  Line& settled = lines_[line];
  settled.at = at;
  claimed_[at] = true;
  const std::vector<RecordedConnection::Answer>& answers = record_.connections[at].answers;
  settled.next_answer = 0;
  while (settled.next_answer < answers.size() &&
         answers[settled.next_answer].end <= settled.given &&
         !answers[settled.next_answer].is_end) {
    ++settled.next_answer;
  }
}

// Another connection takes the line's place, which sends what this one did not.
bool BrokerAnswers::MoveLine(size_t line, std::string_view bytes) {
  const size_t was = lines_[line].at;
  for (size_t i = 0; i < claimed_.size(); ++i) {
    if (i == was || !entered_.contains(record_.connections[i].turn)) continue;
    if (!Fits(lines_[line], i, bytes)) continue;
    const std::optional<size_t> other = claimed_[i] ? LineAt(i) : std::nullopt;
    if (claimed_[i] && (!other || lines_[*other].broken || !Fits(lines_[*other], was, ""))) {
      continue;
    }
    claimed_[was] = false;
    if (other) Settle(*other, was);
    Settle(line, i);
    return true;
  }
  return false;
}

bool BrokerAnswers::Take(size_t line, std::string_view bytes) {
  Line& asking = lines_[line];
  if (whole_ && !asking.broken && (Continues(asking, bytes) || MoveLine(line, bytes))) {
    asking.taken += bytes.size();
    return true;
  }
  asking.broken = differed_ = true;
  return false;
}

std::optional<BrokerAnswers::Due> BrokerAnswers::Next(size_t line) {
  Line& asking = lines_[line];
  const RecordedConnection& recorded = RecordedOf(asking);
  if (asking.broken || asking.next_answer >= recorded.answers.size()) return {};
  const RecordedConnection::Answer& answer = recorded.answers[asking.next_answer];
  if (asking.taken < answer.after || (answer.after_end && !asking.cell_ended)) return {};
  // What a broker says unasked belongs to its turn.
  if (!answer.asked && answer.turn > turn_) return {};
  ++asking.next_answer;
  const std::string_view bytes =
      std::string_view(recorded.from).substr(asking.given, answer.end - asking.given);
  asking.given = answer.end;
  return Due{bytes, answer.is_end};
}

bool BrokerAnswers::complete() const {
  if (differed_ || !whole_) return !differed_ && !known_;
  for (size_t i = 0; i < claimed_.size(); ++i) {
    const RecordedConnection& c = record_.connections[i];
    if (c.turn == turn_ && !c.late && !claimed_[i]) return false;
    size_t needed = 0;
    for (const RecordedConnection::Sent& sent : c.sent) {
      if (sent.turn == turn_ && !sent.late) needed = sent.end;
    }
    const std::optional<size_t> line = needed > 0 ? LineAt(i) : std::nullopt;
    if (needed > 0 && (!line || lines_[*line].taken < needed)) return false;
  }
  return true;
}

}  // namespace inhouse
