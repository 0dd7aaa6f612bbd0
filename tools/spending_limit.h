// A model client that refuses to spend more than a sum (`[limits] usd`).
//
// Before each call the dearest outcome is reckoned (the prompt at one token for
// three bytes, the longest reply); a call that could pass the limit is not
// made; a run that goes on starts from what it spent before. Where a provider reports no usage,
// that dearest outcome counts as spent.
#pragma once

#include <memory>

#include "agent/model/model_client.h"
#include "agent/recorded_run.h"
#include "indexer/base/result.h"

namespace inhouse {

// Errors: kBadInput (the model's prices are not known). Errors of Complete: the
// client's own, and kLimit.
// `spent`: by the run so far, where it goes on.
Result<std::unique_ptr<ModelClient>> LimitSpending(std::unique_ptr<ModelClient> client, double usd,
                                                   double spent = 0);

// What the calls of a run have cost.
double SpentUsd(const Prices& prices, const RecordedRun& run);

}  // namespace inhouse
