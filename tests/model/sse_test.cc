#include "agent/model/sse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace inhouse {
namespace {

std::vector<SseEvent> Parse(std::string_view text, size_t piece) {
  SseParser parser;
  std::vector<SseEvent> events;
  for (size_t at = 0; at < text.size(); at += piece) {
    EXPECT_TRUE(parser.Feed(text.substr(at, piece), &events));
  }
  parser.Finish(&events);
  return events;
}

SseEvent Data(std::string data) { return {"", std::move(data), "", false}; }

struct Case {
  const char* name;
  std::string text;
  std::vector<SseEvent> wanted;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"lf", "data: a\n\ndata: b\n\n", {Data("a"), Data("b")}},
      {"crlf", "data: a\r\n\r\ndata: b\r\n\r\n", {Data("a"), Data("b")}},
      {"cr", "data: a\r\rdata: b\r\r", {Data("a"), Data("b")}},
      {"mixed ends", "data: a\r\n\ndata: b\n\r", {Data("a"), Data("b")}},
      {"several data lines", "data: a\ndata: b\ndata:\n\n", {Data("a\nb\n")}},
      {"comments", ": ping\n\n:\n\ndata: a\n: in between\n\n", {Data("a")}},
      {"one blank is cut", "data:a\n\ndata:  a\n\n", {Data("a"), Data(" a")}},
      {"field without colon", "data\n\n", {Data("")}},
      {"name",
       "event: error\ndata: x\n\ndata: y\n\n",
       {{"error", "x", "", false}, {"", "y", "", false}}},
      {"name alone is nothing", "event: ping\n\ndata: x\n\n", {Data("x")}},
      {"unknown fields", "id: 1\nretry: 5\nfoo: bar\ndata: x\n\n", {Data("x")}},
      {"colons in data", "data: {\"a\": 1}\n\n", {Data("{\"a\": 1}")}},
      {"byte order mark",
       "\xef\xbb\xbf"
       "data: x\n\n",
       {Data("x")}},
      {"utf-8", "data: größe — 漢字 🙂\n\n", {Data("größe — 漢字 🙂")}},
      {"zero byte", std::string("data: a\0b\n\n", 11), {Data(std::string("a\0b", 3))}},
      {"error field", "error: {\"code\":400}\n\n", {{"", "", "{\"code\":400}", false}}},
      {"no blank line at the end",
       "data: a\n\ndata: [DONE]\n",
       {Data("a"), {"", "[DONE]", "", true}}},
      {"no line end at the end", "data: a", {{"", "a", "", true}}},
      {"nothing", "", {}},
      {"blank lines", "\n\r\n\n", {}},
  };
  return cases;
}

TEST(SseTest, ReadsEventsWhateverThePiecesAre) {
  for (const Case& c : Cases()) {
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{1000}}) {
      EXPECT_EQ(Parse(c.text, piece), c.wanted) << c.name << " in pieces of " << piece;
    }
  }
}

TEST(SseTest, GivesAnEventAsSoonAsItIsComplete) {
  SseParser parser;
  std::vector<SseEvent> events;
  EXPECT_TRUE(parser.Feed("data: a\r\n\r", &events));
  EXPECT_EQ(events.size(), 1u);  // the CR alone ends the line
  EXPECT_TRUE(parser.Feed("\ndata: b", &events));
  EXPECT_EQ(events.size(), 1u);
  EXPECT_TRUE(parser.Feed("\n\n", &events));
  EXPECT_EQ(events.size(), 2u);
}

TEST(SseTest, RefusesEventsOverTheLimit) {
  const std::vector<std::string> hostile = {
      "data: " + std::string(200, 'x'),
      std::string("data: 1234567890\n") + "data: 1234567890\n" + std::string(100, 'd'),
  };
  for (const std::string& text : hostile) {
    SseParser parser(100);
    std::vector<SseEvent> events;
    EXPECT_FALSE(parser.Feed(text, &events));
    EXPECT_FALSE(parser.Feed("\n\ndata: later\n\n", &events));
    parser.Finish(&events);
    EXPECT_TRUE(events.empty());
  }
  SseParser many_lines(100);
  std::vector<SseEvent> events;
  bool within = true;
  for (int i = 0; i < 50 && within; ++i) within = many_lines.Feed("data: 12345\n", &events);
  EXPECT_FALSE(within);
}

TEST(SseTest, AStreamOfAnyLengthStaysWithinTheLimitPerEvent) {
  SseParser parser(100);
  std::vector<SseEvent> events;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(parser.Feed("data: 0123456789\n\n", &events));
  EXPECT_EQ(events.size(), 1000u);
}

}  // namespace
}  // namespace inhouse
