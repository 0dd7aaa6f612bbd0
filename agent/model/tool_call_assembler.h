// Puts tool calls together from the fragments that OpenAI-compatible servers
// stream: by index as the specification says, and by id where a server leaves
// the index out or always sends 0 (Ollama). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/chat.h"

namespace inhouse {

class ToolCallAssembler {
 public:
  // `index` -1: the server gave none. Fragments over the limits of
  // reply_decoder.h are dropped.
  void Add(int64_t index, std::string_view id, std::string_view name, std::string_view arguments);

  // The calls, in order of their first fragment; missing ids become "call_1", …
  // and empty arguments "{}".
  std::vector<ToolCall> Take();

 private:
  struct Part {
    int64_t index;
    ToolCall call;
  };
  Part* Find(int64_t index, std::string_view id, std::string_view name);

  std::vector<Part> parts_;
  size_t argument_bytes_ = 0;
};

// True if the text is one complete JSON object.
bool IsJsonObject(std::string_view text);

}  // namespace inhouse
