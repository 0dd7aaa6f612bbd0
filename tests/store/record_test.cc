#include "indexer/store/record.h"

#include <gtest/gtest.h>

#include <limits>

#include "indexer/store/call_record.h"
#include "indexer/store/symbol_record.h"
#include "tests/store/sample.h"

namespace inhouse {
namespace {

TEST(Record, NumbersAndTextsComeBack) {
  const std::vector<int64_t> numbers = {0,
                                        -1,
                                        1,
                                        -64,
                                        64,
                                        1 << 20,
                                        std::numeric_limits<int64_t>::min(),
                                        std::numeric_limits<int64_t>::max()};
  RecordWriter out;
  for (const int64_t number : numbers) out.Number(number);
  out.Count(std::numeric_limits<uint64_t>::max());
  out.Text(std::string("\0\xff", 2));
  out.Texts({"", "a"});
  out.Flag(true);
  RecordReader in(out.bytes());
  for (const int64_t number : numbers) EXPECT_EQ(in.Number(), number);
  EXPECT_EQ(in.Count(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(in.Text(), std::string("\0\xff", 2));
  EXPECT_EQ(in.Texts(), (std::vector<std::string>{"", "a"}));
  EXPECT_TRUE(in.Flag());
  EXPECT_TRUE(in.AtEnd());
}

TEST(Record, EveryCutAndEveryExtraByteIsNoticed) {
  const std::string bytes = EncodeSymbol(testing::FullSymbol());
  Symbol symbol;
  EXPECT_TRUE(DecodeSymbol(bytes, &symbol));
  for (size_t keep = 0; keep < bytes.size(); ++keep) {
    EXPECT_FALSE(DecodeSymbol(std::string_view(bytes).substr(0, keep), &symbol)) << keep;
  }
  EXPECT_FALSE(DecodeSymbol(bytes + "x", &symbol));
}

// Distances between them may go either way.
TEST(Record, AnyRangesComeBack) {
  constexpr int kMost = std::numeric_limits<int>::max();
  constexpr uint32_t kLast = std::numeric_limits<uint32_t>::max();
  const SourceRange ranges[] = {{}, {7, 9, 100, 180}, {kMost, kMost, kLast, kLast}, {9, 1, 50, 3}};
  for (const SourceRange& near : ranges) {
    for (const SourceRange& range : ranges) {
      RecordWriter out;
      out.Range(range, near);
      RecordReader in(out.bytes());
      const SourceRange back = in.Range(near);
      EXPECT_TRUE(in.AtEnd());
      EXPECT_EQ(back.start_line, range.start_line);
      EXPECT_EQ(back.end_line, range.end_line);
      EXPECT_EQ(back.start_byte, range.start_byte);
      EXPECT_EQ(back.end_byte, range.end_byte);
    }
  }
}

TEST(Record, GarbageIsReadWithoutHarm) {
  uint64_t state = 7;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(static_cast<size_t>(round % 90), '\0');
    for (char& c : bytes) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      c = static_cast<char>(state >> 56);
    }
    Symbol symbol;
    RecordReader in(bytes);
    TakeCall({}, &in);
    const bool decoded = DecodeSymbol(bytes, &symbol) && in.AtEnd();
    EXPECT_FALSE(decoded && bytes.empty());
  }
}

}  // namespace
}  // namespace inhouse
