#include "tools/interrupt.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "indexer/base/result.h"

namespace inhouse {
namespace {

volatile std::sig_atomic_t interrupted = 0;
volatile std::sig_atomic_t remember = 0;
// Written while no handler reads it: its size is 0 then.
std::array<char, 4096> words;
volatile std::sig_atomic_t words_size = 0;

void OnSignal(int) {
  if (!remember || interrupted) {
    // Nothing can be done about a terminal that is gone.
    if (::write(STDERR_FILENO, words.data(), static_cast<size_t>(words_size)) < 0) words_size = 0;
    _exit(static_cast<int>(ErrorKind::kInterrupted));
  }
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

void ExitOnInterrupt(std::string_view last_words) {
  words_size = 0;
  const size_t size = std::min(last_words.size(), words.size() - 1);
  std::copy_n(last_words.begin(), size, words.begin());
  if (size > 0) words[size] = '\n';
  words_size = static_cast<std::sig_atomic_t>(size > 0 ? size + 1 : 0);
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
