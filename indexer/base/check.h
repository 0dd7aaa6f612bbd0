// CHECK(condition): stops the program when one of *our own* invariants is
// broken. On in release builds. Never for files, network, model or kernel
// data: those are values (see result.h).
#pragma once

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "inhouse: internal error at %s:%d: %s\n", __FILE__, __LINE__, \
                   #condition);                                                          \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
