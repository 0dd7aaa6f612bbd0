"""audience_io: seed lists, selection, holdout, suppression and consent."""

from __future__ import annotations

import pandas as pd
import pytest

import audience_io
from audience_io import AudienceError, SeedListError


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def many(count: int) -> str:
    return "".join(f"u{number}\n" for number in range(count))


def test_generated_seed_list_is_accepted(world):
    seeds = audience_io.read_seed_list(world.data / "high_value_q1.csv")
    assert len(set(seeds)) == 500
    assert set(seeds) <= set(world.tables["user_features"]["user_id"])


def test_tiny_seed_list_is_refused_unless_on_purpose(world):
    path = world.data / "high_value_tiny.csv"
    with pytest.raises(SeedListError, match=r"3 seed user\(s\) are too few, at least 50"):
        audience_io.read_seed_list(path)
    assert len(audience_io.read_seed_list(path, min_users=3)) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("email\na@b.c\n", "no column user_id; the header is email"),
        ("user_id\n" + many(60) + "u7\nu8\n", r"2 user id\(s\) occur more than once, e.g. u7, u8"),
        ("x,user_id\n" + "1\n" * 60, r"60 row\(s\) have no user id"),
        ("user_id\n" + many(49), "49 seed"),
        ("user_id\n", "0 seed"),
    ],
)
def test_bad_seed_lists_are_refused(tmp_path, text, message):
    with pytest.raises(SeedListError, match=message):
        audience_io.read_seed_list(write(tmp_path / "seeds.csv", text))


