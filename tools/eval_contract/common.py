"""What the measuring programs share: the packages, their indexes, one run of the check."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CACHE = REPOSITORY / ".cache" / "eval_contract"
SOURCES = CACHE / "src"
VENV = CACHE / "venv"
PYRIGHT = CACHE / "pyright" / "node_modules" / "pyright"
BATCH = 300  # files a run of the check


@dataclass(frozen=True)
class Package:
    """One line of packages.txt."""

    name: str
    version: str
    sha256: str
    imports: tuple[str, ...]

    @property
    def root(self) -> Path:
        """The unpacked source archive."""
        return SOURCES / self.name

    @property
    def index(self) -> Path:
        """Its own index."""
        return CACHE / "index" / self.name

    def files(self) -> list[Path]:
        """Every Python file: sources, tests, examples, documentation."""
        return sorted(p for p in self.root.rglob("*.py") if p.is_file())

    def library_folders(self) -> list[Path]:
        """Where its import packages lie."""
        places = [self.root, self.root / "src", self.root / "lib"]
        found = [place / name for place in places for name in self.imports]
        return [folder for folder in found if (folder / "__init__.py").is_file()]


def packages(named: list[str] | None = None) -> list[Package]:
    """Read packages.txt; only those named, if any are. Ends if something is not there."""
    program()
    listed = []
    for line in (HERE / "packages.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement, digest, imports = line.split()
        name, version = requirement.split("==")
        listed.append(Package(name, version, digest, tuple(imports.split(","))))
    unknown = set(named or []) - {package.name for package in listed}
    if unknown:
        raise SystemExit(f"not in packages.txt: {', '.join(sorted(unknown))}")
    missing = [p.name for p in listed if not p.root.is_dir()]
    if missing:
        raise SystemExit(f"not unpacked: {', '.join(missing)}; run tools/eval_contract/fetch.py")
    return [package for package in listed if not named or package.name in named]


def program() -> str:
    """Return the release build of inhouse, or what INHOUSE names."""
    path = os.environ.get("INHOUSE", str(REPOSITORY / "build" / "inhouse"))
    if not os.access(path, os.X_OK):
        raise SystemExit(f"no program {path}; build it, or name one in INHOUSE")
    return path


def build_index(package: Package) -> float:
    """Index the package by itself, or bring its index up to date; seconds."""
    started = time.perf_counter()
    command = [program(), "index", str(package.root), "--index", str(package.index)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 and package.index.is_dir():  # of another format
        done = subprocess.run([*command, "--rebuild"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{package.name}: index failed: {done.stderr.strip()[:300]}")
    return time.perf_counter() - started


@dataclass
class Checked:
    """What the check said of some files."""

    files: list[dict] = field(default_factory=list)
    seconds: float = 0.0

    def total(self, key: str) -> int:
        """Sum of a count over the files."""
        return sum(file[key] for file in self.files)

    def findings(self) -> list[tuple[str, dict]]:
        """Every finding with the path as it was given."""
        return [(file["path"], finding) for file in self.files for finding in file["findings"]]


def check(package: Package, files: list[Path], options: tuple[str, ...] = ()) -> Checked:
    """Run `inhouse check --json --no-warnings` on files against the package's index."""
    result = Checked()
    started = time.perf_counter()
    for first in range(0, len(files), BATCH):
        command = [program(), "check", "--json", "--no-warnings", "--index", str(package.index)]
        command += [*options, *map(str, files[first : first + BATCH])]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{package.name}: check failed: {done.stderr.strip()[:300]}")
        result.files += json.loads(done.stdout)["files"]
    result.seconds = time.perf_counter() - started
    return result
