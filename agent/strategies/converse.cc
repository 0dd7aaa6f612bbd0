#include "agent/strategies/converse.h"

#include <optional>
#include <utility>

namespace inhouse {
namespace {

// True: the run is over.
Result<bool> StepOf(Dialogue* dialogue, Talk* talk) {
  ASSIGN_OR_RETURN(const bool goes_on, dialogue->NextStep());
  if (!goes_on) return true;
  return talk->Step();
}

}  // namespace

Result<Outcome> Converse(Dialogue* dialogue, Talk* talk) {
  RETURN_IF_ERROR(talk->Begin(""));
  for (;;) {
    ASSIGN_OR_RETURN(const bool ended, StepOf(dialogue, talk));
    if (!ended) continue;
    ASSIGN_OR_RETURN(std::optional<Dialogue::FollowUpMessage> more, dialogue->FollowUp());
    if (!more) {
      ASSIGN_OR_RETURN(const std::optional<std::string> earlier, dialogue->BeginAnew());
      if (earlier) {
        RETURN_IF_ERROR(talk->Begin(*earlier));
        continue;
      }
      ASSIGN_OR_RETURN(more, dialogue->FollowUp(/*after_failure=*/true));
    }
    if (!more) return dialogue->outcome();
    talk->conversation().AddObservation(std::move(more->told), std::move(more->cards));
  }
}

}  // namespace inhouse
