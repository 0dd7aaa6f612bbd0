"""index, search and show as a person calls them: answers, exit codes, error lines."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, Runner


def one_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line]
    assert len(lines) == 1, text
    return lines[0]


def test_search_puts_the_audience_writer_first(inhouse: Runner, index: Path) -> None:
    done = inhouse(
        "search", "write an audience file for the campaign platform", "--json", "--index", index
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["schema"] == 1
    assert answer["hits"][0]["symbol"] == "audience_io.write_audience"
    wanted = {"symbol", "defined_as", "kind", "root", "path", "start_line", "end_line", "score"}
    assert wanted | {"signature", "summary"} <= set(answer["hits"][0])


def test_lines_of_a_hit_hold_its_definition(inhouse: Runner, index: Path) -> None:
    done = inhouse("search", "write an audience file", "--json", "--index", index)
    hit = json.loads(done.stdout)["hits"][0]
    lines = (Path(hit["root"]) / hit["path"]).read_text().splitlines()
    text = "\n".join(lines[hit["start_line"] - 1 : hit["end_line"]])
    assert f"def {hit['symbol'].rsplit('.', 1)[-1]}(" in text


def test_show_prints_the_card_with_a_real_call_site(inhouse: Runner, index: Path) -> None:
    done = inhouse("show", "audience_io.write_audience", "--index", index)
    assert done.returncode == 0, done.stderr
    assert "holdout_col" in done.stdout
    jobs = [path.name for path in (ROOT / "corpus" / "scripts").glob("*.py")]
    assert any(name in done.stdout for name in jobs), done.stdout


def test_batch_gives_an_answer_a_line(inhouse: Runner, index: Path) -> None:
    done = inhouse(
        "search", "--batch", "--index", index, input="read a seed list\nquery the warehouse\n"
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["query"] for answer in answers] == ["read a seed list", "query the warehouse"]


def test_a_line_of_a_batch_that_is_too_long_is_answered_too(inhouse: Runner, index: Path) -> None:
    lines = "a" * 65536 + "\n" + "x" * 70000 + "\nquery the warehouse\n"
    done = inhouse("search", "--batch", "--index", index, input=lines)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 3
    assert answers[0]["query"] == "a" * 65536
    assert "65536 bytes" in answers[1]["error"]
    assert answers[2]["query"] == "query the warehouse"


@pytest.mark.parametrize("name", ["plain.py", "new\nline.py", "back\\slash.py"])
def test_show_and_search_say_when_a_file_changed(
    inhouse: Runner, tmp_path: Path, name: str
) -> None:
    libs = tmp_path / "libs"
    libs.mkdir()
    code = 'def settle_ledger():\n    """Settle the ledger."""\n'
    (libs / name).write_text(code)
    assert inhouse("index", libs, "--index", tmp_path / "i").returncode == 0
    for command in (("show", "settle_ledger"), ("search", "settle the ledger")):
        assert inhouse(*command, "--index", tmp_path / "i").stderr == ""
        (libs / name).write_text(code + "# changed\n")
        assert "changed since" in inhouse(*command, "--index", tmp_path / "i").stderr
        (libs / name).write_text(code)


def test_nothing_found_is_exit_one_and_an_empty_list(inhouse: Runner, index: Path) -> None:
    done = inhouse("search", "zebra quantum teapot", "--json", "--index", index)
    assert done.returncode == 1
    assert json.loads(done.stdout)["hits"] == []


def test_unknown_name_gets_the_nearest_ones(inhouse: Runner, index: Path) -> None:
    done = inhouse("show", "audience_io.write_audiance", "--index", index)
    assert done.returncode == 1
    assert "write_audience" in one_line(done.stderr)


def test_missing_path_is_one_clear_line(inhouse: Runner, tmp_path: Path) -> None:
    done = inhouse("index", tmp_path / "absent", "--index", tmp_path / "i")
    assert done.returncode == 3
    assert "absent" in one_line(done.stderr)


def test_a_root_that_moved_away_is_removed_and_nothing_else(
    inhouse: Runner, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text(f"def from_{name}():\n    return 1\n")
    assert inhouse("index", tmp_path / "one", tmp_path / "two", "--index", index).returncode == 0
    shutil.move(tmp_path / "two", tmp_path / "moved")
    done = inhouse("index", "--remove", tmp_path / "two", "--index", index)
    assert done.returncode == 0, done.stderr
    assert "1 removed" in done.stdout
    assert inhouse("show", "one.from_one", "--index", index).returncode == 0
    assert inhouse("show", "two.from_two", "--index", index).returncode == 1
    again = inhouse("index", "--remove", tmp_path / "two", "--index", index)
    assert again.returncode == 3
    assert "no root of this index" in one_line(again.stderr)


def test_empty_repository_is_one_clear_line(inhouse: Runner, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = inhouse("index", tmp_path / "empty", "--index", tmp_path / "i")
    assert done.returncode == 3
    assert "empty" in one_line(done.stderr)


def test_a_file_that_is_not_python(inhouse: Runner, tmp_path: Path) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    done = inhouse("index", picture, "--index", tmp_path / "i")
    assert done.returncode == 3
    assert "logo.png" in one_line(done.stderr)


def test_searching_without_an_index_says_what_to_run(inhouse: Runner, tmp_path: Path) -> None:
    done = inhouse("search", "anything", "--index", tmp_path / "none")
    assert done.returncode == 4
    assert "inhouse index" in one_line(done.stderr)


@pytest.mark.parametrize("damage", ["truncate", "garbage"])
def test_corrupt_index_is_noticed(
    inhouse: Runner, index: Path, tmp_path: Path, damage: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(index, copy)
    catalog = copy / "catalog.db"
    raw = bytearray(catalog.read_bytes())
    if damage == "truncate":
        raw = raw[: len(raw) // 3]
    else:
        raw[0:64] = b"x" * 64
    catalog.write_bytes(raw)
    done = inhouse("search", "write an audience", "--index", copy)
    assert done.returncode == 4
    assert "inhouse index" in one_line(done.stderr)


def test_second_index_run_changes_nothing(inhouse: Runner, index: Path) -> None:
    done = inhouse(
        "index", ROOT / "corpus" / "libs", ROOT / "corpus" / "scripts", "--index", index, "--json"
    )
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["files_indexed"] == 0
    assert report["files_unchanged"] > 20


def test_usage_errors_are_exit_two(inhouse: Runner) -> None:
    assert inhouse("serch", "x").returncode == 2
    assert inhouse("search", "--no-such-flag").returncode == 2


def test_quiet_in_a_pipe(inhouse: Runner, tmp_path: Path) -> None:
    done = inhouse("index", ROOT / "corpus" / "libs", "--index", tmp_path / "i")
    assert done.stderr == ""


def test_full_disk_keeps_the_old_index(inhouse: Runner, binary: Path, tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands in for a full disk: writes past it fail, as ENOSPC does."""
    source = tmp_path / "src"
    source.mkdir()
    (source / "first.py").write_text("def first_thing():\n    '''Does the first thing.'''\n")
    folder = tmp_path / "i"
    assert inhouse("index", source, "--index", folder).returncode == 0
    body = "\n".join(
        f"def f{i}():\n    '''Number {i} of many.'''\n    return {i}\n" for i in range(20000)
    )
    (source / "second.py").write_text(body)
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"ulimit -f 600; exec '{binary}' index '{source}' --index '{folder}'",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 8, (done.returncode, done.stderr)
    assert one_line(done.stderr)
    assert inhouse("search", "first_thing", "--index", folder).returncode == 0
    assert inhouse("index", source, "--index", folder).returncode == 0


