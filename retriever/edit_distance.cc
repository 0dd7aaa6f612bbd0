#include "retriever/edit_distance.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace inhouse {

constexpr size_t kMaxBytes = 64;

int EditDistance(std::string_view a, std::string_view b, int limit) {
  if (a.size() > kMaxBytes || b.size() > kMaxBytes) return limit + 1;
  const auto gap = static_cast<int>(a.size()) - static_cast<int>(b.size());
  if (gap > limit || -gap > limit) return limit + 1;
  using Row = std::array<int, kMaxBytes + 1>;
  std::array<Row, 3> rows;  // this one, the one before, the one before that
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    Row& now = rows[i % 3];
    const Row& before = rows[(i + 2) % 3];
    now[0] = static_cast<int>(i);
    int least = now[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replaced = before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({replaced, before[j] + 1, now[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], rows[(i + 1) % 3][j - 2] + 1);
      }
      least = std::min(least, now[j]);
    }
    // A swap looks two rows back, so one row above the limit is not the end yet.
    if (least > limit + 1) return limit + 1;
  }
  return std::min(rows[a.size() % 3][b.size()], limit + 1);
}

bool IsTypingSlip(std::string_view a, std::string_view b) {
  constexpr size_t kMinBytes = 4;
  if (a.size() > b.size()) std::swap(a, b);
  if (a.size() < kMinBytes || a[0] != b[0]) return false;
  if (EditDistance(a, b, 1) != 1) return false;
  if (a.size() < b.size()) return true;
  // A swap leaves the same letters, a replaced one does not.
  return std::is_permutation(a.begin(), a.end(), b.begin());
}

int AllowedEdits(size_t size) { return size < 4 ? 0 : size < 8 ? 1 : size < 14 ? 2 : 3; }

}  // namespace inhouse
