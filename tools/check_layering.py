"""Checks the shape of the source tree: python3 tools/check_layering.py [ROOT].

- includes run one way between rooms;
- sqlite3, curl, faiss, tree-sitter, libseccomp and the TOML reader have one including place each;
- nlohmann/json.hpp stays out of headers;
- there is no include cycle;
- every .cc file is named in a CMakeLists.txt.

Prints one line per violation and exits 1 if there is any.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# Room -> rooms it may include (its own is always allowed).
BASE = {"indexer/base"}
PYTHON = BASE | {"indexer/python"}
CHUNK = PYTHON | {"indexer/chunk"}
EMBED = CHUNK | {"indexer/embed"}
STORE = EMBED | {"indexer/store"}
INDEXER = STORE | {"indexer"}
RETRIEVER = INDEXER | {"retriever"}
AGENT = RETRIEVER | {"agent/model", "agent/kernel", "agent/gates", "agent/strategies", "agent"}
ALLOWED = {
    "indexer/base": set(),
    "indexer/python": BASE,
    "indexer/chunk": PYTHON,
    "indexer/embed": CHUNK,
    "indexer/store": EMBED,
    "indexer": STORE,
    "retriever": INDEXER,
    "agent/model": BASE,
    "agent/kernel": BASE,
    "agent/gates": AGENT - {"agent/strategies", "agent/model"},
    "agent/strategies": AGENT,
    "agent": AGENT,
    "tools": AGENT,
}

# Third-party header -> where it may be included.
SINGLE = {
    r"sqlite3\.h": r"indexer/base/sqlite(_checksum)?\.cc",
    r"curl/": r"indexer/base/http_client\.(h|cc)",
    r"faiss/": r"indexer/store/vector_index.*\.cc",
    r"tree_sitter/": r"indexer/python/.*",
    r"seccomp\.h": r"agent/kernel/seccomp_filter\.cc",
    r"toml\+\+|toml\.hpp": r"tools/toml_fields\.h",
    r"CLI/": r"tools/.*",
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def room_of(path: str) -> str | None:
    """The longest room that holds the path."""
    parts = path.split("/")[:-1]
    while parts:
        name = "/".join(parts)
        if name in ALLOWED:
            return name
        parts.pop()
    return None


def read_includes(root: Path) -> dict[str, list[tuple[str, str]]]:
    """File -> [(bracket, included path)] for every C++ source below the rooms."""
    found = {}
    for top in ("indexer", "retriever", "agent", "tools"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cc"):
                found[path.relative_to(root).as_posix()] = INCLUDE.findall(path.read_text())
    return found


def check_directions(includes: dict) -> list[str]:
    problems = []
    for file, lines in includes.items():
        room = room_of(file)
        for bracket, target in lines:
            other = room_of(target) if bracket == '"' else None
            if other and other != room and other not in ALLOWED[room]:
                problems.append(f"{file}: {room} may not include {target} ({other})")
    return problems


def check_single_includers(includes: dict) -> list[str]:
    problems = []
    for file, lines in includes.items():
        for _, target in lines:
            for header, where in SINGLE.items():
                if re.match(header, target) and not re.fullmatch(where, file):
                    problems.append(f"{file}: only {where} may include {target}")
            if target == "nlohmann/json.hpp" and file.endswith(".h"):
                problems.append(f"{file}: nlohmann/json.hpp belongs in .cc files; use json_fwd.hpp")
    return problems


def check_cycles(includes: dict) -> list[str]:
    state: dict[str, int] = {}
    problems = []

    def visit(file: str, trail: list[str]) -> None:
        if state.get(file) == 2:
            return
        if state.get(file) == 1:
            problems.append("include cycle: " + " -> ".join([*trail[trail.index(file) :], file]))
            return
        state[file] = 1
        for bracket, target in includes.get(file, []):
            if bracket == '"' and target in includes:
                visit(target, [*trail, file])
        state[file] = 2

    for file in includes:
        visit(file, [])
    return problems


def check_listed(root: Path) -> list[str]:
    problems = []
    for top in ("indexer", "retriever", "agent", "tools", "tests"):
        for source in sorted((root / top).rglob("*.cc")):
            folder = source.parent
            while folder != root:
                lists = folder / "CMakeLists.txt"
                name = source.relative_to(folder).as_posix()
                if lists.exists() and re.search(
                    rf"(?<![\w/]){re.escape(name)}(?!\w)", lists.read_text()
                ):
                    break
                folder = folder.parent
            else:
                problems.append(f"{source.relative_to(root)}: not named in any CMakeLists.txt")
    return problems


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    includes = read_includes(root)
    problems = check_directions(includes) + check_single_includers(includes)
    problems += check_cycles(includes) + check_listed(root)
    for problem in problems:
        print(problem)
    print(f"layering: {len(includes)} files, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
