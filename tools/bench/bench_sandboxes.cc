// What each kind of sandbox costs beside the usual one, and what the relay to a broker costs:
//   bench_sandboxes PYTHON
// PYTHON is an interpreter with pandas (.venv/bin/python). Of each figure the least of some rounds
// (what other work on the machine did not add). A kind that does not start here is named with its
// reason. Processor time of an import is the interpreter's, as the kernel it runs on counts.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "agent/kernel/python_kernel.h"
#include "agent/kernel/scratch_folder.h"
#include "tools/bench/measure.h"

namespace inhouse::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 7;
constexpr int kCells = 50;
constexpr std::chrono::seconds kDeadline{120};

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Of this program, all threads.
double ProcessorMs() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  double total = 0;
  for (const timeval& time : {usage.ru_utime, usage.ru_stime})
    total += static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) * 1e-3;
  return total;
}

double Least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

Result<CellResult> RunCell(PythonKernel& kernel, std::string_view code) {
  ASSIGN_OR_RETURN(CellResult result, kernel.Execute(code, kDeadline));
  if (result.outcome == CellOutcome::kOk) return result;
  return BadInput("the cell failed: " + result.error_type + ": " + result.error_message);
}

Status MeasureKind(const SandboxPolicy& policy) {
  std::vector<double> ready, walls, processor, trips;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = Clock::now();
    ASSIGN_OR_RETURN(const auto kernel, StartPythonKernel(policy, nullptr));
    RETURN_IF_ERROR(kernel->AwaitReady());
    ready.push_back(MsSince(start));
    ASSIGN_OR_RETURN(const CellResult result,
                     RunCell(*kernel,
                             "import time\nbegin = time.process_time()\nimport pandas\n"
                             "print((time.process_time() - begin) * 1000)"));
    walls.push_back(result.seconds * 1e3);
    processor.push_back(std::atof(result.output.c_str()));
    for (int cell = 0; cell < kCells; ++cell) {
      const auto asked = Clock::now();
      RETURN_IF_ERROR(RunCell(*kernel, "1 + 1"));
      trips.push_back(MsSince(asked));
    }
  }
  fmt::print(
      "{:<10} ready {:.0f} ms; import pandas {:.0f} ms, {:.0f} ms of processor time; trivial cell "
      "{:.2f} ms, median {:.2f} ms\n",
      SandboxKindName(policy.kind), Least(ready), Least(walls), Least(processor), Least(trips),
      Median(trips));
  return {};
}

// A broker in a process of its own. By the first byte of a connection: e, the byte comes back;
// s, all is read to its end, then one byte comes; r, kBulk bytes come.
constexpr size_t kBulk = size_t{256} << 20;

void ServeBroker(int fd) {
  static char buffer[256 << 10];
  char mode = 0;
  if (::read(fd, &mode, 1) != 1) return;
  if (mode == 'r') {
    for (size_t sent = 0; sent < kBulk;) {
      const ssize_t n = ::send(fd, buffer, std::min(sizeof(buffer), kBulk - sent), MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<size_t>(n);
    }
    return;
  }
  while (mode == 's' && ::read(fd, buffer, sizeof(buffer)) > 0) continue;
  static_cast<void>(::send(fd, &mode, 1, MSG_NOSIGNAL));
}

Result<pid_t> StartBroker(const std::filesystem::path& path) {
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener.get(), 64) != 0) {
    return StorageError("cannot listen on " + path.string());
  }
  const pid_t broker = ::fork();
  if (broker != 0) return broker;
  for (;;) {
    const UniqueFd connection(::accept(listener.get(), nullptr, nullptr));
    ServeBroker(connection.get());
  }
}

// PATH is put in front. Prints: latency of a connection with one byte there and back in
// microseconds (least, median), MiB/s to the broker, MiB/s from it.
constexpr const char* kClient = R"(
import socket, statistics, time
BULK = 256 << 20
def line():
    made = socket.socket(socket.AF_UNIX)
    made.connect(PATH)
    return made
def trip():
    begin = time.perf_counter()
    with line() as made:
        made.sendall(b"e")
        made.recv(1)
    return (time.perf_counter() - begin) * 1e6
