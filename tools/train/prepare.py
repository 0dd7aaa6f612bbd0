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
    """Put the Python files of one commit into a folder."""
    if target.is_dir():
        return
    clone = clones / name.replace("/", "+")
    git = clone / "repo" if (clone / "repo").is_dir() else clone
    target.mkdir(parents=True)
    archive = subprocess.Popen(
        ["git", "-C", str(git), "archive", commit, "--", ":(glob)**/*.py"], stdout=subprocess.PIPE
    )
    subprocess.run(["tar", "-x", "-C", str(target)], stdin=archive.stdout, check=True)
    if archive.wait() != 0:
        raise SystemExit(f"{git}: there is no commit {commit}; fetch {name}")


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
    written.write_tree(options.work / "written")
    lines.append(f"written\t{options.work / 'written'}")
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
