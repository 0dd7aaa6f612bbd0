// Who answers in the place of a broker: the same questions, in whatever order of
// connections, and nothing else.
#include "agent/kernel/broker_answers.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

class BrokerAnswersTest : public ::testing::Test {
 protected:
  BrokerAnswersTest() { Reopen(); }

  void Reopen(int64_t max_bytes = BrokerRecord::kMaxBytes) {
    record_.reset();
    auto record = BrokerRecord::Open(folder_.path() / "record", max_bytes);
    ASSERT_TRUE(record.ok()) << record.error().message;
    record_ = std::move(record).value();
  }
  // A connection of that turn on which `asked` was answered.
  int64_t Recorded(int64_t turn, std::string_view asked, std::string_view answer) {
    const int64_t connection = record_->Connect(turn, "x.sock", true);
    record_->Sent(turn, connection, asked);
    record_->Received(turn, connection, answer);
    return connection;
  }
  BrokerAnswers Answers() {
    auto recorded = record_->Load();
    EXPECT_TRUE(recorded.ok());
    return BrokerAnswers(recorded.ok() ? std::move(recorded).value() : RecordedTurns());
  }
  static size_t Open(BrokerAnswers* answers) {
    size_t line = 99;
    EXPECT_EQ(answers->Open("x.sock", &line), BrokerAnswers::Opened::kLine);
    return line;
  }
  static std::string Due(BrokerAnswers* answers, size_t line) {
    std::string text;
    while (const auto due = answers->Next(line)) {
      text += due->bytes;
      if (due->is_end) text += "|";
    }
    return text;
  }

  testing::TempDir folder_;
  std::unique_ptr<BrokerRecord> record_;
};

TEST_F(BrokerAnswersTest, AnswersWhenAllThatWasAskedBeforeHasCome) {
  const int64_t turn = record_->Begin("");
  const int64_t connection = Recorded(turn, "select 1\n", "one");
  Recorded(turn, "other", "o");
  record_->Sent(turn, connection, "select 2\n");
  record_->Received(turn, connection, "two");
  record_->CellEnded(turn, connection);
  record_->BrokerEnded(turn, connection);
  EXPECT_TRUE(record_->End(turn));
  BrokerAnswers answers = Answers();
  answers.Enter(turn);
  const size_t line = Open(&answers);
  EXPECT_TRUE(answers.Take(line, "select"));
  EXPECT_EQ(Due(&answers, line), "");
  EXPECT_TRUE(answers.Take(line, " 1\n"));
  EXPECT_EQ(Due(&answers, line), "one");
  EXPECT_TRUE(answers.Take(line, "select 2\n"));
  EXPECT_EQ(Due(&answers, line), "two");
  answers.CellEnded(line);
  EXPECT_EQ(Due(&answers, line), "|");
  EXPECT_FALSE(answers.complete());  // the other one did not come
  EXPECT_TRUE(answers.Take(Open(&answers), "other"));
  EXPECT_TRUE(answers.complete());
}

TEST_F(BrokerAnswersTest, OtherBytesEndTheLine) {
  const int64_t turn = record_->Begin("");
  Recorded(turn, "select 1\n", "one");
  record_->End(turn);
  BrokerAnswers answers = Answers();
  answers.Enter(turn);
  const size_t line = Open(&answers);
  EXPECT_FALSE(answers.Take(line, "select 2\n"));
  EXPECT_EQ(Due(&answers, line), "");
  EXPECT_TRUE(answers.differed());
  EXPECT_FALSE(answers.complete());
  EXPECT_EQ(answers.Open("y.sock", nullptr), BrokerAnswers::Opened::kUnknown);
}

TEST_F(BrokerAnswersTest, MoreThanWasAskedDiffers) {
  const int64_t turn = record_->Begin("");
  Recorded(turn, "a", "1");
  record_->End(turn);
  BrokerAnswers answers = Answers();
  answers.Enter(turn);
  const size_t line = Open(&answers);
  EXPECT_FALSE(answers.Take(line, "ab"));
}

TEST_F(BrokerAnswersTest, ThreadsThatConnectInAnotherOrderAreToldApart) {
  const int64_t turn = record_->Begin("");
  for (const std::string name : {"a", "b", "c"}) {
    const int64_t connection = record_->Connect(turn, "x.sock", true);
    record_->Received(turn, connection, "hello ");
    record_->Sent(turn, connection, "I am " + name);
    record_->Received(turn, connection, "welcome " + name);
  }
  record_->End(turn);
  BrokerAnswers answers = Answers();
  answers.Enter(turn);
  const std::vector<size_t> lines = {Open(&answers), Open(&answers), Open(&answers)};
  for (const size_t line : lines) EXPECT_EQ(Due(&answers, line), "hello ");
  EXPECT_TRUE(answers.Take(lines[0], "I am c"));
  EXPECT_EQ(Due(&answers, lines[0]), "welcome c");
  EXPECT_TRUE(answers.Take(lines[1], "I am a"));
  EXPECT_TRUE(answers.Take(lines[2], "I am b"));
  EXPECT_EQ(Due(&answers, lines[2]), "welcome b");
  EXPECT_EQ(Due(&answers, lines[1]), "welcome a");
  EXPECT_TRUE(answers.complete());
}

