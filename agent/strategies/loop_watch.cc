#include "agent/strategies/loop_watch.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "agent/identifiers.h"
#include "agent/python_text.h"

namespace inhouse {
namespace {

constexpr size_t kLatest = 6;  // blocks that a new one is compared with
constexpr double kNearlyTheSame = 0.9;

// A block that waits for something may be sent again.
bool Waits(std::string_view code) {
  const std::vector<NameUse> uses = UsedNames(code);
  return std::any_of(uses.begin(), uses.end(), [](const NameUse& use) {
    return use.is_call && (use.name == "sleep" || use.name.ends_with(".sleep"));
  });
}

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::map<std::string, int> WordCounts(std::string_view text) {
  std::map<std::string, int> counts;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && IsWord(text[end])) ++end;
    if (end > at) ++counts[std::string(text.substr(at, end - at))];
    at = end > at ? end : at + 1;
  }
  return counts;
}

}  // namespace

std::string NormalisedCode(std::string_view code) {
  const PythonText scanned = ScanPython(code);
  size_t string = 0;
  std::string normal;
  bool comment = false;
  for (size_t i = 0; i < code.size(); ++i) {
    while (string < scanned.strings.size() && scanned.strings[string].end <= i) ++string;
    const bool quoted = string < scanned.strings.size() && scanned.strings[string].begin <= i;
    if (code[i] == '#' && !quoted) comment = true;
    if (code[i] == '\n' && !quoted) {
      comment = false;
      while (!normal.empty() && (normal.back() == ' ' || normal.back() == '\n')) normal.pop_back();
    }
    if (!comment) normal.push_back(code[i]);
  }
  while (!normal.empty() && (normal.back() == ' ' || normal.back() == '\n')) normal.pop_back();
  return normal;
}

double WordOverlap(std::string_view a, std::string_view b) {
  const std::map<std::string, int> first = WordCounts(a);
  const std::map<std::string, int> second = WordCounts(b);
  int common = 0;
  int all = 0;
  for (const auto& [word, count] : first) {
    const auto other = second.find(word);
    common += other == second.end() ? 0 : std::min(count, other->second);
    all += count;
  }
  for (const auto& [word, count] : second) all += count;
  return all == 0 ? 1 : 2.0 * common / all;
}

std::optional<LoopWatch::Ran> LoopWatch::Repeats(std::string_view code) const {
  const auto found = by_code_.find(NormalisedCode(code));
  if (found == by_code_.end() || Waits(code)) return {};
  const Entry& entry = found->second;
  const bool pointless = entry.ran.step == last_step_ || entry.times >= 2;
  return pointless ? std::optional(entry.ran) : std::nullopt;
}

// The step of a block that is nearly this one and had the same outcome, or 0.
int LoopWatch::SameAs(const Ran& ran) const {
  for (auto before = latest_.rbegin(); before != latest_.rend(); ++before) {
    if (before->outcome != ran.outcome || before->shown != ran.shown) continue;
    if (WordOverlap(before->code, ran.code) >= kNearlyTheSame) return before->step;
  }
  return 0;
}

LoopWatch::Note LoopWatch::Add(Ran ran) {
  Note note;
  if (!Waits(ran.code)) {
    if (!ran.brought) note.same_as_step = SameAs(ran);
    idle_ = ran.brought || !ran.counts_idle ? 0 : idle_ + 1;
    const bool due = idle_ >= kIdleBlocks && (idle_ - kIdleBlocks) % 3 == 0;
    if (due && note.same_as_step == 0) note.idle_blocks = idle_;
  }
  if (note.same_as_step > 0 || note.idle_blocks > 0) {
    ++notes_;
  } else if (ran.brought || !ran.counts_idle) {
    notes_ = 0;
  }
  last_step_ = ran.step;
  if (ran.state_lost) {
    by_code_.clear();
    latest_.clear();
    return note;
  }
  Entry& entry = by_code_[NormalisedCode(ran.code)];
  entry = {ran, entry.times + 1};
  latest_.push_back(std::move(ran));
  if (latest_.size() > kLatest) latest_.pop_front();
  return note;
}

}  // namespace inhouse
