#include "agent/kernel/broker_relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

using Clock = std::chrono::steady_clock;

constexpr size_t kBufferBytes = 64 << 10;  // of each direction of a connection
constexpr std::chrono::seconds kEndDeadline{2};
constexpr int kEndStepMs = 20;  // between two looks at what is still missing

std::optional<sockaddr_un> Address(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

UniqueFd NewSocket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool Again(int error_number) { return error_number == EAGAIN || error_number == EINTR; }

// One direction of a connection.
class Way {
 public:
  bool wants_input() const { return !ended_ && buffer_.size() < kBufferBytes; }
  bool wants_output() const { return !buffer_.empty(); }
  bool ended() const { return ended_; }  // the side that is read
  bool done() const { return shut_; }

  // What was read now; nothing when the connection is broken.
  std::optional<std::string_view> Read(int from) {
    std::array<char, kBufferBytes> piece;
    const ssize_t n = ::read(from, piece.data(), kBufferBytes - buffer_.size());
    if (n < 0) return Again(errno) ? std::optional<std::string_view>("") : std::nullopt;
    ended_ = n == 0;
    buffer_.append(piece.data(), static_cast<size_t>(n));
    return std::string_view(buffer_).substr(buffer_.size() - static_cast<size_t>(n));
  }
  bool Write(int to) {
    if (!buffer_.empty()) {
      const ssize_t n = ::send(to, buffer_.data(), buffer_.size(), MSG_NOSIGNAL);
      if (n < 0) return Again(errno);
      buffer_.erase(0, static_cast<size_t>(n));
    }
    if (ended_ && buffer_.empty() && !shut_) {
      ::shutdown(to, SHUT_WR);
      shut_ = true;
    }
    return true;
  }
  // In the place of a broker: what was read goes nowhere, what is written comes from a record.
  void Swallow() {
    buffer_.clear();
    shut_ = ended_;
  }
  void Put(std::string_view bytes) { buffer_.append(bytes); }
  void End() { ended_ = true; }

 private:
  std::string buffer_;
  bool ended_ = false, shut_ = false;
};

struct Connection {
  std::shared_ptr<BrokerLog::Connection> logged;  // may be null
  UniqueFd cell, broker;
  Way to, from;
  int64_t recorded = 0;        // its number in the record, 0: none
  std::optional<size_t> line;  // of the answers; then there is no broker

  bool done() const { return to.done() && from.done(); }
  void Close() const {
    if (logged) logged->closed = true;
  }
};

short Events(const Way& in, const Way& out) {
  return static_cast<short>((in.wants_input() ? POLLIN : 0) | (out.wants_output() ? POLLOUT : 0));
}

bool Readable(short events) { return (events & (POLLIN | POLLHUP | POLLERR)) != 0; }

}  // namespace

std::string DescribeBrokerUse(const BrokerUse& use) {
  if (use.name.empty()) return std::to_string(use.bytes_to) + " more connections";
  const std::string from_record = use.from_record ? ", from the record" : "";
  if (!use.reached) return use.name + ": the broker did not answer" + from_record;
  return use.name + ": " + std::to_string(use.bytes_to) + " bytes sent, " +
         std::to_string(use.bytes_from) + " received" + from_record;
}

std::shared_ptr<BrokerLog::Connection> BrokerLog::Open(const std::string& name, bool reached,
                                                       bool from_record) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMaxConnections) {
    ++dropped_;
    return nullptr;
  }
  auto connection = std::make_shared<Connection>();
  connection->name = name;
  connection->reached = reached;
  connection->from_record = from_record;
  kept_.push_back({connection});
  return connection;
}

