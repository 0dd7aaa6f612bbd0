// Ctrl-C. A process has one handler for it, so this is the one place of the
// program that keeps state outside of objects.
#pragma once

#include <string_view>

namespace inhouse {

// From now on Ctrl-C ends the program at once, with exit code 130, after `last_words` on standard
// error (a line of at most 4095 bytes; more is cut).
void ExitOnInterrupt(std::string_view last_words = {});

// From now on the first Ctrl-C (or SIGTERM, SIGHUP) is remembered, a second one ends
// the program at once.
void RememberInterrupt();

// True once a remembered interrupt came.
bool WasInterrupted();

}  // namespace inhouse