def test_missing_or_binary_seed_list(tmp_path):
    with pytest.raises(SeedListError, match="no such file"):
        audience_io.read_seed_list(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(SeedListError, match="cannot be read"):
        audience_io.read_seed_list(tmp_path / "b.csv")


def test_usual_spellings_byte_order_mark_and_blank_lines(tmp_path):
    text = "\ufeffregion, User_ID \n" + "".join(f"EU, u{n} \n\n" for n in range(50))
    users = audience_io.read_seed_list(write(tmp_path / "seeds.csv", text))
    assert users[:2] == ["u0", "u1"]
    text = "customer\n" + many(50)
    path = write(tmp_path / "named.csv", text)
    assert len(audience_io.read_seed_list(path, id_column="customer")) == 50


def test_written_seed_list_can_be_read(tmp_path):
    users = [f"u{number}" for number in range(60)]
    assert audience_io.write_seed_list(users, tmp_path / "s.csv") == 60
    assert audience_io.read_seed_list(tmp_path / "s.csv") == users
    with pytest.raises(SeedListError, match="more than once"):
        audience_io.write_seed_list(["a", "a"], tmp_path / "s.csv")
    with pytest.raises(SeedListError, match="blank"):
        audience_io.write_seed_list(["a", " "], tmp_path / "s.csv")


@pytest.mark.parametrize(
    ("rows", "share", "wanted"),
    [
        (25, 0.1, 3),
        (24, 0.1, 2),
        (10, 0.35, 4),
        (0, 0.1, 0),
        (7, 1.0, 7),
        (15, 0.1, 2),
        (5, 0.2, 1),
    ],
)
def test_shares_are_rounded_half_up(rows, share, wanted):
    assert audience_io.share_to_rows(rows, share) == wanted


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_impossible_shares_are_refused(share):
    with pytest.raises(AudienceError, match="between 0 and 1"):
        audience_io.share_to_rows(10, share)


def test_selection_breaks_ties_by_user():
    df = pd.DataFrame({"user_id": list("dcba"), "score": [1.0, 2.0, 1.0, 1.0]})
    assert audience_io.select_top_share(df, 0.5)["user_id"].tolist() == ["c", "a"]
    assert audience_io.select_top_count(df, 9)["user_id"].tolist() == ["c", "a", "b", "d"]
    with pytest.raises(AudienceError, match="not be negative"):
        audience_io.select_top_count(df, -1)
    with pytest.raises(AudienceError, match=r"1 user\(s\) have no score"):
        audience_io.select_top_share(df.assign(score=[1, 2, None, 1]), 0.5)


def test_exclusion_and_overlap():
    df = pd.DataFrame({"user_id": list("abcd")})
    rest = audience_io.exclude_users(df, {"b", "zz"})
    assert rest["user_id"].tolist() == ["a", "c", "d"]
    assert rest.index.tolist() == [0, 2, 3]
    assert audience_io.overlap(df, rest) == 0.75
    assert audience_io.overlap(df.head(0), df) == 0.0


@pytest.fixture
def users():
    return pd.DataFrame({"user_id": [f"u{number}" for number in range(1000)]})


def test_holdout_is_exact_and_independent_of_order(users):
    assigned = audience_io.assign_holdout(users, 0.2, seed=7)
    assert audience_io.group_counts(assigned) == {"target": 800, "holdout": 200}
    assert audience_io.holdout_share(assigned) == 0.2
    shuffled = users.sample(frac=1.0, random_state=1)
    again = audience_io.assign_holdout(shuffled, 0.2, seed=7)
    assert again.index.equals(shuffled.index)
    assert again.sort_index().equals(assigned)
    assert "group" not in users.columns


def test_another_seed_holds_others_out(users):
    first = audience_io.assign_holdout(users, seed=7)["group"] == "holdout"
    second = audience_io.assign_holdout(users, seed=8)["group"] == "holdout"
    both = (first & second).sum()
    assert 20 <= both <= 60


def test_holdout_edges(users):
    assert audience_io.holdout_share(audience_io.assign_holdout(users, 0.0, seed=1)) == 0.0
    assert audience_io.holdout_share(audience_io.assign_holdout(users.head(0), seed=1)) == 0.0
    three = audience_io.assign_holdout(users.head(3), 0.2, seed=1)
    assert audience_io.group_counts(three) == {"target": 2, "holdout": 1}
    with pytest.raises(AudienceError, match="every user once"):
        audience_io.assign_holdout(pd.concat([users, users]), seed=1)
    with pytest.raises(AudienceError, match="user_id"):
        audience_io.assign_holdout(pd.DataFrame({"x": [1]}), seed=1)
    with pytest.raises(TypeError, match="seed"):
        audience_io.assign_holdout(users)


def test_stratified_holdout_is_exact_in_each_stratum(users):
    users["region"] = ["EU"] * 300 + ["UK"] * 700
    assigned = audience_io.assign_holdout_by(users, "region", 0.1, seed=3)
    held = assigned[assigned["group"] == "holdout"]["region"].value_counts()
    assert held.to_dict() == {"UK": 70, "EU": 30}
    assert assigned["user_id"].tolist() == users["user_id"].tolist()
    with pytest.raises(AudienceError, match="without nulls"):
        audience_io.assign_holdout_by(users.assign(region=None), "region", seed=3)


def test_draws_are_stable():
    assert audience_io.holdout_draw("u1", 7) == audience_io.holdout_draw("u1", 7)
    assert audience_io.holdout_draw("u1", 7) != audience_io.holdout_draw("u1", 8)


def test_suppression(tmp_path):
    path = write(tmp_path / "s.csv", "user_id\na\nb\n")
    assert audience_io.read_suppression_list(path) == {"a", "b"}
    assert audience_io.is_suppression_file(path)
    assert not audience_io.is_suppression_file(tmp_path / "none.csv")
    assert audience_io.merge_suppressions({"b"}, {"c", "a"}) == ["a", "b", "c"]
    df = pd.DataFrame({"user_id": list("abc")})
    assert audience_io.apply_suppression(df, {"a", "b"})["user_id"].tolist() == ["c"]
    assert audience_io.apply_suppression(df.head(0), {"a"}).empty
    with pytest.raises(AudienceError, match="every user"):
        audience_io.apply_suppression(df, set("abc"))


def test_consent_is_the_latest_word():
    consents = pd.DataFrame(
        [
            ("a", "email", True, "2026-01-02"),
            ("a", "email", False, "2026-01-01"),
            ("b", "email", True, "2026-01-01"),
            ("b", "email", False, "2026-01-02"),
            ("c", "ads", True, "2026-01-01"),
        ],
        columns=["user_id", "purpose", "granted", "updated_at"],
    )
    df = pd.DataFrame({"user_id": list("abcd")})
    kept = audience_io.filter_consented(df, consents, audience_io.Purpose.EMAIL)
    assert kept["user_id"].tolist() == ["a"]
    assert audience_io.filter_consented(df, consents, "ads")["user_id"].tolist() == ["c"]
    with pytest.raises(AudienceError, match="email, ads, profiling"):
        audience_io.filter_consented(df, consents, "sms")
