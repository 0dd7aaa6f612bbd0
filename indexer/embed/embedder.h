// The interface of everything that turns text into vectors. Implementations:
// the built-in static embedder, a remote /v1/embeddings server, test fakes.
//
// A vector has `dimensions()` floats and unit length (or is all zero when the
// text holds nothing the embedder knows). Vectors of different `id()` are
// never compared: the catalog remembers the id it was built with.
// Implementations are immutable after construction and may be called from
// several threads at once, unless their header says otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

enum class EmbedRole { kQuery, kDocument };

struct TermUse {
  uint32_t term = 0;
  uint32_t count = 0;  // at least 1
};

// A document's terms → the vector that Embed would give its text. Immutable.
class TermEmbedder {
 public:
  virtual ~TermEmbedder() = default;
  // Each term once, in any order; they are sorted in place.
  virtual void Embed(std::span<TermUse> uses, std::span<float> out) const = 0;
};

class Embedder {
 public:
  virtual ~Embedder() = default;

  // Names the model and everything that changes its vectors, e.g.
  // "hashed-terms-1/256". Part of the index's identity.
  virtual std::string id() const = 0;
  virtual size_t dimensions() const = 0;

  // One vector per text, row-major: out.size() == texts.size() * dimensions().
  // Fails only for embedders that need a server or a file (kModel, kBadInput).
  virtual Status Embed(std::span<const std::string_view> texts, EmbedRole role,
                       std::span<float> out) const = 0;

  // False for a term that adds nothing to a vector because the model has never
  // met it: what the corpus can teach (term_vectors.h).
  virtual bool Knows(std::string_view term) const {
    static_cast<void>(term);
    return true;
  }

  // Writes what one term adds to the vector of a text; false, and nothing written, for
  // embedders that do not go word by word, and for terms that add nothing.
  virtual bool TermVector(std::string_view term, std::span<float> out) const {
    static_cast<void>(term);
    static_cast<void>(out);
    return false;
  }

  // For embedders to which a text is but its terms and their counts: the quick
  // way for documents whose terms were counted already, in numbers of
  // `vocabulary` (kept by reference, as *this is). Null for others.
  virtual std::unique_ptr<TermEmbedder> ForTerms(
      std::span<const std::string_view> vocabulary) const {
    static_cast<void>(vocabulary);
    return nullptr;
  }
};

}  // namespace inhouse
