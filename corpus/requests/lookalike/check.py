"""Decide whether a run answered the lookalike request, from the data alone.

    python check.py --out DIR --data DIR --truth DIR [--second-out DIR] [--segment EU] [--json]

Exit code 0: right, 1: wrong, 3: bad input. How the thresholds were found, and what they cannot see,
stands in corpus/README.md.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checking import (
    BadInput,
    Report,
    compare_runs,
    has_users_and_scores,
    load_written,
    run_checker,
    skip_rest,
)

import audience_io

NAME = "lookalike_audience_scored"
SEED_FILE = "high_value_q1.csv"
AUDIENCE_SHARE = 0.10
HOLDOUT_SHARE = 0.20
FEATURES = ["purch_freq", "avg_ov", "days_last_purch"]

#: Least share of the attainable lift of the planted affinity.
MIN_LIFT_SHARE = 0.65
#: Least rank correlation of score and affinity inside the audience.
MIN_RANK_CORRELATION = 0.08
#: Least share of near neighbours of the better half of the audience that are in the audience too.
MIN_NEIGHBOURS_IN = 0.75
#: Least rank correlation of a user's score with that of the nearest users in the audience.
MIN_SMOOTHNESS = 0.60
#: Largest difference of mean scores between the groups, in standard errors.
MAX_GROUP_GAP = 5.0
#: A region with at least this share of users must have at least half that share of the audience.
REGION_SHARE = 0.05
NEIGHBOURS = 5

CONTENT_CRITERIA = [
    "users", "seeds_excluded", "size", "holdout", "holdout_random", "regions",
    "lift", "score_order", "top_of_score", "scores_fit",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What the audience is judged against.

    Attributes:
        users: `user_id`, `region`, the features, `affinity`, `expected_affinity`; the population.
        seeds: The seed users.
    """

    users: pd.DataFrame
    seeds: set[str]

    @property
    def eligible(self) -> pd.DataFrame:
        """The population without the seeds."""
        return self.users[~self.users["user_id"].isin(self.seeds)]


def load_case(data: Path, truth: Path, segment: str | None) -> Case:
    """Read the population, the seeds and the planted affinity.

    Args:
        data: The data folder.
        truth: The folder with `affinity.parquet`.
        segment: A region, or `None` for all users.

    Returns:
        The case.

    Raises:
        BadInput: If a file is missing or does not fit the others.
    """
    try:
        with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
            columns = ", ".join(["user_id", "region", *FEATURES])
            users = connection.execute(f"SELECT {columns} FROM user_features").df()
        seeds = set(audience_io.read_seed_list(data / SEED_FILE))
        affinity = pd.read_parquet(truth / "affinity.parquet")
    except (duckdb.Error, audience_io.SeedListError, OSError) as error:
        raise BadInput(str(error)) from error
    merged = users.merge(affinity, on="user_id", how="left")
    if merged["affinity"].isna().any():
        raise BadInput("the truth does not cover the warehouse: they are from different runs")
    if segment is not None:
        merged = merged[merged["region"] == segment]
        if merged.empty:
            raise BadInput(f"no users in segment '{segment}'")
    return Case(merged.sort_values("user_id", ignore_index=True), seeds)


def check(options: argparse.Namespace) -> Report:
    """Check one run.

    Args:
        options: The parsed arguments.

    Returns:
        The report.

    Raises:
        BadInput: If data or truth cannot be read.
    """
    case = load_case(options.data, options.truth, options.segment)
    report = Report()
    audience = load_written(report, options.out, NAME, "group")
    if not has_users_and_scores(audience):
        skip_rest(report, CONTENT_CRITERIA, "there is no audience with scores to look at")
    else:
        check_users(report, case, audience)
        check_sizes(report, case, audience)
        check_scores(report, case, audience)
    if options.second_out:
        compare_runs(report, audience, options.second_out, NAME)
    return report


