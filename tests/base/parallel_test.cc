#include "indexer/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace inhouse {
namespace {

TEST(ParallelTest, EveryItemOnceAndWorkersBelowTheirNumber) {
  for (const size_t threads : {size_t{1}, size_t{2}, size_t{7}}) {
    std::vector<std::atomic<int>> seen(1000);
    std::atomic<bool> in_range = true;
    ParallelFor(seen.size(), threads,
                [&](size_t worker, size_t item) {
                  if (worker >= threads) in_range = false;
                  ++seen[item];
                },
                {});
    EXPECT_TRUE(in_range);
    for (const auto& count : seen) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelTest, AWorkerBelongsToOneThread) {
  std::vector<std::set<std::thread::id>> ids(4);
  ParallelFor(400, ids.size(),
              [&](size_t worker, size_t) { ids[worker].insert(std::this_thread::get_id()); }, {});
  for (const auto& threads : ids) EXPECT_LE(threads.size(), 1u);
}

TEST(ParallelTest, ProgressIsToldOnTheCallingThreadAndEndsAtAll) {
  for (const size_t threads : {size_t{1}, size_t{3}}) {
    size_t last = 0;
    const auto caller = std::this_thread::get_id();
    ParallelFor(
        100, threads, [](size_t, size_t) {},
        [&](size_t done) {
          EXPECT_EQ(std::this_thread::get_id(), caller);
          EXPECT_GE(done, last);
          last = done;
        });
    EXPECT_EQ(last, 100u);
  }
}

TEST(ParallelTest, NothingToDo) {
  ParallelFor(0, 4, [](size_t, size_t) { FAIL(); }, {});
}

TEST(ParallelTest, TheNumberOfThreadsIsBounded) {
  EXPECT_GE(ThreadCount(0), 1u);
  EXPECT_EQ(ThreadCount(3), 3u);
  EXPECT_GE(ThreadCount(-1), 1u);
  EXPECT_LE(ThreadCount(100'000), 64u);
}

}  // namespace
}  // namespace inhouse
