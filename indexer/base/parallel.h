// Work on numbered items by a few threads, results by number.
#pragma once

#include <cstddef>
#include <functional>

namespace inhouse {

// One per core for 0, at least 1, at most 64.
size_t ThreadCount(int wanted);

// Calls work(worker, item) for every item below `count`, each once; `worker` is
// below `threads` and belongs to one thread. `progress(done)` is called on the
// calling thread from time to time and at the end; it may be empty. With one
// thread everything runs on the caller. Neither function may throw. Fewer
// threads do the work where the system gives no more.
void ParallelFor(size_t count, size_t threads,
                 const std::function<void(size_t worker, size_t item)>& work,
                 const std::function<void(size_t done)>& progress);

// The same, and hands each item on when all before it were handed on:
// take(item) is called once for each, in order, by one thread at a time. At most
// `window` items are worked on or waiting, so that results take bounded memory.
// After take() returns false nothing more is worked on or taken.
void OrderedParallelFor(size_t count, size_t threads, size_t window,
                        const std::function<void(size_t worker, size_t item)>& work,
                        const std::function<bool(size_t item)>& take,
                        const std::function<void(size_t done)>& progress);

}  // namespace inhouse
