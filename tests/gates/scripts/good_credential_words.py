"""Words, names, digests and placeholders that are no credentials."""

from __future__ import annotations

import os
from pathlib import Path

PASSWORD_COLUMN = "pwd_hash"
TOKEN = os.environ.get("SERVICE_TOKEN", "")
DSN = "postgresql://etl:{password}@warehouse/cdp"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
RUN = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
NAME = "LookalikeAudienceForTheSecondQuarterOf2026"
MARKER = "-----BEGIN PRIVATE KEY-----"


def main() -> None:
    text = Path("/data/users.csv").read_text()
    if not text.startswith("user_id,") or text.count("\n") != 61:
        raise SystemExit("users.csv is not the file that was agreed on")
    Path("digest.txt").write_text(DIGEST + NAME)


if __name__ == "__main__":
    main()
