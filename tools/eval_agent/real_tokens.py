"""What prompts take by a model's own tokenizer, beside the program's upper estimate.

    python3 -m venv ENV && ENV/bin/pip install -r tools/eval_agent/real_tokens.txt
    ENV/bin/python tools/eval_agent/real_tokens.py RUN [RUN …]

A run's folder is one of run.py, or a recording. The tokenizer is the last that Anthropic published
(it came with its Python package up to 0.38); newer models' count differs by some percent.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parent))

from collect import read_trace

#: What a message costs beside its text.
FRAME_TOKENS = 4


def published_tokenizer() -> Tokenizer:
    """The tokenizer file of the installed package, without importing the package."""
    package = importlib.util.find_spec("anthropic")
    if package is None or package.origin is None:
        raise SystemExit("real_tokens: install tools/eval_agent/real_tokens.txt first")
    return Tokenizer.from_file(str(Path(package.origin).parent / "tokenizer.json"))


def prompts_of(session: Path, tokenizer: Tokenizer) -> list[tuple[int, int]]:
    """(estimated, counted) tokens of each prompt of a session."""
    counted = []
    for event in read_trace(session):
        if event["type"] != "prompt":
            continue
        texts = [message["content"] for message in event["data"]["messages"]]
        real = sum(len(tokenizer.encode(text).ids) + FRAME_TOKENS for text in texts)
        counted.append((event["data"]["estimated_tokens"], real))
    return counted


def main(runs: list[str]) -> int:
    """One line a run: prompts, the largest, and all together."""
    if not runs:
        print(__doc__, file=sys.stderr)
        return 2
    tokenizer = published_tokenizer()
    print("| run | prompts | largest, estimated | counted | all, estimated | counted |")
    print("| --- | --- | --- | --- | --- | --- |")
    for run in map(Path, runs):
        session = run / "session" if (run / "session" / "trace.jsonl").exists() else run
        rows = prompts_of(session, tokenizer)
        if not rows:
            print(f"real_tokens: no prompts in {session}", file=sys.stderr)
            return 3
        largest = max(rows, key=lambda row: row[1])
        sums = [sum(column) for column in zip(*rows, strict=True)]
        print(f"| {run.name} | {len(rows)} | {largest[0]} | {largest[1]} | {sums[0]} | {sums[1]} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
