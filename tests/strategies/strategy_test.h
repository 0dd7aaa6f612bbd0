// A strategy over recorded replies, a fake kernel and a fake retriever, with
// everything that it was told and did to look at.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/recorded_client.h"
#include "agent/strategies/strategy.h"
#include "tests/support/fake_kernel.h"
#include "tests/support/fake_retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse::testing {

inline std::string Cell(const std::string& code) { return "Next.\n```python\n" + code + "\n```\n"; }
inline std::string Final(const std::string& code = "x = 1") {
  return Cell("# final script\n" + code);
}

// Keeps the prompts that a recorded client is given.
class WatchedModel : public ModelClient {
 public:
  explicit WatchedModel(std::vector<RecordedReply> replies)
      : inner_(MakeRecordedClient({std::move(replies)})) {}
  std::string name() const override { return "watched"; }
  bool is_local() const override { return local; }
  ModelInfo info() const override {
    ModelInfo info = inner_->info();
    info.context_tokens = context_tokens;
    return info;
  }
  Result<Reply> Complete(const ChatRequest& request,
                         const std::function<void(std::string_view)>& on_text) override {
    if (prompts.size() >= affordable) return Error{ErrorKind::kLimit, "the money is spent"};
    prompts.push_back(request);
    Result<Reply> reply = inner_->Complete(request, on_text);
    if (reply.ok() && prompts.size() <= breaks_off) {
      reply->truncated = true;
      reply->warnings.emplace_back("the reply broke off: the stream ended");
    }
    return reply;
  }
  std::vector<ChatRequest> prompts;
  bool local = true;
  int64_t context_tokens = 0;
  size_t affordable = 1000;  // calls
  size_t breaks_off = 0;     // the first calls do

 private:
  std::unique_ptr<ModelClient> inner_;
};

class StrategyTest : public ::testing::Test {
 protected:
  explicit StrategyTest(std::string strategy) {
    auto trace = TraceWriter::Open(dir_.path(), [] { return int64_t{0}; });
    EXPECT_TRUE(trace.ok());
    trace_ = std::move(trace).value();
    task_.request = "Build an audience";
    task_.strategy = std::move(strategy);
  }

  Result<Outcome> Run(const std::vector<std::string>& replies) {
    std::vector<RecordedReply> recorded;
    for (const std::string& reply : replies) recorded.push_back({.content = reply});
    return RunRecorded(std::move(recorded));
  }

  Result<Outcome> RunRecorded(std::vector<RecordedReply> recorded) {
    model_ = std::make_unique<WatchedModel>(std::move(recorded));
    model_->local = local_;
    model_->context_tokens = context_tokens_;
    model_->affordable = affordable_;
    model_->breaks_off = breaks_off_;
    StepContext context(retriever_, *trace_);
    RunEvents events;
    events.next_message = next_message_;
    int step = 0;
    auto strategy = MakeStrategy(task_.strategy);
    EXPECT_TRUE(strategy.ok());
    return strategy.value()->Run(
        {task_, files_, *model_, kernel_, context, *trace_, events, contract_,
         [this](int, std::string_view script) { return Check(script); }, [this] { return now_ms_; },
         [this] { return cancelled_; }, &step});
  }

  Result<GateReport> Check(std::string_view script) {
    checked_.emplace_back(script);
    GateReport report;
    report.passed = failures_ == 0;
    if (failures_ > 0) {
      --failures_;
      report.findings.push_back({"runs", "error", "KeyError: 'freq'", 1, 0});
    }
    return report;
  }

  // What the model was told after its n-th reply.
  std::string Told(size_t reply) const { return model_->prompts.at(reply).messages.back().content; }

  TempDir dir_;
  std::unique_ptr<TraceWriter> trace_;
  Task task_;
  std::vector<std::string> files_ = {"users.csv"};
  FakeRetriever retriever_{{{"cdp_client.query", "query(sql)", "KeyError"}}};
  ContractGate contract_{retriever_};
  FakeKernel kernel_{nullptr};
  std::unique_ptr<WatchedModel> model_;
  std::vector<std::string> checked_;
  int failures_ = 0;
  int64_t now_ms_ = 0;
  bool cancelled_ = false;
  std::function<std::string(const Outcome&)> next_message_;
  bool local_ = true;
  int64_t context_tokens_ = 0;
  size_t affordable_ = 1000;
  size_t breaks_off_ = 0;
};

}  // namespace inhouse::testing
