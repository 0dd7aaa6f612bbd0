"""What was written for the training, as source trees: it passes through the indexer like all else.

questions.txt    made-up APIs and what people say for them
asked.txt        functions of the training repositories, and three ways to ask for each
houses.txt       made-up libraries of companies, and four ways to ask for each of their APIs
thesaurus.txt    words, and what else they are called
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
TREES = ["written", "asked", "thesaurus"]
PER_FILE = 500
# Libraries of houses.txt that make a company, which is a tree of its own.
PER_HOUSE = 10


def read_lines(name: str) -> list[str]:
    """Return the lines of a file beside this one, without its remarks."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def read_asked() -> list[tuple[str, str, list[str]]]:
    """Return repository, qualified name and the ways to ask, for each line of asked.txt."""
    found = []
    for line in read_lines("asked.txt"):
        repository, name, texts = line.split("\t")
        found.append((repository, name, texts.split(" | ")))
    for house in houses():
        for library in house.libraries.values():
            found += [(house.name, api.qualified, api.questions) for api in library]
    return found


@dataclass
class Api:
    """A line of houses.txt."""

    library: str
    signature: str
    summary: str  # empty: it has none
    questions: list[str]

    @property
    def qualified(self) -> str:
        """Return its name with those of library and class."""
        return f"{self.library}.{self.signature.split('(')[0]}"


@dataclass
class House:
    """Some libraries that pass for those of one company."""

    name: str
    libraries: dict[str, list[Api]] = field(default_factory=dict)
    # What people ask that nothing in a library does, by library.
    unanswered: dict[str, list[str]] = field(default_factory=dict)


def houses() -> list[House]:
    """Return the made-up libraries, PER_HOUSE to a house, in the order of the file."""
    found: list[House] = []
    for line in read_lines("houses.txt"):
        library, signature, summary, texts = line.split("\t")
        if not found or library not in found[-1].libraries | found[-1].unanswered:
            if not found or len(found[-1].libraries) == PER_HOUSE:
                found.append(House(f"house{len(found):02}"))
            found[-1].libraries[library] = []
        questions = texts.split(" | ")
        if signature == "-":
            found[-1].unanswered.setdefault(library, []).extend(questions)
        else:
            api = Api(library, signature, "" if summary == "-" else summary, questions)
            found[-1].libraries[library].append(api)
    return found


def library_source(apis: list[Api]) -> str:
    """Return a module with those functions, methods and classes, in their order."""
    blocks: dict[str, str] = {}
    for api in apis:
        owner, name, rest = re.match(r"(?:(\w+)\.)?(\w+)(.*)", api.signature).groups()
        indent = "    " if owner else ""
        doc = f'{indent}    """{api.summary}"""\n' if api.summary else ""
        if not owner and name[:1].isupper() and "->" not in rest:
            known = blocks.get(name, f"class {name}:\n").split("\n", 1)
            own = f"(self, {rest[1:]}" if len(rest) > 2 else "(self)"
            blocks[name] = f"{known[0]}\n{doc}\n    def __init__{own}: ...\n{known[1]}"
        elif owner:
            own = f"(self, {rest[1:]}" if rest[1:2] != ")" else f"(self{rest[1:]}"
            block = f"\n    def {name}{own}:\n{doc}        ...\n"
            blocks[owner] = blocks.get(owner, f"class {owner}:\n") + block
        else:
            blocks[name] = f"def {name}{rest}:\n{doc}    ...\n"
    return "\n\n".join(blocks.values())


def read_thesaurus() -> list[tuple[str, list[str]]]:
    """Return each word of thesaurus.txt with what else it is called."""
    found = []
    for line in read_lines("thesaurus.txt"):
        word, others = line.split("\t")
        found.append((word, others.split(", ")))
    return found


def write_trees(folder: Path) -> list[str]:
    """Write all of TREES; the lines that list them."""
    _write_questions(folder / "written")
    rows = ((f"a{row}_{i}", text) for row, (_, _, texts) in enumerate(read_asked())
            for i, text in enumerate(texts))  # fmt: skip
    _write_texts(folder / "asked", rows)
    rows = ((f"t{row}_{i}", text) for row, (word, others) in enumerate(read_thesaurus())
            for i, text in enumerate([word, *others]))  # fmt: skip
    _write_texts(folder / "thesaurus", rows)
    return [f"{name}\t{folder / name}" for name in [*TREES, *write_houses(folder)]]


def write_houses(folder: Path) -> list[str]:
    """Write the made-up libraries, a folder for each house; their names."""
    for house in houses():
        (folder / house.name).mkdir(parents=True, exist_ok=True)
        for library, apis in house.libraries.items():
            target = folder / house.name / f"{library}.py"
            target.write_text(library_source(apis), encoding="utf-8")
    return [house.name for house in houses()]


def _write_questions(folder: Path) -> None:
    """Write a function for each saying: the saying is its docstring, the code its name alone."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = [line.split(" | ") for line in read_lines("questions.txt")]
    for number in range(max(map(len, asked)) - 1):
        text = '"""Sayings and what does them."""\n'
        for signature, *sayings in asked:
            if number < len(sayings):
                name = re.match(r"\w+", signature)[0]
                text += f'\n\ndef {signature}:\n    """{sayings[number]}."""\n    return {name}\n'
        (folder / f"written_{number}.py").write_text(text, encoding="utf-8")


def _write_texts(folder: Path, rows: Iterable[tuple[str, str]]) -> None:
    """Write a function for each text, with the text as its docstring."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = [
        f'def {name}():\n    """{re.sub(r"[^A-Za-z0-9_ ]", " ", text).strip()}."""\n'
        for name, text in rows
    ]
    for begin in range(0, len(listed), PER_FILE):
        text = "\n\n".join(listed[begin : begin + PER_FILE])
        (folder / f"texts_{begin // PER_FILE}.py").write_text(text, encoding="utf-8")
