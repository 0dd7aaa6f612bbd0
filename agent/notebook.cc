#include "agent/notebook.h"

#include <nlohmann/json.hpp>

#include "agent/markdown.h"

namespace inhouse {
namespace {

using nlohmann::json;

std::string Text(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

json List(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() && it->is_array() ? *it : json::array();
}

json Stream(const std::string& name, const std::string& text) {
  return {{"output_type", "stream"}, {"name", name}, {"text", text}};
}

json Data(const char* type, const std::string& mime, const std::string& value) {
  return {{"output_type", type}, {"metadata", json::object()}, {"data", {{mime, value}}}};
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

json CellOutputs(const json& cell, int count) {
  json outputs = json::array();
  if (const std::string output = Text(cell, "output"); !output.empty()) {
    outputs.push_back(Stream("stdout", output));
  }
  std::string warnings;
  for (const json& warning : List(cell, "warnings")) {
    if (warning.is_string()) warnings += warning.get<std::string>() + "\n";
  }
  if (!warnings.empty()) outputs.push_back(Stream("stderr", warnings));
  if (const std::string display = Text(cell, "display"); !display.empty()) {
    json value = Data("execute_result", "text/plain", display);
    value["execution_count"] = count;
    outputs.push_back(std::move(value));
  }
  for (const json& figure : List(cell, "figures")) {
    outputs.push_back(Data("display_data", "image/png", Text(figure, "png_base64")));
  }
  if (Text(cell, "outcome") != "ok") {
    const std::string type = Text(cell, "error_type");
    outputs.push_back({{"output_type", "error"},
                       {"ename", type.empty() ? Text(cell, "outcome") : type},
                       {"evalue", Text(cell, "error_message")},
                       {"traceback", Lines(Text(cell, "traceback"))}});
  }
  return outputs;
}

class Builder {
 public:
  void Add(const TraceEvent& event) {
    const json data = json::parse(event.data, nullptr, false);
    if (event.type == "task" && event.seq == 0) {
      Markdown("# " + Text(data, "strategy") + " session\n\n" + Text(data, "request"));
    } else if (event.type == "action") {
      Said(data);
    } else if (event.type == "observation" && Text(data, "kind") == "cell") {
      ++count_;
      Code(code_, count_, CellOutputs(data, count_));
    } else if (event.type == "gate" && Text(data, "gate") == "runs") {
      FillFinal(Text(data, "output"));
    } else if (event.type == "end") {
      Markdown("**" + Text(data, "outcome") + "**: " + Text(data, "message"));
    }
  }

  std::string Dump() const {
    const json notebook = {
        {"nbformat", 4},
        {"nbformat_minor", 5},
        {"metadata",
         {{"kernelspec",
           {{"name", "python3"}, {"display_name", "Python 3"}, {"language", "python"}}},
          {"language_info", {{"name", "python"}}}}},
        {"cells", cells_}};
    return notebook.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  }

 private:
  json Cell(const char* type, const std::string& source) const {
    return {{"cell_type", type},
            {"id", "cell-" + std::to_string(cells_.size() + 1)},
            {"metadata", json::object()},
            {"source", source}};
  }

  void Markdown(const std::string& text) {
    cells_.push_back(Cell("markdown", HarmlessMarkdown(text)));
  }

  void Code(const std::string& source, json count, json outputs) {
    json cell = Cell("code", source);
    cell["execution_count"] = std::move(count);
    cell["outputs"] = std::move(outputs);
    cells_.push_back(std::move(cell));
  }

  void Said(const json& action) {
    const std::string kind = Text(action, "kind");
    std::string text = Text(action, "prose");
    if (kind == "ask" || kind == "refuse" || kind == "done") {
      text += (text.empty() ? "" : "\n\n") + ("**" + kind + "**: " + Text(action, "text"));
    }
    if (!text.empty()) Markdown(text);
    code_ = kind == "code" ? Text(action, "text") : "";
    if (!code_.empty() && action.value("final", json()) == true) {
      Markdown("Final script:");
      final_cell_ = cells_.size();
      Code(code_, nullptr, json::array());
    }
  }

  // The last final script's cell gets what its run printed.
  void FillFinal(const std::string& output) {
    if (final_cell_ >= cells_.size()) return;
    json& cell = cells_[final_cell_];
    cell["execution_count"] = ++count_;
    if (!output.empty()) cell["outputs"].push_back(Stream("stdout", output));
  }

  json cells_ = json::array();
  int count_ = 0;
  std::string code_;
  size_t final_cell_ = std::string::npos;
};

}  // namespace

std::string BuildNotebook(const std::vector<TraceEvent>& events) {
  Builder builder;
  for (const TraceEvent& event : events) builder.Add(event);
  return builder.Dump();
}

}  // namespace inhouse
