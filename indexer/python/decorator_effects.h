// What a function or class does to the functions that it decorates, read from its
// own body: whether what comes out takes the arguments that the function took.
//
// It does where the decorator returns the function itself, or a wrapper that takes
// `*args, **kwargs` and hands them on as they came; where its annotations say so
// (`(fn: F) -> F`, `(fn: Callable[P, R]) -> Callable[P, S]`); and for factories and
// classes that give such a decorator. A wrapper that changes its arguments, adds
// some, catches the TypeError or calls something else says nothing. Never a guess.
//
// A fact of the decorator's own file alone, so that an edit of it changes no other
// file's facts: whoever asks about a decorated function looks it up. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"
#include "indexer/python/symbol.h"

namespace inhouse {

struct DecoratorEffect {
  bool when_plain = false;       // @d keeps the signature
  bool when_called = false;      // @d(…) does
  bool functions_only = false;   // what comes out does not bind a receiver
  bool keeps_result = false;     // a call gives what a call of the function itself gives
  std::vector<std::string> own;  // names that the wrapper takes itself; each once, sorted
  bool operator==(const DecoratorEffect&) const = default;
};

// "pr backend": a letter for each that is true, then the names.
std::string EncodeEffect(const DecoratorEffect& effect);
DecoratorEffect DecodeEffect(std::string_view text);

struct DecoratorFact {
  uint32_t name_byte = 0;  // where the name of the function or class stands
  DecoratorEffect effect;
};

// Of the functions and classes outside functions that keep a signature in either
// way, in source order.
std::vector<DecoratorFact> ReadDecoratorEffects(const SyntaxTree& tree);

}  // namespace inhouse
