// The way of a run that is one conversation: steps until it is over, then what the
// person says next, then a new attempt if this one failed. Shared by the strategies that
// talk to the model in one go (codeact, react, single-shot).
#pragma once

#include <string>

#include "agent/strategies/conversation.h"
#include "agent/strategies/dialogue.h"

namespace inhouse {

// What a strategy brings.
class Talk {
 public:
  virtual ~Talk() = default;
  // A new conversation, with nothing of an earlier one alive. `earlier`: what is to be
  // said of an attempt that failed; "" for the first.
  virtual Status Begin(const std::string& earlier) = 0;
  // One reply and what comes of it; true: the run is over.
  virtual Result<bool> Step() = 0;
  virtual Conversation& conversation() = 0;
};

Result<Outcome> Converse(Dialogue* dialogue, Talk* talk);

}  // namespace inhouse
