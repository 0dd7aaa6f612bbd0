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
  int64_t bytes() const { return bytes_; }

  // False when the connection is broken.
  bool Read(int from) {
    std::array<char, kBufferBytes> piece;
    const ssize_t n = ::read(from, piece.data(), kBufferBytes - buffer_.size());
    if (n < 0) return Again(errno);
    ended_ = n == 0;
    buffer_.append(piece.data(), static_cast<size_t>(n));
    return true;
  }
  bool Write(int to) {
    if (!buffer_.empty()) {
      const ssize_t n = ::send(to, buffer_.data(), buffer_.size(), MSG_NOSIGNAL);
      if (n < 0) return Again(errno);
      bytes_ += n;
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
  int64_t bytes_ = 0;
};

struct Connection {
  std::string name;
  UniqueFd cell, broker;
  Way to, from;

  bool done() const { return to.done() && from.done(); }
};

short Events(const Way& in, const Way& out) {
  return static_cast<short>((in.wants_input() ? POLLIN : 0) | (out.wants_output() ? POLLOUT : 0));
}

// Moves what can be moved; false when the connection has ended.
bool Move(Connection* connection, short cell, short broker) {
  constexpr short kIn = POLLIN | POLLHUP | POLLERR;
  bool alive = true;
  if ((cell & kIn) != 0 && connection->to.wants_input())
    alive = connection->to.Read(connection->cell.get());
  if (alive && (broker & kIn) != 0 && connection->from.wants_input())
    alive = connection->from.Read(connection->broker.get());
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

void BrokerLog::Add(BrokerUse use) {
  const std::lock_guard lock(mutex_);
  if (uses_.size() < kMaxUses) {
    uses_.push_back(std::move(use));
  } else {
    ++dropped_;
  }
}

std::vector<BrokerUse> BrokerLog::Take() {
  const std::lock_guard lock(mutex_);
  std::vector<BrokerUse> taken = std::exchange(uses_, {});
  if (dropped_ > 0) taken.push_back({"", false, std::exchange(dropped_, 0), 0});
  return taken;
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
        Log(connections_[i], true);
        connections_.erase(connections_.begin() + static_cast<ptrdiff_t>(i));
      }
      for (size_t i = 0; i < doors_.size(); ++i) {
        if ((polled_[1 + i].revents & POLLIN) != 0) Accept(doors_[i]);
      }
    }
    for (const Connection& connection : connections_) Log(connection, true);
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
    made.name = door.broker.filename().string();
    made.cell =
        UniqueFd(::accept4(door.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!made.cell.valid()) return;
    made.broker = NewSocket();
    const auto address = Address(door.broker);
    const bool reached = address && made.broker.valid() &&
                         ::connect(made.broker.get(), reinterpret_cast<const sockaddr*>(&*address),
                                   sizeof(*address)) == 0;
    if (!reached) return Log(made, false);
    connections_.push_back(std::move(made));
  }

  void Log(const Connection& connection, bool reached) {
    if (log_ == nullptr) return;
    log_->Add({connection.name, reached, connection.to.bytes(), connection.from.bytes()});
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