std::vector<BrokerUse> BrokerLog::Take() {
  const std::lock_guard lock(mutex_);
  std::vector<BrokerUse> taken;
  for (Kept& kept : kept_) {
    const Connection& c = *kept.connection;
    const int64_t to = c.bytes_to, from = c.bytes_from;
    if (kept.told && to == kept.told_to && from == kept.told_from) continue;
    taken.push_back({c.name, c.reached, to - kept.told_to, from - kept.told_from, c.from_record});
    kept.told = true;
    kept.told_to = to;
    kept.told_from = from;
  }
  std::erase_if(kept_, [](const Kept& kept) {
    const Connection& c = *kept.connection;
    return c.closed && c.bytes_to == kept.told_to && c.bytes_from == kept.told_from;
  });
  if (dropped_ > 0) taken.push_back({"", false, std::exchange(dropped_, 0), 0, false});
  return taken;
}

std::vector<std::string> TakeBrokerLines(BrokerLog* log) {
  std::vector<std::string> lines;
  if (log == nullptr) return lines;
  for (const BrokerUse& use : log->Take()) lines.push_back(DescribeBrokerUse(use));
  return lines;
}

// What the thread does.
class BrokerRelay::Loop {
 public:
  Loop(BrokerRelay& relay, int orders, BrokerLog* log)
      : relay_(relay), orders_(orders), log_(log), record_(relay.record_) {}

  void Run() {
    while (Wait()) {
      bool quiet = true;  // nothing more of the cell's is there
      for (size_t i = connections_.size(); i-- > 0;) {
        const size_t at = 1 + relay_.doors_.size() + 2 * i;
        quiet = quiet && !Readable(polled_[at].revents);
        if (!Move(&connections_[i], polled_[at].revents, polled_[at + 1].revents)) Drop(i);
      }
      for (size_t i = 0; i < relay_.doors_.size(); ++i) {
        if ((polled_[1 + i].revents & POLLIN) == 0) continue;
        quiet = false;
        Accept(relay_.doors_[i]);
      }
      Obey(quiet);
    }
    for (const Connection& connection : connections_) connection.Close();
    const std::lock_guard lock(relay_.mutex_);
    relay_.gone_ = true;
    relay_.done_.notify_all();
  }

 private:
  // False once the relay ends.
  bool Wait() {
    polled_ = {{orders_, POLLIN, 0}};
    const bool full = connections_.size() >= kMaxConnections;
    for (const Door& door : relay_.doors_) {
      polled_.push_back({full ? -1 : door.listener.get(), POLLIN, 0});
    }
    for (const Connection& c : connections_) {
      polled_.push_back(Polled(c.cell.get(), Events(c.to, c.from)));
      polled_.push_back(Polled(c.broker.get(), c.line ? short{0} : Events(c.from, c.to)));
    }
    if (::poll(polled_.data(), polled_.size(), timeout_ms_) < 0 && errno != EINTR) return false;
    char order = 0;
    return polled_[0].revents == 0 || ::read(orders_, &order, 1) == 1;
  }

  // A descriptor of which nothing is wanted must not wake us for having been hung up.
  static pollfd Polled(int fd, short events) { return {events == 0 ? -1 : fd, events, 0}; }

  // Carries out the order, if there is one.
  void Obey(bool quiet) {
    const std::lock_guard lock(relay_.mutex_);
    if (!relay_.order_) return;
    Order& order = *relay_.order_;
    if (order.kind == Order::Kind::kEnd && !HasEnded(quiet, &order.result)) return;
    if (order.kind != Order::Kind::kEnd) {
      answering_ = order.kind == Order::Kind::kAnswer;
      turn_ = order.turn;
      order.result = answering_ ? BeginAnswers() : EndAnswers();
    }
    relay_.result_ = order.result;
    relay_.order_.reset();
    relay_.done_.notify_all();
  }

  // True once all that was sent has been taken, or it has been waited for long enough.
  bool HasEnded(bool quiet, bool* as_before) {
    if (!ends_at_) {
      ends_at_ = Clock::now() + kEndDeadline;
      timeout_ms_ = 0;
      return false;
    }
    *as_before = !answering_ || relay_.answers_->complete();
    const bool over = quiet && (*as_before || relay_.answers_->differed());
    timeout_ms_ = quiet ? kEndStepMs : 0;
    if (!over && Clock::now() < *ends_at_) return false;
    ends_at_.reset();
    timeout_ms_ = -1;
    return true;
  }

