// Frames from a hostile kernel: whatever comes over the line, the host gets an
// event in time and stays whole.
#include "agent/kernel/kernel_channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/kernel/result_frame.h"

namespace inhouse {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

std::string Framed(const std::string& body, uint32_t size) {
  std::string bytes(sizeof(size), '\0');
  std::memcpy(bytes.data(), &size, sizeof(size));
  return bytes + body;
}
std::string Framed(const std::string& body) {
  return Framed(body, static_cast<uint32_t>(body.size()));
}

class KernelChannelTest : public ::testing::Test {
 protected:
  KernelChannelTest() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    int pipe[2];
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    theirs_ = UniqueFd(pair[1]);
    writer_ = UniqueFd(pipe[1]);
    channel_ = KernelChannel(UniqueFd(pair[0]), UniqueFd(pipe[0]));
  }

  void Write(const std::string& bytes) {
    ASSERT_EQ(::write(theirs_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  ChannelEvent Next(std::chrono::milliseconds wait = std::chrono::milliseconds(0)) {
    return channel_.Next(Clock::now() + wait, &output_, &frame_);
  }

  UniqueFd theirs_, writer_;
  KernelChannel channel_;
  OutputCollector output_{1024};
  json frame_;
};

TEST_F(KernelChannelTest, WholeFramesComeOneByOne) {
  Write(Framed(R"({"v":1,"seq":1,"type":"a"})") + Framed(R"({"v":1,"seq":2,"type":"b"})"));
  ASSERT_EQ(Next(), ChannelEvent::kFrame);
  EXPECT_EQ(frame_["type"], "a");
  ASSERT_EQ(Next(), ChannelEvent::kFrame);
  EXPECT_EQ(frame_["type"], "b");
  EXPECT_EQ(Next(), ChannelEvent::kDeadline);
}

TEST_F(KernelChannelTest, FrameInPiecesIsPutTogether) {
  const std::string bytes = Framed(R"({"v":1,"seq":1,"type":"a"})");
  for (const char byte : bytes) {
    EXPECT_EQ(Next(), ChannelEvent::kDeadline);
    Write(std::string(1, byte));
  }
  EXPECT_EQ(Next(), ChannelEvent::kFrame);
}

TEST_F(KernelChannelTest, GarbageIsBroken) {
  for (const std::string& body :
       {std::string("not json"), std::string(), std::string("[1, 2]"), std::string("null"),
        std::string(R"({"v":2,"seq":1,"type":"a"})"), std::string(R"({"v":1,"type":"a"})"),
        std::string(R"({"v":1,"seq":"1","type":"a"})"), std::string(R"({"v":1,"seq":1,"type":3})"),
        std::string(R"({"v":1,"seq":1.5,"type":"a"})"),
        std::string("{\"v\":1,\"seq\":1,\"type\":\"\xff\"}"), std::string("\0\0\0\0", 4)}) {
    Write(Framed(body));
    EXPECT_EQ(Next(), ChannelEvent::kBroken) << body;
  }
}

TEST_F(KernelChannelTest, OversizedFrameIsBrokenBeforeItIsRead) {
  Write(Framed("x", kMaxFrameBytes + 1));
  EXPECT_EQ(Next(), ChannelEvent::kBroken);
}

TEST_F(KernelChannelTest, DeepNestingIsBroken) {
  Write(Framed(R"({"v":1,"seq":1,"type":"a","x":)" + std::string(50000, '[') +
               std::string(50000, ']') + "}"));
  EXPECT_EQ(Next(std::chrono::seconds(5)), ChannelEvent::kBroken);
}

TEST_F(KernelChannelTest, BracketsInsideStringsAreNoNesting) {
  Write(Framed(R"({"v":1,"seq":1,"type":"a","x":"\")" + std::string(100, '[') + R"("})"));
  EXPECT_EQ(Next(std::chrono::seconds(5)), ChannelEvent::kFrame);
}

TEST_F(KernelChannelTest, HalfAFrameAndAFloodOfOutputDoNotHoldBeyondTheDeadline) {
  Write(Framed("half", 1000));
  ASSERT_EQ(::write(writer_.get(), "flood", 5), 5);
  EXPECT_EQ(Next(), ChannelEvent::kDeadline);
  EXPECT_EQ(output_.Text(), "flood");
}

TEST_F(KernelChannelTest, ClosedSideIsClosedAlsoWithHalfAFrame) {
  Write(Framed("half", 1000));
  theirs_.reset();
  EXPECT_EQ(Next(std::chrono::seconds(5)), ChannelEvent::kClosed);
  EXPECT_FALSE(channel_.Send({{"v", 1}}, Clock::now()));
}

TEST_F(KernelChannelTest, FrameBeforeTheCloseIsStillTaken) {
  Write(Framed(R"({"v":1,"seq":1,"type":"a"})"));
  theirs_.reset();
  EXPECT_EQ(Next(std::chrono::seconds(5)), ChannelEvent::kFrame);
  EXPECT_EQ(Next(std::chrono::seconds(5)), ChannelEvent::kClosed);
}

TEST_F(KernelChannelTest, EndOfOutputDoesNotEndTheFrames) {
  writer_.reset();
  EXPECT_EQ(Next(std::chrono::milliseconds(20)), ChannelEvent::kDeadline);
  Write(Framed(R"({"v":1,"seq":1,"type":"a"})"));
  EXPECT_EQ(Next(std::chrono::seconds(5)), ChannelEvent::kFrame);
}

TEST_F(KernelChannelTest, SideThatDoesNotReadEndsTheSendAtTheDeadline) {
  EXPECT_FALSE(channel_.Send({{"x", std::string(4 << 20, 'x')}}, Clock::now()));
}

TEST(ResultFrameTest, WrongFieldsCountAsEmpty) {
  const CellResult result = ReadResultFrame(json::parse(
      R"({"display":3,"seconds":"x","peak_bytes":1e300,"warnings":{"a":1},
          "figures":[1,{"png":"not a picture"},{"png":7}],"error":null})"));
  EXPECT_EQ(result.outcome, CellOutcome::kError);
  EXPECT_EQ(result.display, "");
  EXPECT_EQ(result.seconds, 0);
  EXPECT_GT(result.peak_memory_bytes, 0);
  EXPECT_TRUE(result.warnings.empty());
  EXPECT_TRUE(result.figures.empty());
  EXPECT_EQ(ReadResultFrame(json::parse(R"({"error":{"line":-1e300}})")).error_line, 0);
  EXPECT_EQ(ReadResultFrame(json::parse(R"({"error":{"line":1e300}})")).error_line, 1000000000);
}

TEST(ResultFrameTest, ListsAndTextsAreBounded) {
  json frame;
  for (int i = 0; i < 1000; ++i) {
    frame["warnings"].push_back(std::string(10000, 'w'));
    frame["names"].push_back({{"name", std::string(100000, 'n')}});
    frame["figures"].push_back({{"png", "iVBORw0KGgo="}, {"name", "figure-../../x.png"}});
  }
  const CellResult result = ReadResultFrame(frame);
  EXPECT_EQ(result.warnings.size(), 20U);
  EXPECT_EQ(result.warnings[0].size(), 500U);
  EXPECT_EQ(result.figures.size(), 8U);
  EXPECT_EQ(result.figures[0].name, "figure-1.png");
  const auto names = ReadNamesFrame(frame);
  EXPECT_EQ(names.size(), 200U);
  EXPECT_EQ(names[0].name.size(), 600u);
}

TEST(OutputCollectorTest, KeepsHeadAndTailAndCountsTheRest) {
  OutputCollector output(10);
  output.Add("abcdefg");
  output.Add("hijklmnop");
  EXPECT_EQ(output.total_bytes(), 16);
  EXPECT_EQ(output.Text(), "abcde\n... 6 bytes cut ...\nlmnop");
}

TEST(OutputCollectorTest, WhatIsNotSeenIsNotKept) {
  EXPECT_EQ(CleanText("a\u200Bb\u200Ec\u061Cd\u2028e\uFEFFf\U000E0041g"), "abcdefg");
  EXPECT_EQ(CleanText("a\u2060b\u2063c\u206Ad\U000E0100e\U000E01EFf"), "abcdef");
  EXPECT_EQ(CleanText("é€😀\u200D"), "é€😀\u200D");
}

TEST(OutputCollectorTest, CharacterAcrossTheMiddleStaysWholeWhereNothingIsCut) {
  OutputCollector output(10);
  output.Add("aéééé");
  EXPECT_EQ(output.Text(), "aéééé");
}

TEST(OutputCollectorTest, AddingByteByByteGivesTheSameText) {
  OutputCollector whole(64), bytes(64);
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i);
  whole.Add(text);
  for (const char byte : text) bytes.Add({&byte, 1});
  EXPECT_EQ(whole.Text(), bytes.Text());
}

TEST(CleanTextTest, InvalidUtf8AndControlBytesGoAway) {
  EXPECT_EQ(CleanText("a\xff\xc3\xa9\xc3"), "a?\xc3\xa9?");
  EXPECT_EQ(CleanText("\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80"), "?????????");
  EXPECT_EQ(CleanText("\x1b[31m\tx\n\x7f\xc2\x9b"), "[31m\tx\n");
}

}  // namespace
}  // namespace inhouse
