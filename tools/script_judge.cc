#include "tools/script_judge.h"

#include <chrono>
#include <optional>
#include <string>

#include "agent/agent.h"
#include "agent/kernel/broker_relay.h"
#include "tools/terminal.h"

namespace inhouse {

Result<GateReport> JudgeScript(std::string_view script, const Task& task, Retriever* retriever,
                               const std::filesystem::path& outputs,
                               const std::filesystem::path& scratch, CommandContext& context) {
  const Environment environment = SystemEnvironment(context.interrupted);
  BrokerLog broker_log;
  SandboxPolicy policy = task.policy;
  policy.broker_log = &broker_log;
  const ScriptRunner runner(policy, environment.run_script,
                            std::chrono::seconds(task.limits.script_seconds));
  std::optional<ContractGate> contract;
  if (retriever != nullptr) contract.emplace(*retriever);
  Result<GateReport> report =
      RunGates(script, {runner, task.prefer, outputs, scratch, contract ? &*contract : nullptr,
                        task.gates, task.request, context.interrupted});
  for (const std::string& use : TakeBrokerLines(&broker_log)) {
    context.err << "inhouse: broker " << Printable(use) << std::endl;
  }
  return report;
}

}  // namespace inhouse
