// What /proc says about processes that do not want to be seen: read piece by piece, each of which
// may be gone by then. Nothing here asks the process.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

// A file of /proc, at most 1 MiB; "" when it is not there, or its process has gone.
std::string ReadProc(const std::string& path);

// The rest of the line that begins with `name` ("State:"), from its first character that is no
// blank; "" if there is none.
std::string_view LineAfter(std::string_view text, std::string_view name);

// Threads of a process. The first one may have ended before the others.
std::vector<pid_t> ThreadsOf(pid_t pid);

// Appends the children that one thread has.
void AppendChildren(pid_t pid, pid_t thread, std::vector<pid_t>* found);

}  // namespace inhouse
