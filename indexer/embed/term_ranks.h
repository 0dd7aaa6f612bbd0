// The order in which an embedder adds up the terms of a text: by spelling, whatever
// numbers a vocabulary gives them, so that sums of floats come out the same.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace inhouse {

// Of each term, by its number: its place when the vocabulary is sorted.
std::vector<uint32_t> RanksOf(std::span<const std::string_view> vocabulary);

}  // namespace inhouse
