#include "agent/model/exchange_client.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/model/exchange_format.h"
#include "tests/model/client_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ReadAll;
using testing::SimpleRequest;

// The client asks `cancelled` while it waits: that is where the other side acts.
class ExchangeTest : public ::testing::Test {
 protected:
  ExchangeOptions Options(std::function<bool()> while_waiting) {
    ExchangeOptions options;
    options.folder = dir_.path() / "exchange";
    options.cancelled = std::move(while_waiting);
    options.unix_seconds = [] { return int64_t{1'700'000'000}; };
    return options;
  }
  Result<Reply> Ask(ExchangeOptions options, const ChatRequest& request = SimpleRequest()) {
    auto client = MakeExchangeClient(std::move(options));
    return client.value()->Complete(request, [this](std::string_view text) { shown_ += text; });
  }
  // Publishes a file as the contract says: under another name, then renamed.
  void Publish(const std::string& name, const std::string& text) {
    const fs::path made = dir_.Write("exchange/.new", text);
    fs::rename(made, File(name));
  }
  Result<Reply> AskAndReply(const std::string& name, const std::string& text,
                            const ChatRequest& request = SimpleRequest()) {
    return Ask(Options([this, name, text] {
                 Publish(name, text);
                 return false;
               }),
               request);
  }
  fs::path File(const std::string& name) const { return dir_.path() / "exchange" / name; }

  testing::TempDir dir_;
  std::string shown_;
};

TEST_F(ExchangeTest, WritesThePromptAndReadsTheReply) {
  ChatRequest request = SimpleRequest();
  request.stop = {"Observation:"};
  const Reply reply = AskAndReply("0001.reply.md", "Hello\r\nworld\n", request).value();
  EXPECT_EQ(reply.content, "Hello\nworld");
  EXPECT_EQ(reply.finish, FinishReason::kStop);
  EXPECT_EQ(shown_, reply.content);
  EXPECT_FALSE(reply.usage.reported);
  const auto prompt = nlohmann::json::parse(ReadAll(File("0001.prompt.json")));
  EXPECT_EQ(prompt["v"], 1);
  EXPECT_EQ(prompt["id"], "0001");
  EXPECT_EQ(prompt["deadline"], "2023-11-15T22:13:20Z");
  EXPECT_EQ(prompt["max_tokens"], 4096);
  EXPECT_EQ(prompt["prompt_sha256"], PromptDigest(request));
  EXPECT_EQ(prompt["stop"], nlohmann::json::array({"Observation:"}));
  EXPECT_EQ(prompt["messages"][1]["content"], "Say hello.");
  EXPECT_FALSE(prompt.contains("tools"));
}

TEST_F(ExchangeTest, ThePromptReadsWell) {
  ChatRequest request = SimpleRequest();
  request.stop = {"\nObservation:"};
  request.tools = {testing::ReadSchemaTool()};
  ASSERT_TRUE(AskAndReply("0001.reply.md", "ok", request).ok());
  const std::string text = ReadAll(File("0001.prompt.md"));
  for (const char* part :
       {"# Prompt 0001\n", "`0001.reply.md`", "- Deadline: 2023-11-15T22:13:20Z\n",
        "- Longest reply: 4096 tokens\n", R"(`"\nObservation:"`)", "`read_schema`",
        "## 1 of 2: system\n\nYou write Python.\n", "## 2 of 2: user\n\nSay hello.\n"}) {
    EXPECT_TRUE(Contains(text, part)) << part << "\n" << text;
  }
}

TEST_F(ExchangeTest, TheNumberingGoesOnFromTheFilesThatExist) {
  dir_.Write("exchange/0007.prompt.json", "{}");
  dir_.Write("exchange/0012.reply.md", "old");
  dir_.Write("exchange/notes.txt", "");
  dir_.Write("exchange/9999.txt", "");
  EXPECT_EQ(AskAndReply("0013.reply.md", "new").value().content, "new");
  EXPECT_EQ(AskAndReply("0014.reply.md", "newer").value().content, "newer");
}

TEST_F(ExchangeTest, AJsonReplyCarriesToolCalls) {
  const Reply reply =
      AskAndReply(
          "0001.reply.json",
          R"({"content":"Look.","tool_calls":[{"name":"read_schema","arguments":{"path":"a"}},
                      {"id":"x","name":"done","arguments":"{}"}],
                      "usage":{"input_tokens":10,"output_tokens":3}})")
          .value();
  EXPECT_EQ(reply.content, "Look.");
  EXPECT_EQ(reply.finish, FinishReason::kToolCalls);
  ASSERT_EQ(reply.tool_calls.size(), 2u);
  EXPECT_EQ(reply.tool_calls[0].id, "call_1");
  EXPECT_EQ(reply.tool_calls[0].arguments, R"({"path":"a"})");
  EXPECT_EQ(reply.tool_calls[1].arguments, "{}");
  EXPECT_EQ(reply.usage.input_tokens, 10);
  EXPECT_TRUE(reply.usage.reported);
}

