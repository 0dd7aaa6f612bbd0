// What a first build learns of a corpus before its chunks get vectors: how much each term
// weighs, and vectors of the words that the embedder does not know. Works on counted terms
// alone; reads and writes no catalog.
//
//   files' counted terms → LearnWeights → WeightTable, and in how many chunks a term is
//                        → LearnOwnWords → TermVectors
//                        → EmbedChunks → each file's rows, ready to be stored
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/embed/embedder.h"
#include "indexer/embed/term_vectors.h"
#include "indexer/embed/weight_table.h"

namespace inhouse {

// Files of each thread that may be worked on and wait to be taken in their order.
inline constexpr size_t kWindow = 32;

// A stored file whose vectors are to come.
struct FileUses {
  int64_t file_id = 0;
  std::vector<TermUse> uses;       // of all chunks, one after the other
  std::vector<uint32_t> ends;      // of each chunk in uses
  std::vector<std::string> texts;  // in place of `uses`, if the embedder reads texts
  std::vector<int8_t> rows;        // the vectors, between making and storing them
};

// The files' terms are numbers of `vocabulary`. `documents`: becomes the number of chunks that
// hold each term.
WeightTable LearnWeights(std::span<const FileUses> files,
                         std::span<const std::string_view> vocabulary,
                         std::vector<int64_t>* documents);

// Chunks that hold words unknown to the embedder (made with these weights) are embedded by their
// known words first. Sorts the terms of chunks; the result does not depend on `threads`.
TermVectors LearnOwnWords(const Embedder& embedder, std::span<const std::string_view> vocabulary,
                          std::span<const int64_t> documents, size_t threads,
                          std::span<FileUses> files);

// Fills `rows`, `dimensions` numbers of 8 bits a chunk, and empties `uses`.
void EmbedChunks(const TermEmbedder& embedder, size_t dimensions, FileUses* file);

}  // namespace inhouse
