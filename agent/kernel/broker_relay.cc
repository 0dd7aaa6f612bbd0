#include "agent/kernel/broker_relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBufferBytes = 64 << 10;  // of each direction of a connection

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
  bool done() const { return shut_; }

  // False when the connection is broken. Counts before anything is passed on.
  bool Read(int from, std::atomic<int64_t>* count) {
    std::array<char, kBufferBytes> piece;
    const ssize_t n = ::read(from, piece.data(), kBufferBytes - buffer_.size());
    if (n < 0) return Again(errno);
    ended_ = n == 0;
    if (count != nullptr) *count += n;
    buffer_.append(piece.data(), static_cast<size_t>(n));
    return true;
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

 private:
  std::string buffer_;
  bool ended_ = false, shut_ = false;
};

struct Connection {
  std::shared_ptr<BrokerLog::Connection> logged;  // may be null
  UniqueFd cell, broker;
  Way to, from;

  bool done() const { return to.done() && from.done(); }
  void Close() const {
    if (logged) logged->closed = true;
  }
};

short Events(const Way& in, const Way& out) {
  return static_cast<short>((in.wants_input() ? POLLIN : 0) | (out.wants_output() ? POLLOUT : 0));
}

// Moves what can be moved; false when the connection has ended.
bool Move(Connection* connection, short cell, short broker) {
  constexpr short kIn = POLLIN | POLLHUP | POLLERR;
  BrokerLog::Connection* logged = connection->logged.get();
  bool alive = true;
  if ((cell & kIn) != 0 && connection->to.wants_input())
    alive = connection->to.Read(connection->cell.get(), logged ? &logged->bytes_to : nullptr);
  if (alive && (broker & kIn) != 0 && connection->from.wants_input())
    alive = connection->from.Read(connection->broker.get(), logged ? &logged->bytes_from : nullptr);
  return alive && connection->to.Write(connection->broker.get()) &&
         connection->from.Write(connection->cell.get()) && !connection->done();
}

}  // namespace

std::string DescribeBrokerUse(const BrokerUse& use) {
  if (use.name.empty()) return std::to_string(use.bytes_to) + " more connections";
  if (!use.reached) return use.name + ": the broker did not answer";
  return use.name + ": " + std::to_string(use.bytes_to) + " bytes sent, " +
         std::to_string(use.bytes_from) + " received";
}

std::shared_ptr<BrokerLog::Connection> BrokerLog::Open(const std::string& name, bool reached) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMaxConnections) {
    ++dropped_;
    return nullptr;
  }
  auto connection = std::make_shared<Connection>();
  connection->name = name;
  connection->reached = reached;
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
    taken.push_back({c.name, c.reached, to - kept.told_to, from - kept.told_from});
    kept.told = true;
    kept.told_to = to;
    kept.told_from = from;
  }
  std::erase_if(kept_, [](const Kept& kept) {
    const Connection& c = *kept.connection;
    return c.closed && c.bytes_to == kept.told_to && c.bytes_from == kept.told_from;
  });
  if (dropped_ > 0) taken.push_back({"", false, std::exchange(dropped_, 0), 0});
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
  Loop(const std::vector<Door>& doors, int stop, BrokerLog* log)
      : doors_(doors), stop_(stop), log_(log) {}

  void Run() {
    while (Wait()) {
      for (size_t i = connections_.size(); i-- > 0;) {
        const size_t at = 1 + doors_.size() + 2 * i;
        if (Move(&connections_[i], polled_[at].revents, polled_[at + 1].revents)) continue;
        connections_[i].Close();
        connections_.erase(connections_.begin() + static_cast<ptrdiff_t>(i));
      }
      for (size_t i = 0; i < doors_.size(); ++i) {
        if ((polled_[1 + i].revents & POLLIN) != 0) Accept(doors_[i]);
      }
    }
    for (const Connection& connection : connections_) connection.Close();
  }

 private:
  // False once the relay ends.
  bool Wait() {
    polled_ = {{stop_, POLLIN, 0}};
    const bool full = connections_.size() >= kMaxConnections;
    for (const Door& door : doors_) polled_.push_back({full ? -1 : door.listener.get(), POLLIN, 0});
    for (const Connection& c : connections_) {
      polled_.push_back(Polled(c.cell.get(), Events(c.to, c.from)));
      polled_.push_back(Polled(c.broker.get(), Events(c.from, c.to)));
    }
    if (::poll(polled_.data(), polled_.size(), -1) < 0 && errno != EINTR) return false;
    return polled_[0].revents == 0;
  }

  // A descriptor of which nothing is wanted must not wake us for having been hung up.
  static pollfd Polled(int fd, short events) { return {events == 0 ? -1 : fd, events, 0}; }

  void Accept(const Door& door) {
    Connection made;
    made.cell =
        UniqueFd(::accept4(door.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!made.cell.valid()) return;
    made.broker = NewSocket();
    const auto address = Address(door.broker);
    const bool reached = address && made.broker.valid() &&
                         ::connect(made.broker.get(), reinterpret_cast<const sockaddr*>(&*address),
                                   sizeof(*address)) == 0;
    if (log_ != nullptr) made.logged = log_->Open(door.broker.filename().string(), reached);
    if (reached) {
      connections_.push_back(std::move(made));
    } else {
      made.Close();
    }
  }

  const std::vector<Door>& doors_;
  const int stop_;
  BrokerLog* const log_;
  std::vector<Connection> connections_;
  std::vector<pollfd> polled_;
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
                                                        const fs::path& folder, BrokerLog* log) {
  std::unique_ptr<BrokerRelay> relay(new BrokerRelay);
  for (const fs::path& socket : sockets) RETURN_IF_ERROR(relay->Open(socket, folder));
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0)
    return Error{ErrorKind::kSandbox, "cannot make a pipe: " + ErrnoText(errno)};
  relay->stop_ = UniqueFd(fds[1]);
  relay->thread_ = std::thread([relay = relay.get(), log, stop = UniqueFd(fds[0])] {
    Loop(relay->doors_, stop.get(), log).Run();
  });
  return relay;
}

BrokerRelay::~BrokerRelay() {
  stop_.reset();
  if (thread_.joinable()) thread_.join();
}

}  // namespace inhouse
