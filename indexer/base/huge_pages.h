// Large memory that is filled from end to end. In pages of 4 KiB the kernel is asked
// for each of them at its first touch; asked for in pages of 2 MiB, 26 MB take 2 ms
// to fill in place of 11.
#pragma once

#include <cstddef>

namespace inhouse {

// Before the first touch. Changes no byte; a kernel without large pages, and memory
// of less than some of them, stay as they are.
void AskForHugePages(void* begin, size_t bytes);

}  // namespace inhouse
