"""Text to terms, as the baselines read it: identifier parts as extra terms, Porter's stems.

Porter, "An algorithm for suffix stripping", Program 14(3), 1980. The program under test has its own
reader in C++; nothing is shared, so that a mistake in one cannot hide in the other.
"""

from __future__ import annotations

import functools
import re

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_VOWELS = "aeiou"

STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "all",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "get",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "me",
        "my",
        "no",
        "not",
        "of",
        "on",
        "one",
        "only",
        "or",
        "our",
        "out",
        "over",
        "own",
        "s",
        "should",
        "so",
        "some",
        "such",
        "t",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "up",
        "us",
        "use",
        "used",
        "using",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


def _is_consonant(word: str, i: int) -> bool:
    if word[i] in _VOWELS:
        return False
    return word[i] != "y" or i == 0 or not _is_consonant(word, i - 1)


def _measure(stem: str) -> int:
    kinds = "".join("c" if _is_consonant(stem, i) else "v" for i in range(len(stem)))
    return len(re.findall(r"v+c+", kinds))


def _has_vowel(stem: str) -> bool:
    return any(not _is_consonant(stem, i) for i in range(len(stem)))


def _ends_cvc(word: str) -> bool:
    if len(word) < 3 or word[-1] in "wxy":
        return False
    last = len(word) - 1
    return (
        _is_consonant(word, last)
        and not _is_consonant(word, last - 1)
        and _is_consonant(word, last - 2)
    )


_STEP_2 = [
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("abli", "able"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
]  # fmt: skip
_STEP_3 = [
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
]  # fmt: skip
_STEP_4 = [
    "al",
    "ance",
    "ence",
    "er",
    "ic",
    "able",
    "ible",
    "ant",
    "ement",
    "ment",
    "ent",
    "ion",
    "ou",
    "ism",
    "ate",
    "iti",
    "ous",
    "ive",
    "ize",
]


def _replace(word: str, rules: list[tuple[str, str]]) -> str:
    for suffix, replacement in rules:
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            return stem + replacement if _measure(stem) > 0 else word
    return word


def _step_1(word: str) -> str:
    if word.endswith("sses") or word.endswith("ies"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        if not word.endswith(suffix) or not _has_vowel(word[: -len(suffix)]):
            continue
        word = word[: -len(suffix)]
        if word.endswith(("at", "bl", "iz")):
            return word + "e"
        if len(word) > 1 and word[-1] == word[-2] and word[-1] not in "lsz" + _VOWELS:
            return word[:-1]
        return word + "e" if _measure(word) == 1 and _ends_cvc(word) else word
    return word


def _step_4(word: str) -> str:
    for suffix in sorted(_STEP_4, key=len, reverse=True):
        if not word.endswith(suffix):
            continue
        stem = word[: -len(suffix)]
        allowed = suffix != "ion" or stem.endswith(("s", "t"))
        return stem if _measure(stem) > 1 and allowed else word
    return word


@functools.lru_cache(maxsize=1_000_000)
def stem(word: str) -> str:
    """Return Porter's stem of a lower-case word."""
    if len(word) <= 2 or not word.isalpha() or not word.isascii():
        return word
    word = _step_1(word)
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _step_4(_replace(_replace(word, _STEP_2), _STEP_3))
    if word.endswith("e"):
        rest = word[:-1]
        if _measure(rest) > 1 or (_measure(rest) == 1 and not _ends_cvc(rest)):
            word = rest
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word


@functools.lru_cache(maxsize=1_000_000)
def _terms_of_word(word: str) -> tuple[str, ...]:
    parts = [part.lower() for part in _PART.findall(word)]
    terms = [stem(part) for part in parts if part not in STOP_WORDS and len(part) > 1]
    if len(parts) > 1:
        terms.append(word.lower().replace("_", ""))
    return tuple(terms)


def terms(text: str) -> list[str]:
    """Return the terms of a text: stems of words and of the parts of identifiers."""
    found: list[str] = []
    for word in _WORD.findall(text):
        found.extend(_terms_of_word(word))
    return found


def content_words(text: str) -> set[str]:
    """Return the distinct stems of a text, joined identifiers left out."""
    found = set()
    for word in _WORD.findall(text):
        for part in _PART.findall(word):
            lower = part.lower()
            if lower not in STOP_WORDS and len(lower) > 1:
                found.add(stem(lower))
    return found


_PIECES = re.compile(r"[A-Za-z0-9]+| +|[^A-Za-z0-9 ]")


def estimate_tokens(text: str) -> int:
    """Return the upper bound of tokens that budgets are counted in, for every system alike."""
    tokens = 0
    for piece in _PIECES.findall(text):
        if piece[0] == " ":
            tokens += 1 + len(piece) // 16 if len(piece) > 1 else 0
        elif piece.isalnum() and piece.isascii():
            tokens += (len(piece) + 2) // 3
        else:
            tokens += len(piece.encode())
    return tokens
