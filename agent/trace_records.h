// The data objects of trace events, from the values of a run. One place for
// their field names, which docs/trace.schema.json fixes. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/kernel.h"
#include "agent/model/chat.h"
#include "agent/reply_parser.h"
#include "agent/step_context.h"
#include "agent/task.h"

namespace inhouse {

nlohmann::json TaskRecord(const Task& task, std::string_view model,
                          const std::vector<std::string>& data_files,
                          const std::vector<std::string>& sandbox_layers);
nlohmann::json PromptRecord(const ChatRequest& request, size_t estimated_tokens);
nlohmann::json ReplyRecord(const ChatRequest& request, const Reply& reply);
nlohmann::json ActionRecord(const ParsedReply& parsed);
// Which of the APIs shown before an action its code uses.
nlohmann::json UsedRecord(const std::vector<UsedApi>& used);
// What a cell gave; `text` is what the model is told of it, `names` are live after it.
nlohmann::json CellRecord(const CellResult& result, std::string_view text,
                          const std::vector<LiveName>& names);
// An observation that is no cell's: "bad reply", "repeated", "findings", ...
nlohmann::json NoteRecord(std::string_view kind, std::string_view text);
nlohmann::json FindingRecord(const Finding& finding);
// `broker_uses`: of the runs that the gates made, in words.
nlohmann::json GateRecord(std::string_view gate, bool passed, size_t findings,
                          std::string_view output, const std::vector<std::string>& broker_uses);
nlohmann::json EndRecord(const Outcome& outcome);
nlohmann::json ErrorEndRecord(std::string_view kind, std::string_view message, int steps);

std::string EncodeBase64(std::string_view bytes);

}  // namespace inhouse
