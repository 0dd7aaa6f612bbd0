"""audience_io: schema, ids, writing and reading back."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import audience_io
from audience_io import AudienceError, Destination, InvalidAudience, ManifestError


def make_audience(users: int = 10) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "user_id": [f"u{number:03d}" for number in range(users)],
            "score": np.linspace(1.0, 0.1, users),
        }
    )
    return audience_io.assign_holdout(frame, 0.2, seed=1)


def spoil(column: str, row: int, value: object) -> pd.DataFrame:
    frame = make_audience()
    frame[column] = frame[column].astype("object")
    frame.loc[row, column] = value
    return frame.infer_objects() if column == "score" else frame


def test_a_good_audience_has_no_problems():
    assert audience_io.validate_schema(make_audience()) == []
    assert audience_io.is_valid(make_audience())


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (make_audience().drop(columns="score"), "column 'score' is missing"),
        (make_audience().drop(columns="group"), "column 'group' is missing"),
        (make_audience().head(0), "the audience is empty"),
        (spoil("user_id", 1, "u000"), r"1 user_id value\(s\) occur more than once, e.g. u000"),
        (spoil("user_id", 1, None), r"1 user_id value\(s\) are null"),
        (spoil("user_id", 1, " "), r"1 user_id value\(s\) are empty"),
        (spoil("user_id", 1, 17), "user_id must hold strings"),
        (spoil("score", 1, None), r"1 score value\(s\) are null"),
        (spoil("score", 1, np.inf), r"1 score value\(s\) are infinite"),
        (make_audience().assign(score="high"), "score must be numeric"),
        (make_audience().assign(score=True), "score must be numeric"),
        (spoil("group", 1, "control"), "found control"),
        (spoil("group", 1, None), r"1 group value\(s\) are null"),
        (make_audience().assign(group="holdout"), "no user has group target"),
        (make_audience().assign(Region="EU"), "'Region' must be a lower-case"),
        (
            pd.concat([make_audience(), make_audience()[["score"]]], axis=1),
            "'score' occurs 2 times",
        ),
        ("not a frame", "must be a DataFrame, got str"),
    ],
)
def test_every_kind_of_problem_is_found(frame, message):
    problems = audience_io.validate_schema(frame)
    assert len(problems) == 1
    assert pd.Series(problems).str.contains(message).all(), problems


def test_all_problems_are_listed_at_once(job):
    frame = spoil("user_id", 1, "u000")
    frame["score"] = [None, *frame["score"].iloc[1:]]
    frame["group"] = "nobody"
    with pytest.raises(InvalidAudience, match=r"'bad' has 3 problem\(s\)") as caught:
        audience_io.write_audience(frame, "bad")
    assert len(caught.value.problems) == 3
    assert not job.exists()


def test_group_column_can_be_named_or_absent():
    renamed = make_audience().rename(columns={"group": "arm"})
    assert audience_io.validate_schema(renamed, holdout_col="arm") == []
    assert audience_io.validate_schema(renamed.drop(columns="arm"), holdout_col=None) == []


def test_what_is_written_can_be_read_back(job):
    audience = make_audience().assign(region=pd.Categorical(["EU", None] * 5), rank=range(10))
    audience_id = audience_io.write_audience(audience, "winback")
    back = audience_io.read_audience("winback")
    assert back["user_id"].tolist() == audience["user_id"].tolist()
    assert back["score"].tolist() == audience["score"].tolist()
    assert audience_io.list_audiences() == ["winback"]
    manifest = audience_io.read_manifest("winback")
    assert manifest.audience_id == audience_id == audience_io.audience_id(back, "winback")
    assert manifest.groups == {"target": 8, "holdout": 2}
    assert manifest.columns["rank"] == "int"
    assert audience_io.verify_manifest(back, manifest) == []


def test_the_id_depends_on_content_and_name_only(job, tmp_path):
    audience = make_audience()
    first = audience_io.write_audience(audience, "winback")
    shuffled = audience.sample(frac=1.0, random_state=3)[["score", "group", "user_id"]]
    again = audience_io.write_audience(shuffled, "winback", destination=str(tmp_path / "other"))
    assert first == again
    for folder in (job, tmp_path / "other"):
        written = pd.read_parquet(folder / "winback.parquet")
        assert written["user_id"].tolist() == audience["user_id"].tolist()
    assert audience_io.audience_id(audience, "other") != first
    assert audience_io.audience_id(audience.assign(score=audience["score"] / 2), "winback") != first


def test_widths_digest_alike_and_kinds_do_not():
    audience = make_audience().assign(visits=range(10))
    narrow = audience.astype({"visits": "int16"})
    assert audience_io.content_digest(audience) == audience_io.content_digest(narrow)
    floats = audience.astype({"visits": "float64"})
    assert audience_io.content_digest(audience) != audience_io.content_digest(floats)


@pytest.mark.parametrize(
    "values",
    [
        [None, "a", "", "None", "nan"] * 2,
        pd.to_datetime(["2026-01-01", None] * 5),
        [True, False] * 5,
        [0.0, -0.0, np.nan, 1.5, 2.5] * 2,
        pd.array([1, None] * 5, dtype="Int64"),
    ],
)
def test_digest_survives_writing_and_reading(job, values):
    audience = make_audience().assign(extra=values)
    audience_io.write_audience(audience, "kinds")
    assert len(audience_io.read_audience("kinds")) == 10


def test_null_and_the_text_none_digest_differently():
    with_null = make_audience().assign(extra=[None] + ["x"] * 9)
    with_text = make_audience().assign(extra=["None"] + ["x"] * 9)
    assert audience_io.content_digest(with_null) != audience_io.content_digest(with_text)


def test_a_changed_file_is_noticed(job):
    audience = make_audience()
    audience_io.write_audience(audience, "winback")
    audience.assign(score=0.5).to_parquet(job / "winback.parquet", index=False)
    with pytest.raises(ManifestError, match="content_sha256"):
        audience_io.read_audience("winback")
    assert len(audience_io.read_audience("winback", verify=False)) == 10


def test_a_bare_file_is_no_audience(job):
    job.mkdir()
    make_audience().to_parquet(job / "bare.parquet", index=False)
    assert audience_io.list_audiences() == []
    with pytest.raises(ManifestError, match="no manifest"):
        audience_io.read_audience("bare")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', "nonsense"])
def test_broken_manifests_are_refused(job, text):
    audience_io.write_audience(make_audience(), "winback")
    (job / "winback.manifest.json").write_text(text)
    with pytest.raises(ManifestError):
        audience_io.read_manifest("winback")


def test_manifest_is_sorted_json_without_a_clock(job):
    audience_io.write_audience(make_audience(), "winback")
    text = (job / "winback.manifest.json").read_text()
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert "time" not in text
    assert "date" not in text


@pytest.mark.parametrize("name", ["Winback", "win back", "../etc", "", "1st", "x" * 81])
def test_unusable_names_are_refused(job, name):
    with pytest.raises(AudienceError, match="no audience name"):
        audience_io.write_audience(make_audience(), name)


def test_a_file_name_is_not_an_audience_name(job):
    with pytest.raises(AudienceError, match="the audience's name is 'winback'"):
        audience_io.write_audience(make_audience(), "winback.parquet")


def test_unknown_audience_lists_the_known_ones(job):
    audience_io.write_audience(make_audience(), "winback")
    with pytest.raises(AudienceError, match="there are: winback"):
        audience_io.read_audience("winbak")


def test_destination_must_be_set_and_writable(monkeypatch, tmp_path):
    monkeypatch.delenv("AUDIENCE_DEST", raising=False)
    with pytest.raises(audience_io.DestinationError, match="not set"):
        audience_io.write_audience(make_audience(), "winback")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(audience_io.DestinationError, match="cannot write"):
        audience_io.write_audience(make_audience(), "winback", destination=str(tmp_path / "file"))


def test_writing_leaves_nothing_half_done(job):
    audience_io.write_audience(make_audience(), "winback")
    audience_io.write_audience(make_audience(8), "winback")
    assert sorted(path.name for path in job.iterdir()) == [
        "winback.manifest.json",
        "winback.parquet",
    ]
    assert len(audience_io.read_audience("winback")) == 8


def test_addresses_go_through_fsspec():
    place = Destination("memory://audiences/q2")
    audience_io.write_audience(make_audience(), "winback", destination=place)
    audience_io.write_audience(make_audience(9), "winback", destination=place)
    assert audience_io.list_audiences(destination=place) == ["winback"]
    assert place.files() == ["winback.manifest.json", "winback.parquet"]
    assert len(audience_io.read_audience("winback", destination=place)) == 9


def fail_in_dry_run(folder: str) -> None:
    with audience_io.destination_override(folder) as place:
        audience_io.write_audience(make_audience(), "winback")
        assert audience_io.list_audiences(destination=place) == ["winback"]
        raise LookupError("after writing")


def test_destination_override_is_undone_after_an_error(job, tmp_path, monkeypatch):
    dry_run = str(tmp_path / "dry")
    with pytest.raises(LookupError, match="after writing"):
        fail_in_dry_run(dry_run)
    assert audience_io.list_audiences() == []
    monkeypatch.delenv("AUDIENCE_DEST")
    with audience_io.destination_override(dry_run):
        assert audience_io.list_audiences() == ["winback"]
    with pytest.raises(audience_io.DestinationError):
        Destination.from_environment()


def test_deprecated_export_warns_and_still_works(job):
    with pytest.warns(DeprecationWarning, match="write_audience"):
        audience_io.export_audience(make_audience(), "old.parquet")
    assert audience_io.list_audiences() == ["old"]
