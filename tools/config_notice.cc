#include "tools/config_notice.h"

#include "tools/terminal.h"

namespace inhouse {

void NoteFoundConfig(const Config& config, const std::string& named, ConfigUse use,
                     CommandContext& context) {
  if (!named.empty() || config.file.empty()) return;
  const std::string file = OneLine(config.file.string());
  if (!config.gates.team.empty()) {
    std::string names;
    for (const TeamGate& gate : config.gates.team) names += (names.empty() ? "" : ", ") + gate.name;
    context.err << "inhouse: note: " << file
                << " has commands that run with your rights as gates: " << OneLine(names)
                << std::endl;
  }
  const ModelConfig& model = config.model;
  if (use == ConfigUse::kRun && !model.key_env.empty() && !model.base_url.empty()) {
    context.err << "inhouse: note: " << file << " sends the value of " << OneLine(model.key_env)
                << " as the key to " << OneLine(model.base_url) << std::endl;
  }
}

Status NoteUnknownRules(const Config& config, Retriever& retriever, CommandContext& context) {
  for (const PreferRule& rule : config.prefer) {
    const Result<ApiCard> known = retriever.Show(rule.use);
    if (known.ok()) continue;
    if (known.error().kind != ErrorKind::kNegative) return known.error();
    context.err << "inhouse: note: " << OneLine(config.file.string()) << ':' << rule.line
                << ": [[rules.prefer]] use = '" << OneLine(rule.use)
                << "': the index knows no such API; mend the name, or index the library it is in"
                << std::endl;
  }
  return {};
}

}  // namespace inhouse
