#include "agent/kernel/result_frame.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agent/kernel/output_collector.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kMaxNames = 200;
constexpr size_t kMaxWarnings = 20;
constexpr size_t kMaxFigures = 8;
constexpr size_t kMaxFigureName = 40;
constexpr size_t kMaxText = 64 << 10;  // of one field; a forged frame may hold megabytes
constexpr size_t kMaxNameText = 600, kMaxDetail = 2400;  // of a live name
constexpr double kMaxNumber = 9007199254740992.0;

const json* Field(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

// The items of a list field, at most `limit`.
std::vector<const json*> Items(const json& object, const char* name, size_t limit) {
  std::vector<const json*> items;
  const json* list = Field(object, name);
  if (list == nullptr || !list->is_array()) return items;
  for (const json& item : *list) {
    if (items.size() == limit) break;
    items.push_back(&item);
  }
  return items;
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::string DecodeBase64(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = Base64Value(c);
    if (value < 0) break;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    if ((count += 6) >= 8) bytes.push_back(static_cast<char>((bits >> (count -= 8)) & 0xFF));
  }
  return bytes;
}

// At most `limit` bytes of a text, cleaned; "" if there is none.
std::string Clipped(const json& object, const char* name, size_t limit) {
  const json* field = Field(object, name);
  if (field == nullptr || !field->is_string()) return "";
  return CleanText(std::string_view(field->get_ref<const std::string&>()).substr(0, limit));
}

// Names of the kind "figure-3.png", nothing that could be a path.
bool IsFigureName(std::string_view name) {
  return name.starts_with("figure-") && name.ends_with(".png") && name.size() <= kMaxFigureName &&
         std::all_of(name.begin() + 7, name.end() - 4, [](char c) { return c >= '0' && c <= '9'; });
}

void ReadFigures(const json& frame, CellResult* result) {
  for (const json* item : Items(frame, "figures", kMaxFigures)) {
    const json* png = Field(*item, "png");
    if (png == nullptr || !png->is_string()) continue;
    Figure figure{TextField(*item, "name"), DecodeBase64(png->get_ref<const std::string&>())};
    if (!figure.png.starts_with("\x89PNG\r\n\x1a\n")) continue;
    if (!IsFigureName(figure.name)) {
      figure.name = "figure-" + std::to_string(result->figures.size() + 1) + ".png";
    }
    result->figures.push_back(std::move(figure));
  }
}

}  // namespace

std::string TextField(const json& object, const char* name) {
  return Clipped(object, name, kMaxText);
}

double NumberField(const json& object, const char* name) {
  const json* field = Field(object, name);
  if (field == nullptr || !field->is_number()) return 0;
  const auto value = field->get<double>();
  return std::isfinite(value) ? std::clamp(value, -kMaxNumber, kMaxNumber) : 0;
}

CellResult ReadResultFrame(const json& frame) {
  CellResult result;
  result.display = TextField(frame, "display");
  result.seconds = NumberField(frame, "seconds");
  result.peak_memory_bytes = static_cast<int64_t>(NumberField(frame, "peak_bytes"));
  for (const json* warning : Items(frame, "warnings", kMaxWarnings)) {
    if (!warning->is_string()) continue;
    const std::string_view text = warning->get_ref<const std::string&>();
    result.warnings.push_back(CleanText(text.substr(0, 500)));
  }
  ReadFigures(frame, &result);
  const json* error = Field(frame, "error");
  if (error == nullptr) return result;
  result.outcome = CellOutcome::kError;
  result.error_type = TextField(*error, "type");
  result.error_message = TextField(*error, "message");
  result.traceback = TextField(*error, "traceback");
  result.error_line = static_cast<int>(std::clamp(NumberField(*error, "line"), 0.0, 1e9));
  return result;
}

std::vector<LiveName> ReadNamesFrame(const json& frame) {
  std::vector<LiveName> names;
  for (const json* entry : Items(frame, "names", kMaxNames)) {
    names.push_back({Clipped(*entry, "name", kMaxNameText), Clipped(*entry, "type", kMaxNameText),
                     Clipped(*entry, "detail", kMaxDetail)});
  }
  return names;
}

}  // namespace inhouse