def send():
    piece = bytes(256 << 10)
    begin = time.perf_counter()
    with line() as made:
        made.sendall(b"s")
        for _ in range(BULK // len(piece)):
            made.sendall(piece)
        made.shutdown(socket.SHUT_WR)
        made.recv(1)
    return 256 / (time.perf_counter() - begin)
def receive():
    space = bytearray(256 << 10)
    begin, count = time.perf_counter(), 0
    with line() as made:
        made.sendall(b"r")
        while count < BULK:
            count += made.recv_into(space)
    return 256 / (time.perf_counter() - begin)
trips = [trip() for _ in range(300)]
print(min(trips), statistics.median(trips), max(send() for _ in range(5)), max(receive() for _ in range(5)))
)";

Status TellBroker(const char* how, const std::string& figures) {
  double least = 0, median = 0, to = 0, from = 0;
  if (std::sscanf(figures.c_str(), "%lf %lf %lf %lf", &least, &median, &to, &from) != 4)
    return BadInput("no figures of the broker: " + figures);
  fmt::print(
      "{:<10} connection with a byte there and back {:.0f} us, median {:.0f} us; {:.0f} "
      "MiB/s to the broker, {:.0f} MiB/s from it\n",
      how, least, median, to, from);
  return {};
}

Status MeasureDirect(const std::filesystem::path& python, const std::filesystem::path& socket) {
  const std::string command =
      python.string() + " -I -c 'PATH = \"" + socket.string() + "\"\n" + kClient + "'";
  FILE* pipe = ::popen(command.c_str(), "r");
  char line[256] = {};
  const bool answered = pipe != nullptr && std::fgets(line, sizeof(line), pipe) != nullptr;
  if (pipe != nullptr) ::pclose(pipe);
  return answered ? TellBroker("direct", line) : BadInput("the interpreter did not answer");
}

Status MeasureRelay(const SandboxPolicy& usual) {
  ASSIGN_OR_RETURN(const auto folder, ScratchFolder::Make("bench"));
  const std::filesystem::path socket = folder->path() / "b.sock";
  ASSIGN_OR_RETURN(const pid_t broker, StartBroker(socket));
  BrokerLog log;
  SandboxPolicy policy = usual;
  policy.sockets = {socket};
  policy.broker_log = &log;
  const auto measure = [&]() -> Status {
    RETURN_IF_ERROR(MeasureDirect(policy.python, socket));
    ASSIGN_OR_RETURN(const auto kernel, StartPythonKernel(policy, nullptr));
    RETURN_IF_ERROR(kernel->AwaitReady());
    const double before = ProcessorMs();
    ASSIGN_OR_RETURN(const CellResult result,
                     RunCell(*kernel, "PATH = '/run/brokers/b.sock'\n" + std::string(kClient)));
    const double spent = ProcessorMs() - before;
    RETURN_IF_ERROR(TellBroker("relay", result.output));
    fmt::print("{:<10} took {:.2f} ms of processor time for each MiB, connections included\n",
               "relay", spent / (10 * 256));
    return {};
  };
  Status status = measure();
  ::kill(broker, SIGKILL);
  ::waitpid(broker, nullptr, 0);
  return status;
}

Status Run(const char* python) {
  SandboxPolicy policy;
  policy.python = python;
  for (const SandboxKind kind :
       {SandboxKind::kBubblewrap, SandboxKind::kGvisor, SandboxKind::kPodman}) {
    policy.kind = kind;
    const Status status = MeasureKind(policy);
    if (!status.ok())
      fmt::print("{:<10} is not here: {}\n", SandboxKindName(kind), status.error().message);
    std::fflush(stdout);
  }
  policy.kind = SandboxKind::kBubblewrap;
  return MeasureRelay(policy);
}

}  // namespace
}  // namespace inhouse::bench

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: bench_sandboxes PYTHON\n");
    return 2;
  }
  const auto status = inhouse::bench::Run(arguments[1]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bench_sandboxes: %s\n", status.error().message.c_str());
  return 3;
}
