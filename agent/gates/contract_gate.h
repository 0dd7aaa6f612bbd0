// Code of the model against the real signatures of the house libraries: before a
// cell runs, and first of all gates of a final script. A doomed call never
// reaches the kernel; the finding, with the right signature, goes back instead.
//
// The model may insist: what was told once is a warning from then on, because a
// name may be made at run time. Borrows the retriever. One per run, one thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/task.h"
#include "retriever/retriever.h"

namespace inhouse {

class ContractGate {
 public:
  explicit ContractGate(Retriever& retriever) : retriever_(retriever) {}

  // Gate "contract". `earlier`: code that ran before in the same interpreter; it
  // binds names and is not judged again. Lines are those of `code`. Errors: kIndex.
  Result<std::vector<Finding>> Check(std::string_view code, std::string_view earlier = {});

 private:
  Retriever& retriever_;
  std::set<std::string> told_;
};

}  // namespace inhouse
