"""Does an approved script come back for a like request? Without a model.

    .venv/bin/python tools/eval_flywheel/retrieval.py [--work DIR]

The first script of every pair (pairs.json) passes all gates and is kept as a
pattern (one that does not pass is not kept: its pair is left out, and said); then every
second request is looked up among all of them, and so is every request that is like none.
Exit code 1: a second request does not bring the script of its own pair first, an unlike
request brings one, or fewer than ten first scripts passed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from common import REPOSITORY, add_pattern, inhouse, make_config, make_data, make_index, pairs

MIN_PAIRS = 10  # approved ones


def found(request: str, index: Path, patterns: Path, config: Path) -> list[dict]:
    """What would be shown for the request, likest first."""
    done = inhouse(
        *("patterns", "find", request, "--json", "--patterns", patterns),
        *("--index", index, "--config", config),
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)["patterns"]


def measure(work: Path) -> int:
    """Approve, look up, print; the exit code."""
    cases = pairs()
    index, patterns = work / "index", work / "patterns"
    config = make_config(work)
    data, _ = make_data(work / "world")
    make_index(index, jobs=True)
    names = {}
    for pair in cases["pairs"]:
        script = REPOSITORY / pair["script"]
        name = add_pattern(script, pair["first"], index, patterns, data, config)
        names[pair["name"]] = name
    kept = sum(1 for name in names.values() if name)
    print(f"{kept} of {len(names)} first scripts passed every gate and were kept\n")
    right = 0
    print(f"{'pair':20} brings its pattern  likeness  next")
    for pair in cases["pairs"]:
        hits = found(pair["second"], index, patterns, config)
        if not names[pair["name"]]:
            print(f"{pair['name']:20} not approved")
            continue
        first = hits[0]["name"] if hits else ""
        good = bool(first) and first == names[pair["name"]]
        right += good
        likeness = f"{hits[0]['likeness']:.2f}" if hits else "-"
        following = f"{hits[1]['likeness']:.2f} {hits[1]['name']}" if len(hits) > 1 else "-"
        said = "yes" if good else f"no ({first or 'nothing'})"
        print(f"{pair['name']:20} {said:19} {likeness:8}  {following}")
    silent = 0
    print("\nrequests that are like none of them")
    for request in cases["unlike"]:
        hits = found(request, index, patterns, config)
        silent += not hits
        said = f"{hits[0]['likeness']:.2f} {hits[0]['name']}" if hits else "nothing"
        print(f"  {said:55} {request}")
    print(f"\nretrieved {right} of {kept}; silent on {silent} of {len(cases['unlike'])}")
    good = right == kept >= MIN_PAIRS and silent == len(cases["unlike"])
    return 0 if good else 1


def main() -> int:
    """Measure in a folder of its own, or in --work."""
    parser = argparse.ArgumentParser(description="Retrieval of approved scripts.")
    parser.add_argument("--work", type=Path, help="keep index, patterns and data there")
    arguments = parser.parse_args()
    if arguments.work:
        return measure(arguments.work.resolve())
    # The user of the sandbox reads the data in it.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        return measure(Path(folder))


if __name__ == "__main__":
    raise SystemExit(main())
