#include "indexer/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace inhouse {
namespace {

constexpr size_t kMaxThreads = 64;
constexpr std::chrono::milliseconds kProgressEvery{100};

void RunOnCaller(size_t count, const std::function<void(size_t, size_t)>& work,
                 const std::function<void(size_t)>& progress) {
  for (size_t i = 0; i < count; ++i) {
    work(0, i);
    if (progress) progress(i + 1);
  }
}

// Items that are done wait here for their turn. Whoever finishes an item takes
// all that have their turn, unless another thread is at it.
class Turns {
 public:
  Turns(size_t count, size_t window, const std::function<bool(size_t)>& take)
      : count_(count), window_(window), take_(take), done_(count, false) {}

  // False if there is no more to do; waits until the item is inside the window.
  bool Enter(size_t item) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || item < next_ + window_; });
    return !stopped_;
  }

  void Finish(size_t item) {
    std::unique_lock<std::mutex> lock(mutex_);
    done_[item] = true;
    if (taking_) return;
    taking_ = true;
    while (!stopped_ && next_ < count_ && done_[next_]) {
      const size_t turn = next_;
      lock.unlock();
      const bool go_on = take_(turn);
      lock.lock();
      if (!go_on) stopped_ = true;
      ++next_;
      changed_.notify_all();
    }
    taking_ = false;
  }

 private:
  const size_t count_, window_;
  const std::function<bool(size_t)>& take_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<bool> done_;  // this and the following are guarded by mutex_
  size_t next_ = 0;         // whose turn it is
  bool taking_ = false;
  bool stopped_ = false;
};

}  // namespace

size_t ThreadCount(int wanted) {
  const size_t threads = wanted > 0 ? static_cast<size_t>(wanted)
                                    : static_cast<size_t>(std::thread::hardware_concurrency());
  return std::clamp<size_t>(threads, 1, kMaxThreads);
}

void ParallelFor(size_t count, size_t threads, const std::function<void(size_t, size_t)>& work,
                 const std::function<void(size_t)>& progress) {
  threads = std::min(threads, count);
  if (threads <= 1) return RunOnCaller(count, work, progress);
  std::atomic<size_t> next{0};
  std::atomic<size_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;
  const auto run = [&](size_t worker) {
    for (size_t i = next++; i < count; i = next++) {
      work(worker, i);
      if (++done == count) {
        const std::lock_guard<std::mutex> lock(mutex);
        finished.notify_all();
      }
    }
  };
  std::vector<std::thread> pool;
  try {
    for (size_t worker = 0; worker < threads; ++worker) pool.emplace_back(run, worker);
  } catch (const std::system_error&) {
    if (pool.empty()) return RunOnCaller(count, work, progress);
  }
  {
    std::unique_lock<std::mutex> lock(mutex);
    while (!finished.wait_for(lock, kProgressEvery, [&] { return done == count; })) {
      if (progress) progress(done);
    }
  }
  for (std::thread& thread : pool) thread.join();
  if (progress) progress(count);
}

void OrderedParallelFor(size_t count, size_t threads, size_t window,
                        const std::function<void(size_t, size_t)>& work,
                        const std::function<bool(size_t)>& take,
                        const std::function<void(size_t)>& progress) {
  Turns turns(count, std::max<size_t>(window, 1), take);
  ParallelFor(
      count, threads,
      [&](size_t worker, size_t item) {
        if (!turns.Enter(item)) return;
        work(worker, item);
        turns.Finish(item);
      },
      progress);
}

}  // namespace inhouse
