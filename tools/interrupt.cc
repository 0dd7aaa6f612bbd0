#include "tools/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "indexer/base/result.h"

namespace inhouse {
namespace {

volatile std::sig_atomic_t interrupted = 0;
volatile std::sig_atomic_t remember = 0;

void OnSignal(int) {
  if (!remember || interrupted) _exit(static_cast<int>(ErrorKind::kInterrupted));
  interrupted = 1;
}

void Install(int signal_number) {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART: a blocking call returns, its caller looks at the flag.
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void ExitOnInterrupt() {
  remember = 0;
  Install(SIGINT);
}

void RememberInterrupt() {
  remember = 1;
  Install(SIGINT);
  Install(SIGTERM);
  struct sigaction hang_up {};
  sigaction(SIGHUP, nullptr, &hang_up);
  if (hang_up.sa_handler != SIG_IGN) Install(SIGHUP);  // the terminal went away; not under nohup
}

bool WasInterrupted() { return interrupted != 0; }

}  // namespace inhouse
