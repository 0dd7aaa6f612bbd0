"""The shell blocks of every README run, unless a comment above one says what it needs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT

BLOCK = re.compile(r"(<!-- needs: [^>]+-->\s*\n)?```sh\n(.*?)```", re.S)


def shell_scripts() -> list[tuple[str, str]]:
    """(README, its blocks in order as one script), without blocks marked as needing something."""
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "*README.md"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    found = []
    for name in tracked:
        text = (ROOT / name).read_text()
        blocks = [match.group(2) for match in BLOCK.finditer(text) if not match.group(1)]
        if blocks:
            found.append((name, "".join(blocks)))
    return found


@pytest.mark.parametrize(("readme", "script"), shell_scripts(), ids=lambda value: value[:60])
def test_readme_commands_run(readme: str, script: str, binary: Path, tmp_path: Path) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "inhouse").symlink_to(binary)
    # Blocks may write to /tmp/inhouse-readme only; each README has its own.
    script = script.replace("/tmp/inhouse-readme", str(tmp_path / "index"))
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=ROOT,
        env={"PATH": f"{bin_folder}:{ROOT}/.venv/bin:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{readme}\n{done.stdout}\n{done.stderr}"


def test_the_main_readme_has_commands() -> None:
    assert any(name == "README.md" for name, _ in shell_scripts())