  bool BeginAnswers() {
    relay_.answers_->Enter(turn_);
    for (Connection& connection : connections_) {
      if (connection.line) PutAnswers(&connection);
    }
    return true;
  }

  // True if there were any.
  bool EndAnswers() {
    const size_t before = connections_.size();
    for (size_t i = connections_.size(); i-- > 0;) {
      if (connections_[i].line) Drop(i);
    }
    return connections_.size() < before;
  }

  void Drop(size_t i) {
    connections_[i].Close();
    connections_.erase(connections_.begin() + static_cast<ptrdiff_t>(i));
  }

  // Moves what can be moved; false when the connection has ended.
  bool Move(Connection* c, short cell, short broker) {
    if (Readable(cell) && c->to.wants_input() && !TakeFromCell(c)) return false;
    if (c->line) return c->from.Write(c->cell.get()) && !c->done();
    if (Readable(broker) && c->from.wants_input() && !TakeFromBroker(c)) return false;
    return c->to.Write(c->broker.get()) && c->from.Write(c->cell.get()) && !c->done();
  }

  // Counted and recorded before it is passed on.
  bool TakeFromCell(Connection* c) {
    const std::optional<std::string_view> piece = c->to.Read(c->cell.get());
    if (!piece) return false;
    if (c->logged) c->logged->bytes_to += static_cast<int64_t>(piece->size());
    if (c->line) return AnswerTo(c, *piece);
    if (c->recorded == 0) return true;
    if (!piece->empty()) record_->Sent(turn_, c->recorded, *piece);
    if (c->to.ended()) record_->CellEnded(turn_, c->recorded);
    return true;
  }

  bool TakeFromBroker(Connection* c) {
    const std::optional<std::string_view> piece = c->from.Read(c->broker.get());
    if (!piece) return false;
    if (c->logged) c->logged->bytes_from += static_cast<int64_t>(piece->size());
    if (c->recorded == 0) return true;
    if (!piece->empty()) record_->Received(turn_, c->recorded, *piece);
    if (c->from.ended()) record_->BrokerEnded(turn_, c->recorded);
    return true;
  }

  bool AnswerTo(Connection* c, std::string_view piece) {
    BrokerAnswers& answers = *relay_.answers_;
    if (!piece.empty() && !answers.Take(*c->line, piece)) return false;
    if (c->to.ended()) answers.CellEnded(*c->line);
    c->to.Swallow();
    PutAnswers(c);
    return true;
  }

  void PutAnswers(Connection* c) {
    while (const auto due = relay_.answers_->Next(*c->line)) {
      if (c->logged) c->logged->bytes_from += static_cast<int64_t>(due->bytes.size());
      c->from.Put(due->bytes);
      if (due->is_end) c->from.End();
    }
    if (c->to.ended()) c->from.End();  // nobody else will say more
  }