def check_users(report: Report, case: Case, audience: pd.DataFrame) -> None:
    """Decide who may be in the audience: known users of the population, no seeds.

    Args:
        report: Gets `users`, `seeds_excluded` and `regions`.
        case: What to judge against.
        audience: The audience.
    """
    strangers = int((~audience["user_id"].isin(case.users["user_id"])).sum())
    report.add("users", not strangers, f"{strangers} row(s) are not users of the population")
    inside = int(audience["user_id"].isin(case.seeds).sum())
    report.add("seeds_excluded", not inside, f"{inside} seed user(s) in the audience")
    everyone = case.users["region"].value_counts(normalize=True)
    chosen = case.users.set_index("user_id")["region"].reindex(audience["user_id"])
    shares = chosen.value_counts(normalize=True)
    lacking = [
        f"{region} has {shares.get(region, 0.0):.1%} of the audience, {share:.1%} of the users"
        for region, share in everyone.items()
        if share >= REGION_SHARE and shares.get(region, 0.0) < share / 2
    ]
    report.add("regions", not lacking, "; ".join(lacking) or "all regions are represented")


def check_sizes(report: Report, case: Case, audience: pd.DataFrame) -> None:
    """Decide the size of audience and holdout, to the row.

    The house rule takes the share of the eligible users (scored users less the seeds). A share of
    all scored users is accepted too: the request can be read so. Both are rounded half up.

    Args:
        report: Gets `size`, `holdout` and `holdout_random`.
        case: What to judge against.
        audience: The audience.
    """
    eligible = audience_io.share_to_rows(len(case.eligible), AUDIENCE_SHARE)
    everyone = audience_io.share_to_rows(len(case.users), AUDIENCE_SHARE)
    accepted = sorted({eligible, everyone})
    wanted = " or ".join(map(str, accepted))
    report.add("size", len(audience) in accepted, f"{len(audience)} users, wanted {wanted}")
    held = audience["group"] == "holdout"
    holdout = audience_io.share_to_rows(len(audience), HOLDOUT_SHARE)
    detail = f"{int(held.sum())} users in the holdout, wanted {holdout}"
    report.add("holdout", int(held.sum()) == holdout, detail)
    gap = _group_gap(audience["score"], held)
    detail = f"mean scores of the groups are {gap:.1f} standard errors apart"
    report.add("holdout_random", gap <= MAX_GROUP_GAP, detail)


def check_scores(report: Report, case: Case, audience: pd.DataFrame) -> None:
    """Decide whether the scores find the planted affinity, and the audience is their top.

    Args:
        report: Gets `lift`, `score_order`, `top_of_score` and `scores_fit`, and the measures.
        case: What to judge against.
        audience: The audience.
    """
    eligible = case.eligible.reset_index(drop=True)
    scores = audience.drop_duplicates("user_id").set_index("user_id")["score"]
    score = scores.reindex(eligible["user_id"]).to_numpy(dtype="float64")
    chosen = eligible["user_id"].isin(scores.index).to_numpy()
    if chosen.sum() < 2 * NEIGHBOURS or np.isfinite(score[chosen]).sum() < 2 * NEIGHBOURS:
        names = ["lift", "score_order", "top_of_score", "scores_fit"]
        skip_rest(report, names, "hardly any eligible users with scores")
        return
    share = lift_share(eligible, chosen)
    known = chosen & np.isfinite(score)
    order = _rank_correlation(score[known], eligible["affinity"].to_numpy()[known])
    inside = neighbours_inside(eligible, known, score)
    smooth = neighbour_smoothness(eligible, known, score)
    report.measures.update(
        lift_share=round(share, 4),
        rank_correlation=round(order, 4),
        neighbours_in=round(inside, 4),
        smoothness=round(smooth, 4),
    )
    for name, value, least, meaning in (
        ("lift", share, MIN_LIFT_SHARE, "of the attainable lift"),
        ("score_order", order, MIN_RANK_CORRELATION, "rank correlation with the affinity"),
        ("top_of_score", inside, MIN_NEIGHBOURS_IN, "of the best users' neighbours are in"),
        ("scores_fit", smooth, MIN_SMOOTHNESS, "rank correlation with the neighbours' scores"),
    ):
        report.add(name, value >= least, f"{value:.3f} {meaning}, at least {least:.2f}")


