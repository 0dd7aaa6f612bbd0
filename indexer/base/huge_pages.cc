#include "indexer/base/huge_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace inhouse {
namespace {

constexpr size_t kWorthIt = size_t{8} << 20;

}  // namespace

void AskForHugePages(void* begin, size_t bytes) {
  if (bytes < kWorthIt) return;
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t before = (page - reinterpret_cast<uintptr_t>(begin) % page) % page;
  ::madvise(static_cast<char*>(begin) + before, (bytes - before) / page * page, MADV_HUGEPAGE);
}

}  // namespace inhouse
