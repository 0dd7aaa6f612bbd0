"""From clones to the facts that train.py reads.

    .venv-train/bin/python tools/train/prepare.py --clones CLONES --keep-out PACKAGES --work WORK

CLONES holds a git directory OWNER+NAME/repo (or a clone OWNER+NAME) of each repository of
sources.txt; PACKAGES a folder of each package that must not be learned from. WORK gets the trees
of exactly the listed commits, the listing, and the facts.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import vocabulary
import written
from facts import KEEP_OUT

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LICENCES = {"MIT", "BSD", "Apache-2.0", "ISC", "PSF", "Zlib", "Unlicense", "HPND"}
ENGLISH = 30_000


def sources() -> list[tuple[str, str]]:
    """Return name and commit of each repository; all must be permissively licensed."""
    found = []
    for line in (HERE / "sources.txt").read_text().splitlines():
        name, commit, licence = line.split()
        if not set(licence.replace("/", "+").split("+")) <= LICENCES:
            raise SystemExit(f"sources.txt: {name} has the licence {licence}")
        found.append((name, commit))
    return found


def wanted_out() -> set[str]:
    """Return the packages that must be at hand, so that what repeats them is seen."""
    return set((HERE / "keep_out.txt").read_text().split())


def check_out(clones: Path, name: str, commit: str, target: Path) -> None:
    """Put the Python files of one commit into a folder; files that the clone lacks are told."""
    if target.is_dir():
        return
    clone = clones / name.replace("/", "+")
    git = ["git", "-C", str(clone / "repo" if (clone / "repo").is_dir() else clone)]
    listed = subprocess.run([*git, "ls-tree", "-r", "-z", commit], capture_output=True, check=False)
    if listed.returncode != 0:
        raise SystemExit(f"{clone}: there is no commit {commit}; fetch {name}")
    blobs = {}
    for entry in listed.stdout.decode(errors="replace").split("\0")[:-1]:
        facts, path = entry.split("\t", 1)
        mode, _, digest = facts.split()
        if path.endswith(".py") and mode.startswith("100"):
            blobs[path] = digest
    asked = "".join(digest + "\n" for digest in blobs.values()).encode()
    answer = subprocess.run([*git, "cat-file", "--batch"], input=asked, capture_output=True,
                            check=True).stdout  # fmt: skip
    target.mkdir(parents=True)
    at, missing = 0, 0
    for path in blobs:
        end = answer.index(b"\n", at)
        header = answer[at:end].split()
        if header[1] == b"missing":
            at, missing = end + 1, missing + 1
            continue
        size = int(header[2])
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(answer[end + 1 : end + 1 + size])
        at = end + size + 2
    if missing:
        print(f"{name}: {missing} of {len(blobs)} files are not in the clone")


def main() -> None:
    """Check out, list, and run training_facts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--keep-out", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--program", type=Path, default=ROOT / "build/training_facts")
    options = parser.parse_args()
    missing = wanted_out() - {p.name for p in options.keep_out.iterdir()}
    if missing:
        raise SystemExit(f"{options.keep_out}: unpack these too: {', '.join(sorted(missing))}")
    lines = [f"{KEEP_OUT}{p.name}\t{p}" for p in sorted(options.keep_out.iterdir())]
    lines.append(f"{KEEP_OUT}corpus\t{ROOT / 'corpus'}")
    lines += written.write_trees(options.work)
    for name, commit in sources():
        tree = options.work / "trees" / name.replace("/", "+")
        check_out(options.clones, name, commit, tree)
        lines.append(f"{name}\t{tree}")
    listing, words = options.work / "listing.txt", options.work / "english.txt"
    listing.write_text("\n".join(lines) + "\n")
    words.write_text("\n".join(vocabulary.english_words(ENGLISH)) + "\n")
    subprocess.run([options.program, listing, words, options.work / "facts"], check=True)


if __name__ == "__main__":
    main()
