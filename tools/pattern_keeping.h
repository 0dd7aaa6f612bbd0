// The flywheel at the command line: keeps what people approved, and keeps the index in
// step with the patterns folder.
//
//   ASSIGN_OR_RETURN(KeptPattern kept, KeepPattern(shelf, pattern_of_this_run, *retriever));
//   context.out << kept.line;
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/patterns/pattern_store.h"
#include "indexer/base/result.h"
#include "indexer/embed/remote_embedder.h"
#include "retriever/retriever.h"

namespace inhouse {

// Where patterns lie and which index shows them as usage.
struct PatternShelf {
  std::filesystem::path folder;
  std::filesystem::path index_dir;
  std::string embedder;
  RemoteEmbedderOptions remote;  // as IndexOptions::remote
};

struct PatternState {
  StoredPattern stored;
  std::string expired;  // why it no longer holds; "" if it does
  bool in_use() const { return stored.problem.empty() && expired.empty(); }
  // "in use", or why it is not, in one line.
  std::string Line() const;
};

// Every pattern of the folder with its state now, by name. Errors: kBadInput, kLimit, kIndex.
Result<std::vector<PatternState>> PatternStates(const std::filesystem::path& folder,
                                                Retriever& retriever);

// Brings the index up to date with the folder: those in use are usage of the APIs that they call,
// others are left out. Nothing happens without a folder. Returns the states. Errors: those of
// UpdateIndex.
Result<std::vector<PatternState>> IndexPatterns(const PatternShelf& shelf, Retriever& retriever);

struct KeptPattern {
  bool kept = false;
  std::string line;  // for people: what became of it
};

// Precondition: every gate passed. Name and APIs are filled in here. One that calls no indexed API,
// or that a person removed before, is not kept. Errors: kStorage, kIndex, kBadInput, kLimit.
Result<KeptPattern> KeepPattern(const PatternShelf& shelf, Pattern pattern, Retriever& retriever);

}  // namespace inhouse
