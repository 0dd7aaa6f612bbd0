"""Every shell block of a README runs, unless a comment above it says what it needs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT

BLOCK = re.compile(r"(<!-- needs: [^>]+-->\s*\n)?```sh\n(.*?)```", re.S)


def shell_blocks() -> list[tuple[str, str]]:
    """(place, script) of each block that is not marked as needing something."""
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "*README.md"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    found = []
    for name in tracked:
        text = (ROOT / name).read_text()
        for match in BLOCK.finditer(text):
            if not match.group(1):
                line = text[: match.start()].count("\n") + 1
                found.append((f"{name}:{line}", match.group(2)))
    return found


@pytest.mark.parametrize(("place", "script"), shell_blocks(), ids=lambda value: value[:60])
def test_readme_commands_run(place: str, script: str, binary: Path, tmp_path: Path) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "inhouse").symlink_to(binary)
    # Blocks may write to /tmp/inhouse-readme only; each run has its own.
    script = script.replace("/tmp/inhouse-readme", str(tmp_path / "index"))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={"PATH": f"{bin_folder}:{ROOT}/.venv/bin:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{place}\n{done.stdout}\n{done.stderr}"


def test_the_main_readme_has_commands() -> None:
    assert any(place.startswith("README.md:") for place, _ in shell_blocks())
