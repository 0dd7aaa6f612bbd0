#include "tools/sandbox_consent.h"

#include <string>

#include "agent/kernel/weaker_sandbox.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

bool AgreesAtTerminal(const WeakerOffer& offer, CommandContext& context) {
  context.err << "\n" << Printable(offer.refusal.message) << "\n\nA weaker sandbox is possible:\n";
  for (const std::string& line : DescribeWeaker(offer.parts)) context.err << "- " << line << '\n';
  context.err << "Run model-written code in it, this once? Only \"yes\" agrees: " << std::flush;
  if (context.await_input && !context.await_input()) return false;
  std::string line;
  std::getline(context.in, line);
  return line == "yes";
}

}  // namespace

Status SettleSandbox(const Config& config, CommandContext& context, SandboxPolicy* policy) {
  const bool can_ask = context.in_is_terminal && context.err_is_terminal;
  if (!config.run.weaker_sandbox && !can_ask) return {};
  ASSIGN_OR_RETURN(const std::optional<WeakerOffer> offer, FindWeakerSandbox(*policy));
  if (!offer) return {};
  if (!config.run.weaker_sandbox && !AgreesAtTerminal(*offer, context)) return offer->refusal;
  policy->weaker = offer->parts;
  policy->weaker.consent =
      config.run.weaker_sandbox ? "in inhouse.toml ([run] weaker_sandbox)" : "at the terminal";
  for (const std::string& line : DescribeWeaker(offer->parts))
    context.err << "inhouse: weaker sandbox, agreed to " << policy->weaker.consent << ": " << line
                << std::endl;
  return {};
}

}  // namespace inhouse
