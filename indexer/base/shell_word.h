// A text as one word of a shell command, for messages that say what to run. Pure.
#pragma once

#include <string>
#include <string_view>

namespace inhouse {

// As it is if no shell would look at it twice, else in single quotes.
std::string ShellWord(std::string_view text);

}  // namespace inhouse
