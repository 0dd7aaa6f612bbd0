"""Gets what the measuring programs need into .cache/eval_contract/, once.

    python3.11 tools/eval_contract/fetch.py

The source archives of packages.txt (their digest is checked; they are unpacked,
never built or run), mypy in an environment of its own, pyright from npm.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

from common import CACHE, HERE, PYRIGHT, SOURCES, VENV

PYRIGHT_VERSION = "1.1.414"
# What indexing, checking and resolving imports look at.
SUFFIXES = {".py", ".pyi", ".pyx", ".pxd", ".tp", ".toml", ".cfg"}
MAX_BYTES = 4 << 20  # of one file


def run(*command: str | Path) -> None:
    """Run a program; its output is shown only if it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def make_environment() -> None:
    """Make the environment with mypy and the downloader, and fetch pyright."""
    stamp = VENV / "requirements.txt"
    wanted = (HERE / "requirements.txt").read_text()
    if not stamp.is_file() or stamp.read_text() != wanted:
        run(sys.executable, "-m", "venv", "--clear", VENV)
        run(VENV / "bin" / "pip", "install", "--quiet", "-r", HERE / "requirements.txt")
        stamp.write_text(wanted)
    manifest = PYRIGHT / "package.json"
    if not manifest.is_file() or f'"version": "{PYRIGHT_VERSION}"' not in manifest.read_text():
        prefix = PYRIGHT.parent.parent
        prefix.mkdir(parents=True, exist_ok=True)
        run("npm", "install", "--silent", "--prefix", prefix, f"pyright@{PYRIGHT_VERSION}")


def download(requirement: str, digest: str, archives: Path) -> Path:
    """Download one source archive, if it is not there, and check its digest."""
    name, version = requirement.split("==")
    archive = archives / f"{name}-{version}.tar.gz"
    if not archive.is_file():
        run(VENV / "bin" / "unearth", requirement, "--no-binary", "--download", archives)
    if not archive.is_file():
        raise SystemExit(f"{requirement}: no {archive.name} was downloaded")
    actual = hashlib.sha256(archive.read_bytes()).hexdigest()
    if actual != digest:
        archive.unlink()
        raise SystemExit(f"{requirement}: digest {actual}, but packages.txt says {digest}")
    return archive


def unpack(archive: Path, target: Path) -> None:
    """Write the archive's Python files below the target, without its first folder."""
    scratch = target.with_name(target.name + ".new")
    shutil.rmtree(scratch, ignore_errors=True)
    with tarfile.open(archive) as members:
        for member in members:
            parts = PurePosixPath(member.name).parts[1:]
            wanted = member.isfile() and member.size <= MAX_BYTES and parts
            if not wanted or ".." in parts or Path(parts[-1]).suffix not in SUFFIXES:
                continue
            place = scratch.joinpath(*parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            source = members.extractfile(member)
            assert source is not None
            place.write_bytes(source.read())
    shutil.rmtree(target, ignore_errors=True)
    scratch.rename(target)


def main() -> None:
    """Fetch everything that is not there yet."""
    make_environment()
    archives = CACHE / "sdists"
    archives.mkdir(parents=True, exist_ok=True)
    SOURCES.mkdir(parents=True, exist_ok=True)
    for line in (HERE / "packages.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement, digest, _ = line.split()
        archive = download(requirement, digest, archives)
        target = SOURCES / requirement.split("==")[0]
        stamp = SOURCES / f".{target.name}.sha256"
        if not target.is_dir() or not stamp.is_file() or stamp.read_text() != digest:
            unpack(archive, target)
            stamp.write_text(digest)
        print(f"{requirement:24} {sum(1 for _ in target.rglob('*.py')):5} Python files")


if __name__ == "__main__":
    main()
