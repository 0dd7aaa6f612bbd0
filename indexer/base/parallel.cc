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

}  // namespace inhouse