  void Accept(const Door& door) {
    Connection made;
    made.cell =
        UniqueFd(::accept4(door.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!made.cell.valid()) return;
    const bool reached = answering_ ? FindAnswers(door, &made) : Reach(door, &made);
    if (log_ != nullptr) {
      made.logged = log_->Open(door.broker.filename().string(), reached, answering_);
    }
    if (reached && made.line) PutAnswers(&made);
    if (reached) {
      connections_.push_back(std::move(made));
    } else {
      made.Close();
    }
  }

  bool Reach(const Door& door, Connection* made) {
    made->broker = NewSocket();
    const auto address = Address(door.broker);
    const bool reached = address && made->broker.valid() &&
                         ::connect(made->broker.get(), reinterpret_cast<const sockaddr*>(&*address),
                                   sizeof(*address)) == 0;
    if (record_ != nullptr && turn_ > 0) {
      made->recorded = record_->Connect(turn_, door.broker.filename().string(), reached);
    }
    return reached;
  }

  bool FindAnswers(const Door& door, Connection* made) {
    size_t line = 0;
    const auto opened = relay_.answers_->Open(door.broker.filename().string(), &line);
    if (opened == BrokerAnswers::Opened::kLine) made->line = line;
    return made->line.has_value();
  }

  BrokerRelay& relay_;
  const int orders_;
  BrokerLog* const log_;
  BrokerRecord* const record_;
  std::vector<Connection> connections_;
  std::vector<pollfd> polled_;
  int64_t turn_ = 0;
  bool answering_ = false;
  std::optional<Clock::time_point> ends_at_;  // while an end is waited for
  int timeout_ms_ = -1;
};

Status BrokerRelay::Open(const fs::path& socket, const fs::path& folder) {
  const fs::path ours = folder / socket.filename();
  const auto address = Address(ours);
  if (!address || !Address(socket)) {
    return BadInput("the path of the broker socket " + socket.string() +
                    " is too long for a Unix socket; give it a shorter one in [run] sockets");
  }
  UniqueFd listener = NewSocket();
  if (!listener.valid() ||
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
    const int error_number = errno;
    if (error_number == EADDRINUSE) {
      return BadInput("two broker sockets are named " + socket.filename().string() +
                      "; mend [run] sockets in inhouse.toml");
    }
    return Error{ErrorKind::kSandbox,
                 "cannot make the socket " + ours.string() + ": " + ErrnoText(error_number)};
  }
  // The folder is closed to others; the sandbox's user may be one.
  if (::chmod(ours.c_str(), 0666) != 0 || ::listen(listener.get(), 16) != 0) {
    return Error{ErrorKind::kSandbox,
                 "cannot listen on " + ours.string() + ": " + ErrnoText(errno)};
  }
  mounts_.push_back({ours, kBrokerFolder + socket.filename().string()});
  doors_.push_back({socket, std::move(listener)});
  return {};
}

Result<std::unique_ptr<BrokerRelay>> BrokerRelay::Start(const std::vector<fs::path>& sockets,
                                                        const fs::path& folder, BrokerLog* log,
                                                        BrokerRecord* record) {
  std::unique_ptr<BrokerRelay> relay(new BrokerRelay);
  for (const fs::path& socket : sockets) RETURN_IF_ERROR(relay->Open(socket, folder));
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0)
    return Error{ErrorKind::kSandbox, "cannot make a pipe: " + ErrnoText(errno)};
  relay->record_ = record;
  relay->orders_ = UniqueFd(fds[1]);
  relay->thread_ = std::thread([relay = relay.get(), log, orders = UniqueFd(fds[0])] {
    Loop(*relay, orders.get(), log).Run();
  });
  return relay;
}

// Waits until the thread has carried it out; what came of it.
bool BrokerRelay::Give(Order order) {
  std::unique_lock lock(mutex_);
  order_ = order;
  if (::write(orders_.get(), "!", 1) != 1) return false;
  done_.wait(lock, [this] { return !order_ || gone_; });
  return !order_ && result_;
}

int64_t BrokerRelay::PassTurn(std::string_view name, bool* ended) {
  passing_ = record_ == nullptr ? 0 : record_->Begin(name);
  const bool had_answers = Give({Order::Kind::kPass, passing_});
  if (ended != nullptr) *ended = had_answers;
  return passing_;
}

Status BrokerRelay::AnswerTurn(int64_t turn) {
  if (!answers_) {
    RecordedTurns recorded;
    if (record_ != nullptr) {
      ASSIGN_OR_RETURN(recorded, record_->Load());
    }
    answers_ = std::make_unique<BrokerAnswers>(std::move(recorded));
  }
  passing_ = 0;
  Give({Order::Kind::kAnswer, turn});
  return {};
}

bool BrokerRelay::EndTurn() {
  const bool as_before = Give({Order::Kind::kEnd});
  return passing_ == 0 ? as_before : record_->End(passing_);
}

BrokerRelay::~BrokerRelay() {
  orders_.reset();
  if (thread_.joinable()) thread_.join();
}

}  // namespace inhouse