TEST_F(ExchangeTest, JsonThatIsNoReplyIsNamedWithItsFile) {
  for (const char* text : {"not json", "[]", R"({"content":1})", R"({"tool_calls":{}})",
                           R"({"tool_calls":[{"arguments":{}}]})"}) {
    const Result<Reply> result = ReadExchangeJson(text, SimpleRequest(), "0001.reply.json");
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::kModel);
    EXPECT_TRUE(Contains(result.error().message, "0001.reply.json")) << result.error().message;
  }
}

TEST_F(ExchangeTest, TheReplyEndsAtAStopSequence) {
  ChatRequest request = SimpleRequest();
  request.stop = {"Observation:"};
  const Reply reply = AskAndReply("0001.reply.md", "code\nObservation: invented", request).value();
  EXPECT_EQ(reply.content, "code\n");
}

TEST_F(ExchangeTest, LinksPipesAndFoldersAreRefused) {
  dir_.Write("secret", "secret");
  const std::vector<std::function<void(const fs::path&)>> makers = {
      [this](const fs::path& path) { fs::create_symlink(dir_.path() / "secret", path); },
      [](const fs::path& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); },
      [](const fs::path& path) { fs::create_directory(path); },
  };
  for (const auto& make : makers) {
    const Result<Reply> result = Ask(Options([&, made = false]() mutable {
      if (!std::exchange(made, true)) make(File("0001.reply.md"));
      return false;
    }));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::kModel);
    EXPECT_TRUE(Contains(result.error().message, "plain file")) << result.error().message;
    fs::remove_all(dir_.path() / "exchange");
  }
}

TEST_F(ExchangeTest, AReplyOverTheLimitIsRefused) {
  ExchangeOptions options = Options([this] {
    Publish("0001.reply.md", std::string(2000, 'x'));
    return false;
  });
  options.max_reply_bytes = 1000;
  const Result<Reply> result = Ask(std::move(options));
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(Contains(result.error().message, "0001.reply.md: it has 2000 bytes"))
      << result.error().message;
}

TEST_F(ExchangeTest, AnEmptyReplyFileIsOneBeingWritten) {
  int asked = 0;
  const Result<Reply> result = Ask(Options([&] {
    Publish("0001.reply.md", ++asked == 1 ? "" : "text");
    return false;
  }));
  EXPECT_EQ(result.value().content, "text");
}

TEST_F(ExchangeTest, AReplyFileThatStaysEmptyEndsTheWait) {
  ExchangeOptions options = Options([&] {
    Publish("0001.reply.md", "");
    return false;
  });
  options.empty_deadline = std::chrono::milliseconds(0);
  const Result<Reply> result = Ask(std::move(options));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kModel);
  EXPECT_TRUE(Contains(result.error().message, "0001.reply.md (or .json) stays empty"));
}

TEST_F(ExchangeTest, NoReplyByTheDeadlineSaysWhatToDo) {
  ExchangeOptions options = Options({});
  options.deadline = std::chrono::seconds(0);
  const Result<Reply> result = Ask(std::move(options));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kModel);
  EXPECT_TRUE(Contains(result.error().message, "0001.reply.md within 0 s"));
}

TEST_F(ExchangeTest, CtrlCEndsTheWait) {
  const Result<Reply> result = Ask(Options([] { return true; }));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kInterrupted);
  EXPECT_TRUE(fs::exists(File("0001.prompt.md")));
}

TEST_F(ExchangeTest, AFolderThatCannotBeMadeIsAStorageError) {
  ExchangeOptions options = Options({});
  options.folder = dir_.Write("file", "") / "below";
  const auto client = MakeExchangeClient(std::move(options));
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().kind, ErrorKind::kStorage);
}

}  // namespace
}  // namespace inhouse
