#include "tools/spending_limit.h"

#include <fmt/format.h>

#include <utility>

#include "agent/model/capabilities.h"

namespace inhouse {
namespace {

int64_t PromptTokens(const ChatRequest& request) {
  size_t bytes = 0;
  for (const Message& message : request.messages) {
    bytes += message.content.size() + message.provider_blocks.size();
    for (const ToolCall& call : message.tool_calls) bytes += call.arguments.size();
  }
  for (const ToolSpec& tool : request.tools) {
    bytes += tool.description.size() + tool.parameters.size();
  }
  return static_cast<int64_t>(bytes / 3 + 1);
}

class LimitedClient : public ModelClient {
 public:
  LimitedClient(std::unique_ptr<ModelClient> client, Prices prices, double usd, double spent)
      : client_(std::move(client)), prices_(prices), limit_(usd), spent_(spent) {}

  std::string name() const override { return client_->name(); }
  bool is_local() const override { return client_->is_local(); }
  ModelInfo info() const override { return client_->info(); }

  Result<Reply> Complete(const ChatRequest& request,
                         const std::function<void(std::string_view)>& on_text) override {
    const double dearest = WorstCaseUsd(prices_, PromptTokens(request), request.max_tokens);
    if (spent_ + dearest > limit_) {
      return Error{
          ErrorKind::kLimit,
          fmt::format("the limit of {:g} US dollars (--usd, [limits] usd) would be passed: "
                      "{:.4f} spent, the next call could cost {:.4f}",
                      limit_, spent_, dearest)};
    }
    Result<Reply> reply = client_->Complete(request, on_text);
    if (!reply.ok()) return reply;
    spent_ += reply->usage.reported ? CostUsd(prices_, reply->usage) : dearest;
    return reply;
  }

 private:
  const std::unique_ptr<ModelClient> client_;
  const Prices prices_;
  const double limit_;
  double spent_;
};

}  // namespace

double SpentUsd(const Prices& prices, const RecordedRun& run) {
  double spent = 0;
  for (size_t i = 0; i < run.replies.size(); ++i) {
    const Usage& usage = run.replies[i].usage;
    const RecordedCall& call = run.calls[i];
    spent += usage.reported ? CostUsd(prices, usage)
                            : WorstCaseUsd(prices, call.estimated_tokens, call.max_tokens);
  }
  return spent;
}

Result<std::unique_ptr<ModelClient>> LimitSpending(std::unique_ptr<ModelClient> client, double usd,
                                                   double spent) {
  const std::optional<Prices> prices = client->info().prices;
  if (!prices) {
    return BadInput("the prices of " + client->name() +
                    " are not known, so a limit in US dollars cannot be held: give them with "
                    "[model] prices, or let it run without with [limits] allow_unknown_price");
  }
  return std::unique_ptr<ModelClient>(
      std::make_unique<LimitedClient>(std::move(client), *prices, usd, spent));
}

}  // namespace inhouse
