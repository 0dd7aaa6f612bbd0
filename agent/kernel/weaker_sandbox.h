// What can be had where the required layers cannot: for a person who has read
// what would be missing and agrees. Nothing here leaves anything out by itself.
//
//   ASSIGN_OR_RETURN(auto offer, FindWeakerSandbox(policy));
//   if (offer && Agrees(*offer)) { policy.weaker = offer->parts; policy.weaker.consent = …; }
//
// Two causes have such an offer: a bubblewrap before 0.8, and a container in which
// no /proc can be mounted. Without user namespaces there is none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/kernel/sandbox_policy.h"
#include "indexer/base/result.h"

namespace inhouse {

struct WeakerOffer {
  Error refusal;        // why the required layers cannot be had, with the remedy
  WeakerSandbox parts;  // `consent` is empty
};

// Starts the sandbox once; if it confines as required there is nothing to offer.
// Errors: the refusal, where a weaker one does not start either.
Result<std::optional<WeakerOffer>> FindWeakerSandbox(const SandboxPolicy& policy);

// What goes missing, one sentence each. Pure.
std::vector<std::string> DescribeWeaker(const WeakerSandbox& parts);

// The part that a refusal is about, left out as well; false if it is about none. Pure.
bool LeaveOut(const Error& refusal, WeakerSandbox* parts);

}  // namespace inhouse
