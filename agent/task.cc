#include "agent/task.h"

namespace inhouse {

const char* OutcomeKindName(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kDone: return "done";
    case OutcomeKind::kAsked: return "asked";
    case OutcomeKind::kRefused: return "refused";
    case OutcomeKind::kGateFailed: return "gate failed";
    case OutcomeKind::kLimit: return "limit";
  }
  return "unknown";
}

bool FailedAfterAccepted(const Outcome& outcome) {
  return outcome.kind != OutcomeKind::kDone && !outcome.accepted.empty() &&
         outcome.script != outcome.accepted;
}

}  // namespace inhouse
