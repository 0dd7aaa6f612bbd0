#include "agent/trace.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/recording.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using nlohmann::json;
using testing::ReadAll;
using testing::TempDir;

std::unique_ptr<TraceWriter> Open(const TempDir& dir) {
  auto trace = TraceWriter::Open(dir.path(), [] { return int64_t{5}; });
  EXPECT_TRUE(trace.ok());
  return std::move(trace).value();
}

void AppendText(TraceWriter& trace, const std::string& text) {
  const Status status = trace.Append(1, "observation", {{"kind", "note"}, {"text", text}});
  ASSERT_TRUE(status.ok()) << status.error().message;
}

void AppendToFile(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

TEST(Trace, WritesOneEventALine) {
  const TempDir dir;
  AppendText(*Open(dir), "hello");
  EXPECT_EQ(ReadAll(dir.path() / "trace.jsonl"),
            "{\"data\":{\"kind\":\"note\",\"text\":\"hello\"},\"seq\":0,\"step\":1,\"t_ms\":5,"
            "\"type\":\"observation\",\"v\":1}\n");
}

TEST(Trace, LargeBodiesGoToBlobsAndComeBack) {
  const TempDir dir;
  const std::string large(5000, 'x');
  AppendText(*Open(dir), large);
  const json line = json::parse(ReadAll(dir.path() / "trace.jsonl"));
  EXPECT_EQ(line["data"]["text"]["bytes"], 5000);
  const std::string digest = line["data"]["text"]["blob"];
  EXPECT_EQ(ReadAll(dir.path() / "blobs" / digest), large);
  const auto events = ReadTrace(dir.path());
  ASSERT_TRUE(events.ok()) << events.error().message;
  EXPECT_EQ(json::parse(events->at(0).data)["text"], large);
}

TEST(Trace, ContinuesTheNumberingAndCutsATornLine) {
  const TempDir dir;
  AppendText(*Open(dir), "first");
  AppendToFile(dir.path() / "trace.jsonl", "{\"v\":1,\"seq\":1,\"t_");
  EXPECT_EQ(ReadTrace(dir.path())->size(), 1u);
  AppendText(*Open(dir), "second");
  const auto events = ReadTrace(dir.path());
  ASSERT_TRUE(events.ok()) << events.error().message;
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ(events->at(1).seq, 1);
}

TEST(Trace, TwoRunsCannotWriteOneSession) {
  const TempDir dir;
  Result<std::unique_ptr<TraceWriter>> first = TraceWriter::Open(dir.path(), [] { return 1; });
  ASSERT_TRUE(first.ok());
  const auto second = TraceWriter::Open(dir.path(), [] { return 1; });
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(second.error().message.find("another run"), std::string::npos);
  first->reset();
  EXPECT_TRUE(TraceWriter::Open(dir.path(), [] { return 1; }).ok());
}

TEST(Trace, RepairsALineOfZerosAfterAPowerCut) {
  const TempDir dir;
  AppendText(*Open(dir), "first");
  AppendToFile(dir.path() / "trace.jsonl", std::string(20, '\0') + "\n");
  AppendText(*Open(dir), "second");
  const auto events = ReadTrace(dir.path());
  ASSERT_TRUE(events.ok()) << events.error().message;
  EXPECT_EQ(events->size(), 2u);
}

TEST(Trace, BadTextIsKeptAsFarAsJsonCan) {
  const TempDir dir;
  AppendText(*Open(dir), "a\xff b");
  EXPECT_EQ(json::parse(ReadTrace(dir.path())->at(0).data)["text"], "a\xEF\xBF\xBD b");
}

TEST(ReadTrace, NamesFileAndLineOfDamage) {
  const TempDir dir;
  EXPECT_EQ(ReadTrace(dir.path()).error().kind, ErrorKind::kBadInput);
  dir.Write("trace.jsonl",
            "{\"v\":1,\"seq\":0,\"t_ms\":0,\"step\":0,\"type\":\"end\",\"data\":{}}\n"
            "{\"v\":1,\"seq\":2,\"t_ms\":0,\"step\":0,\"type\":\"end\",\"data\":{}}\n");
  EXPECT_NE(ReadTrace(dir.path()).error().message.find("trace.jsonl:2: event 2 where 1"),
            std::string::npos);
  dir.Write("trace.jsonl", "{\"v\":9,\"seq\":0}\n");
  EXPECT_NE(ReadTrace(dir.path()).error().message.find("trace version 9"), std::string::npos);
  dir.Write("trace.jsonl", "nonsense\n");
  EXPECT_EQ(ReadTrace(dir.path()).error().kind, ErrorKind::kBadInput);
}

TEST(ReadTrace, RefusesABlobThatWasChanged) {
  const TempDir dir;
  AppendText(*Open(dir), std::string(5000, 'x'));
  const json line = json::parse(ReadAll(dir.path() / "trace.jsonl"));
  dir.Write("blobs/" + line["data"]["text"]["blob"].get<std::string>(), "other");
  EXPECT_NE(ReadTrace(dir.path()).error().message.find("was changed"), std::string::npos);
}

TEST(Recording, GivesTheRepliesInOrder) {
  const TempDir dir;
  auto trace = Open(dir);
  const json reply = {{"prompt_sha256", "ab"},
                      {"content", "ASK: which?"},
                      {"finish", "stop"},
                      {"truncated", false},
                      {"tool_calls", json::array()},
                      {"usage", {{"input_tokens", 12}, {"output_tokens", 3}, {"reported", true}}}};
  json cut = reply;
  cut["truncated"] = true;
  cut["finish"] = "unknown";
  ASSERT_TRUE(trace->Append(1, "reply", reply).ok());
  ASSERT_TRUE(trace->Append(2, "reply", cut).ok());
  const auto replies = LoadRecording(dir.path());
  ASSERT_TRUE(replies.ok()) << replies.error().message;
  ASSERT_EQ(replies->size(), 2u);
  EXPECT_EQ(replies->at(0).content, "ASK: which?");
  EXPECT_EQ(replies->at(0).usage.input_tokens, 12);
  EXPECT_EQ(replies->at(0).finish, FinishReason::kStop);
  EXPECT_EQ(replies->at(1).finish, FinishReason::kLength);
}

TEST(Recording, WithoutRepliesIsBadInput) {
  const TempDir dir;
  AppendText(*Open(dir), "x");
  const auto replies = LoadRecording(dir.path());
  ASSERT_FALSE(replies.ok());
  EXPECT_EQ(replies.error().kind, ErrorKind::kBadInput);
}

}  // namespace
}  // namespace inhouse