def test_a_long_query_is_not_echoed_whole(inhouse: Runner, index: Path) -> None:
    done = inhouse("search", "zzqx " * 12_000, "--index", index)
    assert done.returncode == 1, done.stderr
    assert len(one_line(done.stderr)) < 400


def test_a_batch_follows_an_index_that_was_deleted_and_made_anew(
    inhouse: Runner, binary: Path, tmp_path: Path
) -> None:
    source = tmp_path / "my libs"
    source.mkdir()
    folder = tmp_path / "i"

    def index_as(name: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        (source / "a.py").write_text(f"def {name}():\n    '''Does the first thing.'''\n")
        assert inhouse("index", source, "--index", folder).returncode == 0

    index_as("first_thing")
    with subprocess.Popen(
        [binary, "search", "--batch", "--index", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as batch:

        def found() -> list[str]:
            batch.stdin.write("does the first thing\n")
            batch.stdin.flush()
            return [hit["symbol"] for hit in json.loads(batch.stdout.readline())["hits"]]

        assert found()[0] == "a.first_thing"
        index_as("other_thing")
        assert found()[0] == "a.other_thing"
        batch.stdin.close()
        assert batch.wait(timeout=60) == 0


def test_a_command_in_a_message_can_be_pasted(inhouse: Runner, tmp_path: Path) -> None:
    done = inhouse("search", "anything", "--index", tmp_path / "no index")
    assert done.returncode == 4
    assert f"inhouse index PATH... --index '{tmp_path / 'no index'}'" in one_line(done.stderr)


def test_a_function_that_stands_in_the_place_of_its_module_is_shown(
    inhouse: Runner, tmp_path: Path
) -> None:
    package = tmp_path / "libs" / "pk"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from .load import load\n\n\ndef retry(count):\n    pass\n"
    )
    (package / "load.py").write_text('def load(path):\n    """Load a table."""\n')
    (package / "retry.py").write_text('"""Retrying."""\n')
    index = tmp_path / "index"
    assert inhouse("index", tmp_path / "libs", "--index", index).returncode == 0
    for name, signature in (
        ("pk.load", "pk.load(path)"),
        ("load", "pk.load(path)"),
        ("pk.retry", "pk.retry(count)"),
    ):
        done = inhouse("show", name, "--index", index)
        assert done.returncode == 0, done.stderr
        assert signature in done.stdout
    for name in ("pk.load", "pk.retry"):
        pack = inhouse("search", name, "--pack", "400", "--index", index)
        assert f"{name}(" in pack.stdout
