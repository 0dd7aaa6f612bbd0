#include "agent/trace_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kLineBytes = 160;

const json& Field(const json& object, const char* name) {
  static const json kNull;
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() ? *it : kNull;
}

std::string Text(const json& object, const char* name) {
  const json& field = Field(object, name);
  return field.is_string() ? field.get<std::string>() : "";
}

int64_t Number(const json& object, const char* name) {
  const json& field = Field(object, name);
  return field.is_number_integer() ? field.get<int64_t>() : 0;
}

bool Flag(const json& object, const char* name) {
  const json& field = Field(object, name);
  return field.is_boolean() && field.get<bool>();
}

// The first line that holds something, cut.
std::string Short(std::string text) {
  text.erase(0, std::min(text.find_first_not_of(" \n"), text.size()));
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.size() <= kLineBytes) return text;
  size_t end = kLineBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end).append("…");
}

std::string Line(const std::string& label, const std::string& text) {
  std::string line = "  " + label;
  line.append(line.size() < 14 ? 14 - line.size() : 1, ' ');
  return line + text + "\n";
}

// `resumed`: what a run goes on with.
std::string TaskLines(const json& data, bool resumed) {
  std::string sandbox;
  for (const json& layer : Field(data, "sandbox")) {
    if (layer.is_string()) sandbox += (sandbox.empty() ? "" : ", ") + layer.get<std::string>();
  }
  return (resumed ? "" : Line("request", Short(Text(data, "request")))) +
         Line(resumed ? "resumed" : "strategy",
              Text(data, "strategy") + ", model " + Text(data, "model")) +
         Line("sandbox", Short(sandbox));
}

std::string RetrievalLine(const json& data) {
  std::string names;
  for (const json& entry : Field(data, "entries")) {
    names += (names.empty() ? "" : ", ") + Text(entry, "symbol");
  }
  return Line(Text(data, "kind"), names.empty() ? "nothing new" : Short(names));
}

std::string ReplyLine(const json& data) {
  const json& usage = Field(data, "usage");
  std::string line = Short(Text(data, "content"));
  if (Flag(usage, "reported")) {
    line = std::to_string(Number(usage, "input_tokens")) + " tokens in, " +
           std::to_string(Number(usage, "output_tokens")) + " out: " + line;
  }
  return Line("reply", line);
}

std::string ActionLine(const json& data) {
  const std::string kind = Text(data, "kind");
  const std::string text = Text(data, "text");
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (kind == "code") {
    return Line(Flag(data, "final") ? "final script" : "block", std::to_string(lines) + " lines");
  }
  return Line(kind, Short(kind == "none" ? Text(data, "problem") : text));
}

// Where the output stands whole, if the trace holds it cut.
std::string WholeOutputLine(const json& data) {
  const std::string file = Text(data, "output_file");
  if (file.empty()) return "";
  return Line("whole output",
              Short(file) + ", " + std::to_string(Number(data, "output_bytes")) + " bytes");
}

std::string CellLine(const json& data) {
  if (Text(data, "outcome") == "ok") {
    const std::string shown =
        Text(data, "display").empty() ? Text(data, "output") : Text(data, "display");
    return Line("ran", Short(shown).empty() ? "ok" : Short(shown));
  }
  const std::string type = Text(data, "error_type");
  return Line(Text(data, "outcome"), Short(type + ": " + Text(data, "error_message")));
}

std::string ObservationLine(const json& data) {
  if (Text(data, "kind") == "cell") return CellLine(data) + WholeOutputLine(data);
  const bool follow_up = Text(data, "kind") == "follow-up";
  return Line(Text(data, "kind"), Short(Text(data, follow_up ? "message" : "text")));
}

std::string FindingLine(const json& data) {
  std::string place;
  if (Number(data, "line") > 0) place = "line " + std::to_string(Number(data, "line")) + ": ";
  return Line(Text(data, "severity"),
              Text(data, "gate") + ": " + place + Short(Text(data, "message")));
}

std::string EndLine(const json& data) {
  return Line("end", Text(data, "outcome") + " after " + std::to_string(Number(data, "steps")) +
                         " steps: " + Short(Text(data, "message")));
}

std::string LineOf(const TraceEvent& event, const json& data) {
  if (event.type == "task") return TaskLines(data, event.seq > 0);
  if (event.type == "retrieval") return RetrievalLine(data);
  if (event.type == "reply") return ReplyLine(data);
  if (event.type == "action") return ActionLine(data);
  if (event.type == "observation") return ObservationLine(data);
  if (event.type == "finding") return FindingLine(data);
  if (event.type == "gate") {
    return Line("gate", Text(data, "gate") + (Flag(data, "passed") ? " passed" : " failed"));
  }
  if (event.type == "review") return Line("review", Text(data, "decision"));
  if (event.type == "end") return EndLine(data);
  return "";  // prompts: the reply's line stands for both
}

std::string Section(const std::string& title, const std::string& text) {
  if (text.empty()) return "";
  return "== " + title + "\n" + text + (text.ends_with('\n') ? "\n" : "\n\n");
}

std::string RetrievalSection(const json& data) {
  std::string text;
  for (const json& entry : Field(data, "entries")) {
    text += Text(entry, "symbol") + "  " + Text(entry, "path") + ":" +
            std::to_string(Number(entry, "line")) + "  " + Text(entry, "reason") + "\n";
  }
  return Section("retrieved (" + Text(data, "kind") + ")", text + "\n" + Text(data, "text"));
}

std::string LastMessage(const json& prompt) {
  const json& messages = Field(prompt, "messages");
  return messages.is_array() && !messages.empty() ? Text(messages.back(), "content") : "";
}

std::string SectionOf(const TraceEvent& event, const json& data) {
  if (event.type == "retrieval") return RetrievalSection(data);
  if (event.type == "prompt") return Section("prompt, newest message", LastMessage(data));
  if (event.type == "reply") return Section("reply", Text(data, "content"));
  if (event.type == "observation") {
    return Section("observation", Text(data, "text")) + WholeOutputLine(data);
  }
  if (event.type == "finding" || event.type == "gate") return LineOf(event, data);
  return "";
}

}  // namespace

std::string TraceOverview(const std::vector<TraceEvent>& events) {
  std::string text;
  int step = -1;
  for (const TraceEvent& event : events) {
    const std::string line = LineOf(event, json::parse(event.data, nullptr, false));
    if (line.empty()) continue;
    if (event.step != step && event.type != "end" && event.type != "review") {
      step = event.step;
      text += step == 0 ? "" : "step " + std::to_string(step) + "\n";
    }
    text += line;
  }
  return text;
}

std::string TraceStep(const std::vector<TraceEvent>& events, int step) {
  std::string text;
  for (const TraceEvent& event : events) {
    if (event.step == step) text += SectionOf(event, json::parse(event.data, nullptr, false));
  }
  return text;
}

}  // namespace inhouse
