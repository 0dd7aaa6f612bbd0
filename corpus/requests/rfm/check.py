"""Decide whether a run answered the RFM request, from the data alone.

    python check.py --out DIR --data DIR [--second-out DIR] [--json]

Teams cut RFM segments differently, so the checker asks what every cut must satisfy: everyone is in
one of the four segments, and these differ in recency, frequency and value as their names say.
Exit code 0: right, 1: wrong, 3: bad input.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb
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

NAME = "rfm_segments"
SEGMENTS = ("champions", "loyal", "at_risk", "lost")
#: Every segment has at least this share of the users; a segment of nobody is no segmentation.
MIN_SEGMENT_SHARE = 0.02
#: Mean percentiles (1 is best) must be this far apart where the names demand an order.
MIN_GAP = 0.10

CONTENT_CRITERIA = ["users", "segments", "recency", "frequency", "value", "score_order"]


def order_percentiles(data: Path) -> pd.DataFrame:
    """Rank all users by recency, frequency and value of their paid orders.

    Args:
        data: The data folder.

    Returns:
        `recency`, `frequency`, `value` by user, as percentiles with 1 for the best.

    Raises:
        BadInput: If the warehouse cannot be read.
    """
    try:
        with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
            frame = connection.execute(
                "SELECT user_id, max(ordered_at) AS recency, count(*) AS frequency,"
                " sum(amount) AS value FROM orders WHERE status = 'paid'"
                " GROUP BY user_id ORDER BY user_id"
            ).df()
    except duckdb.Error as error:
        raise BadInput(str(error)) from error
    return frame.set_index("user_id").rank(pct=True)


def check(options: argparse.Namespace) -> Report:
    """Check one run.

    Args:
        options: The parsed arguments.

    Returns:
        The report.

    Raises:
        BadInput: If the data cannot be read.
    """
    ranks = order_percentiles(options.data)
    report = Report()
    written = load_written(report, options.out, NAME, None)
    if not has_users_and_scores(written) or "segment" not in written.columns:
        skip_rest(report, CONTENT_CRITERIA, "there is no audience with a segment column")
    else:
        check_segments(report, ranks, written)
    if options.second_out:
        compare_runs(report, written, options.second_out, NAME)
    return report


def check_segments(report: Report, ranks: pd.DataFrame, written: pd.DataFrame) -> None:
    """Decide whether the segments cover everyone and are what their names say.

    Args:
        report: Gets the criteria on the content.
        ranks: What `order_percentiles` returned.
        written: The audience.
    """
    users = set(written["user_id"])
    absent, strange = len(set(ranks.index) - users), len(users - set(ranks.index))
    detail = f"{absent} users are missing, {strange} are unknown"
    report.add("users", not absent and not strange, detail)
    names = written["segment"].astype("str").str.strip().str.lower()
    names = names.str.replace(r"[ -]+", "_", regex=True)
    shares = names.value_counts(normalize=True)
    right_names = set(shares.index) == set(SEGMENTS)
    big_enough = right_names and shares.min() >= MIN_SEGMENT_SHARE
    listed = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
    if not report.add("segments", big_enough, listed):
        skip_rest(report, CONTENT_CRITERIA[2:], "the four segments are not there")
        return
    table = written.assign(segment=names).drop_duplicates("user_id").set_index("user_id")
    # The ranks are ours: a script may write columns of the same names.
    judged = table[["segment", "score"]].join(ranks, how="inner")
    means = judged.groupby("segment")[[*ranks.columns, "score"]].mean()
    for column in ranks.columns:
        values = {name: round(float(means.at[name, column]), 4) for name in SEGMENTS}
        report.measures.update({f"{column}_{name}": value for name, value in values.items()})
    for criterion, better, worse in (
        ("recency", ("champions", "loyal"), ("at_risk", "lost")),
        ("frequency", ("champions", "at_risk"), ("lost",)),
        ("value", ("champions",), ("lost",)),
    ):
        low = min(means.loc[list(better), criterion])
        high = max(means.loc[list(worse), criterion])
        detail = f"{' and '.join(better)} {low:.2f}, {' and '.join(worse)} {high:.2f}"
        report.add(criterion, low - high >= MIN_GAP, f"mean percentiles: {detail}")
    scores = means["score"]
    ordered = scores.idxmax() == "champions" and scores.idxmin() == "lost"
    listed = ", ".join(f"{name} {scores[name]:.3g}" for name in SEGMENTS)
    report.add("score_order", ordered, f"mean scores: {listed}")


def main(argv: list[str] | None = None) -> int:
    """Check a run from the command line.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        0 for right, 1 for wrong, 3 for bad input.
    """
    return run_checker(argv, check, truth=False)


if __name__ == "__main__":
    sys.exit(main())
