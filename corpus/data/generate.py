"""Make the example team's data: a warehouse, seed lists, and the truth that only checkers see.

Everything is drawn from one seed, so the same arguments give the same content bit for bit. No clock
is read: the world ends on `SNAPSHOT`.

    python corpus/data/generate.py --out DIR [--truth DIR] [--users 50000] [--seed 7]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

SNAPSHOT = pd.Timestamp("2026-04-01")
HISTORY_DAYS = 730
SEED_USERS = 500
TINY_SEED_USERS = 3
MIN_USERS = 2_000
NULL_SHARE = 0.03

COUNTRIES = {
    "DE": ("EU", 0.13), "FR": ("EU", 0.10), "ES": ("EU", 0.06), "IT": ("EU", 0.06),
    "NL": ("EU", 0.05), "PL": ("EU", 0.04), "SE": ("EU", 0.03), "AT": ("EU", 0.03),
    "IE": ("EU", 0.02), "GB": ("UK", 0.10), "US": ("NA", 0.18), "CA": ("NA", 0.04),
    "AU": ("APAC", 0.04), "JP": ("APAC", 0.03), "SG": ("APAC", 0.02), "BR": ("LATAM", 0.04),
    "MX": ("LATAM", 0.03),
}  # fmt: skip
CHANNELS = ("email", "search", "social", "display", "affiliate")
PURPOSES = {"email": 0.72, "ads": 0.55, "profiling": 0.81}

_STREAMS = ("users", "orders", "gaps", "affinity", "events", "touchpoints", "campaigns", "consents")


@dataclass(frozen=True)
class World:
    """All tables, and the planted affinity.

    Attributes:
        tables: The warehouse tables by name.
        seeds: The rows of the seed list.
        truth: `user_id`, `affinity`, `expected_affinity`; not part of the warehouse.
    """

    tables: dict[str, pd.DataFrame]
    seeds: pd.DataFrame
    truth: pd.DataFrame


def build_world(users: int, seed: int) -> World:
    """Draw the whole world.

    Args:
        users: How many users there are.
        seed: The seed that everything is drawn from.

    Returns:
        Tables, seed list and truth.

    Raises:
        ValueError: If there are fewer than `MIN_USERS` users.
    """
    if users < MIN_USERS:
        raise ValueError(f"at least {MIN_USERS} users are needed, got {users}")
    children = np.random.SeedSequence(seed).spawn(len(_STREAMS))
    rngs = dict(zip(_STREAMS, map(np.random.default_rng, children), strict=True))
    people = _people(users, rngs["users"])
    orders = _orders(people, rngs["orders"])
    features = _true_features(people, orders)
    truth = _affinity(features, rngs["affinity"])
    seeds = _seed_list(features, truth, rngs["affinity"])
    touchpoints, campaigns = _marketing(orders, rngs["touchpoints"])
    tables = {
        "user_features": _with_gaps(features, rngs["gaps"]),
        "orders": orders,
        "user_events": _events(people, rngs["events"]),
        "touchpoints": touchpoints,
        "campaigns": campaigns,
        "campaign_results": _campaign_results(people, campaigns, rngs["campaigns"]),
        "consents": _consents(people, rngs["consents"]),
        "suppressions": _suppressions(people, rngs["consents"]),
    }
    return World(tables, seeds, truth)


def write_world(world: World, out: Path, truth: Path | None = None) -> dict[str, str]:
    """Write warehouse, seed lists and a listing with the digest of every table.

    Args:
        world: What `build_world` returned.
        out: The data folder.
        truth: The folder for the planted affinity; by default it is not written.

    Returns:
        The digest of every table by name, as written into `data.json`.
    """
    out.mkdir(parents=True, exist_ok=True)
    warehouse = out / "warehouse.duckdb"
    for stale in (warehouse, out / "warehouse.duckdb.wal"):
        stale.unlink(missing_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        for name, frame in world.tables.items():
            connection.register("incoming", frame)
            dates = [c for c in frame.columns if c.endswith("_date") or c.endswith("_on")]
            casts = ", ".join(f'CAST("{column}" AS DATE) AS "{column}"' for column in dates)
            replace = f" REPLACE ({casts})" if casts else ""
            connection.execute(f'CREATE TABLE "{name}" AS SELECT *{replace} FROM incoming')
            connection.unregister("incoming")
    world.seeds.to_csv(out / "high_value_q1.csv", index=False, lineterminator="\n")
    tiny = world.seeds.head(TINY_SEED_USERS)
    tiny.to_csv(out / "high_value_tiny.csv", index=False, lineterminator="\n")
    digests = {name: frame_digest(frame) for name, frame in world.tables.items()}
    listing = {"snapshot": f"{SNAPSHOT:%Y-%m-%d}", "tables": digests}
    (out / "data.json").write_text(json.dumps(listing, indent=2) + "\n", encoding="utf-8")
    if truth is not None:
        truth.mkdir(parents=True, exist_ok=True)
        world.truth.to_parquet(truth / "affinity.parquet", index=False)
    return digests


def frame_digest(frame: pd.DataFrame) -> str:
    """Digest the content of a table.

    Args:
        frame: The table.

    Returns:
        A SHA-256 digest over column names and values, in order.
    """
    digest = hashlib.sha256("\x1f".join(frame.columns).encode())
    for column in frame.columns:
        hashes = pd.util.hash_pandas_object(frame[column], index=False)
        digest.update(hashes.to_numpy().astype("<u8").tobytes())
    return digest.hexdigest()


def _people(users: int, rng: np.random.Generator) -> pd.DataFrame:
    codes = np.array(list(COUNTRIES))
    weights = np.array([share for _, share in COUNTRIES.values()])
    country = rng.choice(codes, size=users, p=weights / weights.sum())
    days_ago = np.ceil(rng.beta(1.1, 1.6, users) * 1500).astype("int64") + 1
    return pd.DataFrame(
        {
            "user_id": [f"u{number:07d}" for number in range(1, users + 1)],
            "signup_date": SNAPSHOT - pd.to_timedelta(days_ago, unit="D"),
            "country": country,
            "region": [COUNTRIES[code][0] for code in country],
            "acquisition_channel": rng.choice(CHANNELS, users, p=[0.2, 0.35, 0.25, 0.12, 0.08]),
            "device": rng.choice(["ios", "android", "web"], users, p=[0.34, 0.36, 0.30]),
            "sessions_30d": rng.negative_binomial(2, 0.25, users),
            "email_open_rate": np.round(rng.beta(2, 5, users), 3),
            "support_tickets": rng.poisson(0.4, users),
            "age_days": days_ago,
        }
    )


def _orders(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    users = len(people)
    window = np.minimum(people["age_days"].to_numpy(), HISTORY_DAYS).astype("float64")
    yearly = rng.lognormal(0.9, 0.75, users)
    # A customer buys until some day and then stops; two of five are still active at the snapshot.
    stays = rng.random(users) < 0.4
    active_until = np.where(stays, window, window * rng.beta(1.6, 1.1, users))
    extra = rng.poisson(yearly * active_until / 365.0)
    counts = np.minimum(1 + extra, 60)
    owner = np.repeat(np.arange(users), counts)
    moment = rng.random(len(owner)) * active_until[owner]
    seconds_ago = np.floor((window[owner] - moment) * 86_400).astype("int64") + 60
    typical = rng.lognormal(3.75, 0.5, users)
    amount = np.round(typical[owner] * rng.lognormal(0.0, 0.25, len(owner)), 2)
    orders = pd.DataFrame(
        {
            "user_id": people["user_id"].to_numpy()[owner],
            "ordered_at": (SNAPSHOT - pd.to_timedelta(seconds_ago, unit="s")).astype(
                "datetime64[us]"
            ),
            "amount": np.maximum(amount, 1.0),
            "currency": "EUR",
            "status": np.where(rng.random(len(owner)) < 0.04, "refunded", "paid"),
            "channel": rng.choice(["web", "app", "store"], len(owner), p=[0.55, 0.35, 0.10]),
        }
    )
    # Every customer keeps at least one paid order: the first of each user is never refunded.
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    orders.loc[first, "status"] = "paid"
    orders = orders.sort_values(["ordered_at", "user_id"], kind="stable", ignore_index=True)
    orders.insert(0, "order_id", [f"o{number:08d}" for number in range(1, len(orders) + 1)])
    return orders


def _true_features(people: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    paid = orders[orders["status"] == "paid"]
    recent = paid[paid["ordered_at"] >= SNAPSHOT - pd.Timedelta(days=365)]
    frequency = recent.groupby("user_id").size()
    by_user = paid.groupby("user_id")
    recency = (SNAPSHOT - by_user["ordered_at"].max()).dt.days
    features = people.drop(columns="age_days").set_index("user_id", drop=False)
    features["purch_freq"] = frequency.reindex(features.index, fill_value=0).astype("float64")
    features["avg_ov"] = by_user["amount"].mean().reindex(features.index).round(2)
    features["days_last_purch"] = recency.reindex(features.index).astype("float64")
    return features.reset_index(drop=True)


def _affinity(features: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Plant the affinity: high for users who buy often, for good sums, and did so lately."""
    often = _saturating(np.log1p(features["purch_freq"]), steepness=1.5, middle=0.6)
    dear = _saturating(np.log(features["avg_ov"]), steepness=1.3, middle=0.4)
    lately = _saturating(-np.log1p(features["days_last_purch"]), steepness=1.3, middle=0.3)
    expected = (often * dear * lately) ** (1 / 2)
    noise = rng.normal(0.0, 0.08, len(features))
    return pd.DataFrame(
        {
            "user_id": features["user_id"],
            "affinity": np.round(np.clip(expected + noise, 0.0, 1.0), 6),
            "expected_affinity": np.round(expected, 6),
        }
    )


