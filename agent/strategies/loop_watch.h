// Sees when a model goes round in circles: the same block again, nearly the same block
// with the same outcome, two blocks in turns, blocks that bring nothing. The model is
// told first; only one that was told and goes on the same way is stuck. A block that
// waits (it sleeps) may be the same as before. Pure; tests/strategies/loop_watch_test.cc
// shows each kind.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

class LoopWatch {
 public:
  static constexpr int kIdleBlocks = 5;  // in a row without names and files, before it is said
  static constexpr int kMaxNotes = 3;    // said so often, without anything new since: stuck

  struct Ran {
    int step = 0;
    std::string code;
    std::string outcome;      // a line: the error, or "it ran"
    std::string shown;        // what came out
    bool brought = true;      // names, figures or files that were not there before
    bool counts_idle = true;  // what it brings can be seen
    bool state_lost = false;  // everything must be made again
  };

  // The earlier run that makes another one pointless: the one just before, or the
  // third time.
  std::optional<Ran> Repeats(std::string_view code) const;

  // What is to be told of a block that has run; neither: nothing.
  struct Note {
    int same_as_step = 0;  // nearly the block of that step, with the same outcome
    int idle_blocks = 0;   // so many in a row brought nothing
  };
  Note Add(Ran ran);

  bool Stuck() const { return notes_ >= kMaxNotes; }

 private:
  struct Entry {
    Ran ran;
    int times = 0;
  };
  int SameAs(const Ran& ran) const;

  std::map<std::string, Entry> by_code_;  // normalised
  std::deque<Ran> latest_;
  int last_step_ = 0;
  int idle_ = 0;
  int notes_ = 0;  // since something new came
};

// The code without comments, empty lines and blanks at the ends of lines: blocks that
// differ in these alone are the same.
std::string NormalisedCode(std::string_view code);

// Share of the words that two texts have in common, 0 to 1.
double WordOverlap(std::string_view a, std::string_view b);

}  // namespace inhouse