def lift_share(eligible: pd.DataFrame, chosen: np.ndarray) -> float:
    """Compute the share of the attainable lift that an audience captures.

    Attainable is what the same number of users has who are best by `expected_affinity`, the part of
    the affinity that the three features determine.

    Args:
        eligible: The eligible users.
        chosen: Which of them are in the audience.

    Returns:
        0 for a random audience, 1 for the best possible one, negative for worse than random.
    """
    affinity = eligible["affinity"].to_numpy()
    best = np.argsort(-eligible["expected_affinity"].to_numpy(), kind="stable")[: chosen.sum()]
    base = affinity.mean()
    return float((affinity[chosen].mean() - base) / (affinity[best].mean() - base))


def neighbours_inside(eligible: pd.DataFrame, chosen: np.ndarray, score: np.ndarray) -> float:
    """Measure whether users like the best of the audience are in the audience too.

    If an audience is the top of some score of the features, it has no holes: who resembles a user
    far above the cut is above the cut as well.

    Args:
        eligible: The eligible users.
        chosen: Which of them are in the audience.
        score: Their scores, null outside the audience.

    Returns:
        The share of the nearest neighbours of the better-scored half that are in the audience.
    """
    points = _feature_space(eligible)
    full = np.flatnonzero(~np.isnan(points).any(axis=1))
    better = chosen & (score >= np.median(score[chosen]))
    anchors = np.flatnonzero(better & ~np.isnan(points).any(axis=1))
    nearest = _nearest_others(points, anchors, full)
    return float(chosen[nearest].mean())


def neighbour_smoothness(eligible: pd.DataFrame, chosen: np.ndarray, score: np.ndarray) -> float:
    """Measure whether users who resemble each other have similar scores.

    Args:
        eligible: The eligible users.
        chosen: Which of them are in the audience.
        score: Their scores, null outside the audience.

    Returns:
        Rank correlation of a user's score with the mean score of the nearest users of the audience.
    """
    points = _feature_space(eligible)
    members = np.flatnonzero(chosen & ~np.isnan(points).any(axis=1))
    nearest = _nearest_others(points, members, members)
    return _rank_correlation(score[nearest].mean(axis=1), score[members])


def _feature_space(eligible: pd.DataFrame) -> np.ndarray:
    logs = np.log1p(eligible[FEATURES].to_numpy(dtype="float64"))
    return (logs - np.nanmean(logs, axis=0)) / np.nanstd(logs, axis=0)


def _nearest_others(points: np.ndarray, anchors: np.ndarray, among: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    _, found = cKDTree(points[among]).query(points[anchors], k=NEIGHBOURS + 1)
    found = among[found]
    others = found != anchors[:, None]
    # A user who is not the nearest to himself has a twin: drop the farthest one instead.
    others[others.all(axis=1), -1] = False
    return found[others].reshape(len(anchors), NEIGHBOURS)


def _rank_correlation(left: np.ndarray, right: np.ndarray) -> float:
    ranks = pd.DataFrame({"left": left, "right": right}).rank()
    correlation = ranks["left"].corr(ranks["right"]) if ranks.nunique().min() > 1 else 0.0
    return 0.0 if math.isnan(correlation) else float(correlation)


def _group_gap(score: pd.Series, held: pd.Series) -> float:
    groups = [score[held].dropna(), score[~held].dropna()]
    if min(map(len, groups)) < 2:
        return math.inf
    error = math.sqrt(sum(float(group.var()) / len(group) for group in groups))
    gap = abs(float(groups[0].mean() - groups[1].mean()))
    return gap / error if error else 0.0


def main(argv: list[str] | None = None) -> int:
    """Check a run from the command line.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        0 for right, 1 for wrong, 3 for bad input.
    """
    return run_checker(argv, check, truth=True)


if __name__ == "__main__":
    sys.exit(main())