def _saturating(values: pd.Series, *, steepness: float, middle: float) -> np.ndarray:
    standard = (values - values.mean()) / values.std()
    return (1.0 / (1.0 + np.exp(-2.0 * steepness * (standard - middle)))).to_numpy()


def _seed_list(
    features: pd.DataFrame, truth: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the seeds: mostly users of high affinity, as a marketer's list would have them."""
    weight = truth["affinity"].to_numpy() ** 4 + 1e-9
    chosen = rng.choice(len(truth), size=SEED_USERS, replace=False, p=weight / weight.sum())
    added = pd.Timestamp("2026-03-31") - pd.to_timedelta(rng.integers(0, 90, SEED_USERS), unit="D")
    return pd.DataFrame(
        {
            "user_id": truth["user_id"].to_numpy()[chosen],
            "country": features["country"].to_numpy()[chosen],
            "added_on": added.strftime("%Y-%m-%d"),
            "source": rng.choice(["crm", "store", "event"], SEED_USERS, p=[0.6, 0.3, 0.1]),
        }
    )


def _with_gaps(features: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    gappy = features.copy()
    for column in ("purch_freq", "avg_ov", "days_last_purch"):
        gappy.loc[rng.random(len(gappy)) < NULL_SHARE, column] = np.nan
    gappy.loc[rng.random(len(gappy)) < 2 * NULL_SHARE, "email_open_rate"] = np.nan
    order = ["user_id", "signup_date", "country", "region", "acquisition_channel", "device"]
    order += ["purch_freq", "avg_ov", "days_last_purch"]
    order += ["sessions_30d", "email_open_rate", "support_tickets"]
    return gappy[order]


def _events(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Sessions in the weeks after signup, fading, for everyone who signed up in the last year."""
    young = people[people["age_days"] <= 366].reset_index(drop=True)
    weeks = np.arange(26)
    sticky = rng.beta(2, 3, len(young))[:, None]
    chance = np.clip(0.15 + 0.85 * np.exp(-weeks / 3.5), 0, 1)[None, :] * (0.35 + 0.65 * sticky)
    visits = rng.random((len(young), len(weeks))) < chance
    user, week = np.nonzero(visits)
    days = week * 7 + rng.random(len(user)) * 7
    moment = young["signup_date"].to_numpy()[user] + pd.to_timedelta(
        np.floor(days * 86_400).astype("int64"), unit="s"
    )
    events = pd.DataFrame(
        {
            "user_id": young["user_id"].to_numpy()[user],
            "event_at": pd.DatetimeIndex(moment).astype("datetime64[us]"),
            "event_name": rng.choice(
                ["session", "product_view", "add_to_cart"], len(user), p=[0.7, 0.2, 0.1]
            ),
        }
    )
    events = events[events["event_at"] < SNAPSHOT]
    return events.sort_values(["event_at", "user_id", "event_name"], ignore_index=True)


def _marketing(orders: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    starts = pd.date_range("2025-10-01", periods=12, freq="15D")
    campaigns = pd.DataFrame(
        {
            "campaign_id": [f"CMP-{number:03d}" for number in range(1, 13)],
            "name": [f"{channel}_{start:%b_%Y}".lower() for channel, start in zip(
                np.resize(CHANNELS, 12), starts, strict=True)],
            "channel": np.resize(CHANNELS, 12),
            "started_on": starts,
            "ended_on": starts + pd.Timedelta(days=21),
            "budget": np.round(rng.uniform(4_000, 30_000, 12), -2),
        }
    )  # fmt: skip
    recent = orders[orders["ordered_at"] >= SNAPSHOT - pd.Timedelta(days=90)]
    counts = rng.poisson(1.8, len(recent))
    owner = np.repeat(np.arange(len(recent)), counts)
    gap = np.floor(rng.exponential(8.0, len(owner)) * 86_400).astype("int64") + 120
    touched = recent["ordered_at"].to_numpy()[owner] - pd.to_timedelta(gap, unit="s")
    channel = rng.choice(CHANNELS, len(owner), p=[0.3, 0.3, 0.2, 0.12, 0.08])
    numbers = rng.integers(0, 2, len(owner)) * 5 + np.searchsorted(
        np.array(sorted(CHANNELS)), channel
    )
    by_channel = {name: campaigns.loc[campaigns["channel"] == name] for name in CHANNELS}
    ids = {name: frame["campaign_id"].to_numpy() for name, frame in by_channel.items()}
    touchpoints = pd.DataFrame(
        {
            "user_id": recent["user_id"].to_numpy()[owner],
            "touched_at": pd.DatetimeIndex(touched).astype("datetime64[us]"),
            "channel": channel,
            "campaign_id": [
                ids[name][number % len(ids[name])]
                for name, number in zip(channel, numbers, strict=True)
            ],
        }
    ).sort_values(["touched_at", "user_id", "channel"], kind="stable", ignore_index=True)
    touchpoints.insert(0, "touchpoint_id", np.arange(1, len(touchpoints) + 1))
    return touchpoints, campaigns


def _campaign_results(
    people: pd.DataFrame, campaigns: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    finished = campaigns.loc[campaigns["ended_on"] < SNAPSHOT, "campaign_id"].iloc[:4]
    frames = []
    for number, campaign in enumerate(finished):
        size = len(people) // 10
        chosen = np.sort(rng.choice(len(people), size, replace=False))
        holdout = rng.random(size) < 0.2
        rate = np.where(holdout, 0.06, 0.06 + 0.012 * number)
        converted = rng.random(size) < rate
        revenue = np.where(converted, np.round(rng.lognormal(3.7, 0.6, size), 2), 0.0)
        frames.append(
            pd.DataFrame(
                {
                    "campaign_id": campaign,
                    "user_id": people["user_id"].to_numpy()[chosen],
                    "group": np.where(holdout, "holdout", "target"),
                    "converted": converted,
                    "revenue": revenue,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _consents(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    frames = []
    for purpose, share in PURPOSES.items():
        asked = people[rng.random(len(people)) < 0.9]
        updated = SNAPSHOT - pd.to_timedelta(rng.integers(1, 600, len(asked)), unit="D")
        granted = rng.random(len(asked)) < share
        frame = pd.DataFrame(
            {
                "user_id": asked["user_id"].to_numpy(),
                "purpose": purpose,
                "granted": granted,
                "updated_at": updated,
            }
        )
        withdrawn = frame[granted & (rng.random(len(asked)) < 0.05)].copy()
        withdrawn["granted"] = False
        withdrawn["updated_at"] = SNAPSHOT - pd.Timedelta(hours=12)
        frames += [frame, withdrawn]
    consents = pd.concat(frames, ignore_index=True)
    return consents.sort_values(["user_id", "purpose", "updated_at"], ignore_index=True)


def _suppressions(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    chosen = people["user_id"][rng.random(len(people)) < 0.02].to_numpy()
    days = rng.integers(1, 400, len(chosen))
    return pd.DataFrame(
        {
            "user_id": chosen,
            "reason": rng.choice(["complaint", "bounce", "legal"], len(chosen), p=[0.3, 0.6, 0.1]),
            "added_on": SNAPSHOT - pd.to_timedelta(days, unit="D"),
        }
    )


def main(argv: list[str] | None = None) -> int:
    """Generate the data from the command line.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        The exit code: 0, or 2 for arguments that make no sense.
    """
    parser = argparse.ArgumentParser(description="Generate the example team's data.")
    parser.add_argument("--out", type=Path, required=True, help="the data folder")
    parser.add_argument(
        "--truth", type=Path, help="folder for the planted affinity (checkers only)"
    )
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(argv)
    if options.truth is not None and options.truth.resolve().is_relative_to(options.out.resolve()):
        print("--truth must not lie inside --out: jobs can read that folder", file=sys.stderr)
        return 2
    try:
        world = build_world(options.users, options.seed)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    write_world(world, options.out, options.truth)
    for name, frame in world.tables.items():
        print(f"{name}: {len(frame)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
