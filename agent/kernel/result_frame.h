// Reads frames of the kernel into values. Whatever a frame holds, the result
// is valid: missing or wrong fields count as empty, text is cleaned, numbers
// are clamped, pictures must look like PNG. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/kernel/kernel.h"

namespace inhouse {

// A field as clean text, "" if it is none.
std::string TextField(const nlohmann::json& object, const char* name);
// A field as a number within ±2^53, 0 if it is none.
double NumberField(const nlohmann::json& object, const char* name);

CellResult ReadResultFrame(const nlohmann::json& frame);
// At most 200.
std::vector<LiveName> ReadNamesFrame(const nlohmann::json& frame);

}  // namespace inhouse
