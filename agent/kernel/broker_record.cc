#include "agent/kernel/broker_record.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKinds = "TOo><.,XE";
constexpr int64_t kSlack = int64_t{1} << 20;  // for the entries that say that there is no room

struct Entry {
  char kind = 0;
  int64_t turn = 0, connection = 0;
  std::string_view bytes;
};

std::optional<int64_t> TakeNumber(std::string_view* text, char end) {
  int64_t number = 0;
  const auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  const auto used = static_cast<size_t>(rest - text->data());
  if (error != std::errc() || number < 0 || used >= text->size() || *rest != end) return {};
  text->remove_prefix(used + 1);
  return number;
}

// The first entry of `text`, which is taken off; nothing if it is torn or damaged.
std::optional<Entry> TakeEntry(std::string_view* text) {
  std::string_view rest = *text;
  if (rest.size() < 2 || kKinds.find(rest[0]) == std::string_view::npos || rest[1] != ' ') {
    return {};
  }
  Entry entry;
  entry.kind = rest[0];
  rest.remove_prefix(2);
  const auto turn = TakeNumber(&rest, ' ');
  const auto connection = turn ? TakeNumber(&rest, ' ') : std::nullopt;
  const auto size = connection ? TakeNumber(&rest, '\n') : std::nullopt;
  if (!size || static_cast<uint64_t>(*size) >= rest.size()) return {};
  entry.turn = *turn;
  entry.connection = *connection;
  entry.bytes = rest.substr(0, static_cast<size_t>(*size));
  if (rest[entry.bytes.size()] != '\n') return {};
  text->remove_prefix(static_cast<size_t>(rest.data() - text->data()) + entry.bytes.size() + 1);
  return entry;
}

// Puts entries together, in their order.
class Reader {
 public:
  void Add(const Entry& entry) {
    if (entry.kind == 'T') turns_.turns[entry.turn].name = std::string(entry.bytes);
    if (entry.kind == 'E') turns_.turns[entry.turn].whole = true;
    // Also after the end: there was no room for what its threads still moved.
    if (entry.kind == 'X') turns_.turns[entry.turn].whole = false;
    if (entry.kind == 'O' || entry.kind == 'o') Open(entry);
    if (entry.connection > 0) Moved(entry);
  }
  RecordedTurns Take() { return std::move(turns_); }

 private:
  void Open(const Entry& entry) {
    RecordedConnection connection;
    connection.turn = entry.turn;
    connection.socket = std::string(entry.bytes);
    connection.reached = entry.kind == 'O';
    connection.late = turns_.turns[entry.turn].whole;
    at_[entry.connection] = turns_.connections.size();
    turns_.connections.push_back(std::move(connection));
  }

  void Moved(const Entry& entry) {
    const auto found = at_.find(entry.connection);
    if (found == at_.end()) return;
    RecordedConnection& c = turns_.connections[found->second];
    if (entry.kind == '.') cell_ended_[entry.connection] = true;
    if (entry.kind == '>') {
      c.to += entry.bytes;
      c.sent.push_back({entry.turn, c.to.size(), turns_.turns[entry.turn].whole});
    }
    if (entry.kind == '<' || entry.kind == ',') {
      c.from += entry.bytes;
      const bool asked = !c.sent.empty() && c.sent.back().turn == entry.turn;
      c.answers.push_back({entry.turn, c.to.size(), cell_ended_[entry.connection], asked,
                           c.from.size(), entry.kind == ','});
    }
  }

  RecordedTurns turns_;
  std::map<int64_t, bool> cell_ended_;
  std::map<int64_t, size_t> at_;
};

}  // namespace

Result<std::unique_ptr<BrokerRecord>> BrokerRecord::Open(const fs::path& path, int64_t max_bytes) {
  std::unique_ptr<BrokerRecord> record(new BrokerRecord(path));
  record->room_ = max_bytes;
  record->fd_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!record->fd_.valid()) {
    return StorageError("cannot write " + path.string() + ": " + ErrnoText(errno));
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxBytes + kSlack));
  std::string_view rest = text;
  while (const auto entry = TakeEntry(&rest)) {
    record->last_turn_ = std::max(record->last_turn_, entry->turn);
    record->last_connection_ = std::max(record->last_connection_, entry->connection);
  }
  record->size_ = static_cast<int64_t>(text.size() - rest.size());
  if (::ftruncate(record->fd_.get(), record->size_) != 0) {
    return StorageError("cannot write " + path.string() + ": " + ErrnoText(errno));
  }
  return record;
}

int64_t BrokerRecord::Begin(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const int64_t turn = ++last_turn_;
  Add('T', turn, 0, name);
  return turn;
}

int64_t BrokerRecord::Connect(int64_t turn, std::string_view socket, bool reached) {
  const std::lock_guard lock(mutex_);
  const int64_t connection = ++last_connection_;
  Add(reached ? 'O' : 'o', turn, connection, socket);
  return connection;
}

void BrokerRecord::Sent(int64_t turn, int64_t connection, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  Add('>', turn, connection, bytes);
}

void BrokerRecord::Received(int64_t turn, int64_t connection, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  Add('<', turn, connection, bytes);
}

void BrokerRecord::CellEnded(int64_t turn, int64_t connection) {
  const std::lock_guard lock(mutex_);
  Add('.', turn, connection, "");
}

void BrokerRecord::BrokerEnded(int64_t turn, int64_t connection) {
  const std::lock_guard lock(mutex_);
  Add(',', turn, connection, "");
}

bool BrokerRecord::End(int64_t turn) {
  const std::lock_guard lock(mutex_);
  if (cut_.contains(turn)) return false;
  Add('E', turn, 0, "");
  return !cut_.contains(turn) && ::fdatasync(fd_.get()) == 0;
}

// A turn of which something is missing is cut for good.
void BrokerRecord::Add(char kind, int64_t turn, int64_t connection, std::string_view bytes) {
  if (cut_.contains(turn)) return;
  const auto entry = [&](char what, std::string_view content) {
    return std::string(1, what) + " " + std::to_string(turn) + " " + std::to_string(connection) +
           " " + std::to_string(content.size()) + "\n" + std::string(content) + "\n";
  };
  const std::string whole = entry(kind, bytes);
  if (size_ + static_cast<int64_t>(whole.size()) <= room_ && Write(whole)) return;
  cut_.insert(turn);
  connection = 0;
  if (size_ < room_ + kSlack / 2) Write(entry('X', ""));
}

bool BrokerRecord::Write(const std::string& entry) {
  if (WriteAll(fd_.get(), entry) != 0) {  // half an entry would hide what follows
    if (::ftruncate(fd_.get(), size_) != 0) room_ = 0;
    return false;
  }
  size_ += static_cast<int64_t>(entry.size());
  return true;
}

Result<RecordedTurns> BrokerRecord::Load() const {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path_, kMaxBytes + kSlack));
  std::string_view rest = text;
  Reader reader;
  while (const auto entry = TakeEntry(&rest)) reader.Add(*entry);
  return reader.Take();
}

Result<int64_t> BrokerRecord::Take(std::string_view name) {
  ASSIGN_OR_RETURN(const RecordedTurns recorded, Load());
  const std::lock_guard lock(mutex_);
  for (const auto& [number, turn] : recorded.turns) {
    if (turn.name != name || !turn.whole || !taken_.insert(number).second) continue;
    return number;
  }
  return int64_t{0};
}

}  // namespace inhouse
