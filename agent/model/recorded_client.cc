#include "agent/model/recorded_client.h"

#include <algorithm>
#include <utility>

namespace inhouse {
namespace {

class RecordedClient : public ModelClient {
 public:
  explicit RecordedClient(RecordedOptions options) : options_(std::move(options)) {}

  std::string name() const override { return "recorded"; }
  bool is_local() const override { return true; }
  ModelInfo info() const override;
  Result<Reply> Complete(const ChatRequest& request,
                         const std::function<void(std::string_view)>& on_text) override;

 private:
  // "reply 3 of the recording runs/a"
  std::string Here() const;
  // "" if the prompt is the one that was recorded.
  std::string Difference(const ChatRequest& request) const;

  const RecordedOptions options_;
  size_t next_ = 0;
};

ModelInfo RecordedClient::info() const {
  const bool tools = std::ranges::any_of(
      options_.replies, [](const RecordedReply& reply) { return !reply.tool_calls.empty(); });
  return {.native_tools = tools, .prices = Prices{}};
}

std::string RecordedClient::Here() const {
  return "reply " + std::to_string(next_ + 1) + " of the recording" +
         (options_.source.empty() ? "" : " " + options_.source);
}

std::string RecordedClient::Difference(const ChatRequest& request) const {
  const std::string& recorded = options_.replies[next_].prompt_sha256;
  const std::string digest = PromptDigest(request);
  if (recorded.empty() || recorded == digest) return "";
  return Here() + " was given to another prompt (recorded " + recorded.substr(0, 12) + ", now " +
         digest.substr(0, 12) + ")";
}

Result<Reply> RecordedClient::Complete(const ChatRequest& request,
                                       const std::function<void(std::string_view)>& on_text) {
  if (next_ >= options_.replies.size()) {
    return Error{ErrorKind::kModel, Here() + " does not exist: it has only " +
                                        std::to_string(options_.replies.size()) +
                                        "; the run went another way, record it again"};
  }
  const std::string difference = Difference(request);
  if (options_.strict && !difference.empty()) {
    return Error{ErrorKind::kModel, difference + "; record it again, or replay without --strict"};
  }
  const RecordedReply& recorded = options_.replies[next_++];
  Reply reply;
  reply.content = recorded.content;
  reply.tool_calls = recorded.tool_calls;
  reply.finish = recorded.finish;
  reply.usage = recorded.usage;
  reply.model = "recorded";
  if (!difference.empty()) reply.warnings.push_back(difference);
  if (on_text && !reply.content.empty()) on_text(reply.content);
  return reply;
}

}  // namespace

std::unique_ptr<ModelClient> MakeRecordedClient(RecordedOptions options) {
  return std::make_unique<RecordedClient>(std::move(options));
}

}  // namespace inhouse