TEST_F(BrokerAnswersTest, ATurnThatIsLeftOutAnswersNobody) {
  const int64_t failed = record_->Begin("");
  Recorded(failed, "count", "1");
  record_->End(failed);
  const int64_t turn = record_->Begin("");
  Recorded(turn, "count", "2");
  record_->End(turn);
  BrokerAnswers answers = Answers();
  answers.Enter(turn);
  const size_t line = Open(&answers);
  EXPECT_TRUE(answers.Take(line, "count"));
  EXPECT_EQ(Due(&answers, line), "2");
  EXPECT_TRUE(answers.complete());
}

TEST_F(BrokerAnswersTest, WhatABrokerSaysUnaskedWaitsForItsTurn) {
  const int64_t first = record_->Begin("");
  const int64_t connection = Recorded(first, "watch", "ok");
  record_->End(first);
  const int64_t second = record_->Begin("");
  record_->Received(second, connection, "news");
  record_->End(second);
  BrokerAnswers answers = Answers();
  answers.Enter(first);
  const size_t line = Open(&answers);
  EXPECT_TRUE(answers.Take(line, "watch"));
  EXPECT_EQ(Due(&answers, line), "ok");
  EXPECT_TRUE(answers.complete());
  answers.Enter(second);
  EXPECT_EQ(Due(&answers, line), "news");
}

TEST_F(BrokerAnswersTest, WhatMovedAfterTheEndIsAnsweredAndNotDemanded) {
  const int64_t turn = record_->Begin("");
  const int64_t connection = Recorded(turn, "a", "1");
  EXPECT_TRUE(record_->End(turn));
  record_->Sent(turn, connection, "b");
  record_->Received(turn, connection, "2");
  BrokerAnswers answers = Answers();
  answers.Enter(turn);
  const size_t line = Open(&answers);
  EXPECT_TRUE(answers.Take(line, "a"));
  EXPECT_TRUE(answers.complete());
  EXPECT_TRUE(answers.Take(line, "b"));
  EXPECT_EQ(Due(&answers, line), "12");
}

TEST_F(BrokerAnswersTest, ABrokerThatDidNotAnswerDoesNotAnswer) {
  const int64_t turn = record_->Begin("");
  record_->Connect(turn, "x.sock", false);
  record_->End(turn);
  BrokerAnswers answers = Answers();
  answers.Enter(turn);
  size_t line = 0;
  EXPECT_EQ(answers.Open("x.sock", &line), BrokerAnswers::Opened::kUnreached);
  EXPECT_TRUE(answers.complete());
}

TEST_F(BrokerAnswersTest, AnUnknownTurnIsCompleteIfNobodyIsAsked) {
  BrokerAnswers answers = Answers();
  answers.Enter(7);
  EXPECT_TRUE(answers.complete());
  EXPECT_EQ(answers.Open("x.sock", nullptr), BrokerAnswers::Opened::kUnknown);
  EXPECT_FALSE(answers.complete());
}

TEST_F(BrokerAnswersTest, ATurnThatDidNotEndOrDidNotFitAnswersNobody) {
  const int64_t killed = record_->Begin("");
  Recorded(killed, "a", "1");
  Reopen(400);
  const int64_t full = record_->Begin("");
  Recorded(full, "a", std::string(500, 'x'));
  EXPECT_FALSE(record_->End(full));
  BrokerAnswers answers = Answers();
  for (const int64_t turn : {killed, full}) {
    answers.Enter(turn);
    EXPECT_EQ(answers.Open("x.sock", nullptr), BrokerAnswers::Opened::kUnknown);
    EXPECT_FALSE(answers.complete());
  }
}

TEST_F(BrokerAnswersTest, TakesRunsOfAScriptInTheirOrder) {
  for (const char* name : {"digest", "other", "digest"}) record_->End(record_->Begin(name));
  EXPECT_EQ(record_->Take("digest").value(), 1);
  EXPECT_EQ(record_->Take("digest").value(), 3);
  EXPECT_EQ(record_->Take("digest").value(), 0);
}

TEST_F(BrokerAnswersTest, AFileThatEndsAnywhereCountsUpToItsLastWholeEntry) {
  const int64_t turn = record_->Begin("");
  Recorded(turn, "a\n", std::string("\0\n<", 3));
  record_->End(turn);
  const std::string whole = testing::ReadAll(folder_.path() / "record");
  for (size_t size = 0; size <= whole.size(); ++size) {
    std::ofstream(folder_.path() / "record", std::ios::binary) << whole.substr(0, size);
    Reopen();
    const auto recorded = record_->Load();
    ASSERT_TRUE(recorded.ok());
    const auto found = recorded->turns.find(turn);
    EXPECT_EQ(found != recorded->turns.end() && found->second.whole, size == whole.size());
    const int64_t next = record_->Begin("");  // goes on after what stands
    EXPECT_EQ(next, size < 9 ? 1 : 2) << size;
    EXPECT_TRUE(record_->End(next));
    EXPECT_TRUE(record_->Load()->turns.at(next).whole);
  }
}

}  // namespace
}  // namespace inhouse
