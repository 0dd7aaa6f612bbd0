"""Readers for the tables of things that happened: orders, events, touchpoints, campaign results."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

import pandas as pd

from cdp_client.errors import CdpError
from cdp_client.warehouse import query, query_value

#: Orders that count as revenue.
PAID = "paid"

Day = str | dt.date | pd.Timestamp


def snapshot_date() -> pd.Timestamp:
    """Return the day up to which the warehouse is loaded.

    Use it in the place of today's date: a job that asks the clock gives another result tomorrow.

    Returns:
        The day after the last order, at midnight.

    Raises:
        CdpError: If there are no orders.
    """
    last = query_value("SELECT max(ordered_at) FROM orders")
    if last is None or pd.isna(last):
        raise CdpError("the orders table is empty, so the warehouse has no snapshot date")
    return pd.Timestamp(last).normalize() + pd.Timedelta(days=1)


def get_orders(
    since: Day | None = None, until: Day | None = None, *, include_refunds: bool = False
) -> pd.DataFrame:
    """Read orders of a period.

    Args:
        since: First day, included; by default from the beginning.
        until: Last day, not included; by default to the end.
        include_refunds: Whether refunded orders are wanted too. They are not revenue.

    Returns:
        Columns `order_id`, `user_id`, `ordered_at`, `amount`, `status`, `channel`, ordered by
        `order_id`.
    """
    where, params = _period("ordered_at", since, until)
    if not include_refunds:
        where.append("status = :status")
        params["status"] = PAID
    columns = "order_id, user_id, ordered_at, amount, status, channel"
    return query(f"SELECT {columns} FROM orders{_where(where)} ORDER BY order_id", params)


def get_order_totals(since: Day | None = None, until: Day | None = None) -> pd.DataFrame:
    """Summarise paid orders per user.

    Args:
        since: First day, included.
        until: Last day, not included.

    Returns:
        Columns `user_id`, `orders`, `revenue`, `first_order`, `last_order`, ordered by `user_id`.
        Users without a paid order in the period do not appear.
    """
    where, params = _period("ordered_at", since, until)
    where.append("status = :status")
    params["status"] = PAID
    return query(
        "SELECT user_id, count(*) AS orders, sum(amount) AS revenue,"
        " min(ordered_at) AS first_order, max(ordered_at) AS last_order"
        f" FROM orders{_where(where)} GROUP BY user_id ORDER BY user_id",
        params,
    )


def get_events(
    name: str | None = None, since: Day | None = None, until: Day | None = None
) -> pd.DataFrame:
    """Read product events of a period.

    Args:
        name: The event wanted, such as `"session"`; by default all.
        since: First day, included.
        until: Last day, not included.

    Returns:
        Columns `user_id`, `event_at`, `event_name`, ordered by time and user.
    """
    where, params = _period("event_at", since, until)
    if name is not None:
        where.append("event_name = :name")
        params["name"] = name
    return query(
        "SELECT user_id, event_at, event_name FROM user_events"
        f"{_where(where)} ORDER BY event_at, user_id, event_name",
        params,
    )


def get_touchpoints(since: Day | None = None, until: Day | None = None) -> pd.DataFrame:
    """Read marketing touchpoints of a period.

    Args:
        since: First day, included.
        until: Last day, not included.

    Returns:
        Columns `user_id`, `touched_at`, `channel`, `campaign_id`, ordered by user and time.
    """
    where, params = _period("touched_at", since, until)
    return query(
        "SELECT user_id, touched_at, channel, campaign_id FROM touchpoints"
        f"{_where(where)} ORDER BY user_id, touched_at, touchpoint_id",
        params,
    )


def get_campaign_results(campaign_id: str) -> pd.DataFrame:
    """Read what became of the users of a finished campaign.

    Args:
        campaign_id: The campaign, for example `"CMP-004"`.

    Returns:
        Columns `user_id`, `group` (`target` or `holdout`), `converted`, `revenue`, ordered by
        `user_id`.

    Raises:
        CdpError: If the campaign has no results; the message lists those that have.
    """
    frame = query(
        'SELECT user_id, "group", converted, revenue FROM campaign_results'
        " WHERE campaign_id = :campaign_id ORDER BY user_id",
        {"campaign_id": campaign_id},
    )
    if frame.empty:
        known = query("SELECT DISTINCT campaign_id FROM campaign_results ORDER BY campaign_id")
        raise CdpError(
            f"campaign '{campaign_id}' has no results; there are results for "
            f"{', '.join(known['campaign_id'])}"
        )
    return frame


def get_signups(since: Day | None = None, until: Day | None = None) -> pd.DataFrame:
    """Read who signed up in a period.

    Args:
        since: First day, included.
        until: Last day, not included.

    Returns:
        Columns `user_id`, `signup_date`, ordered by `user_id`.
    """
    where, params = _period("signup_date", since, until)
    return query(
        f"SELECT user_id, signup_date FROM user_features{_where(where)} ORDER BY user_id", params
    )


def load_orders(days: int = 365) -> pd.DataFrame:
    """Read the orders of the last days.

    .. deprecated:: 2.1
        Use :func:`get_orders` instead, with `since` counted from `snapshot_date`.

    Args:
        days: How many days back from the snapshot date.

    Returns:
        The same columns as `get_orders`.
    """
    warnings.warn(
        "cdp_client.load_orders is deprecated, use cdp_client.get_orders",
        DeprecationWarning,
        stacklevel=2,
    )
    return get_orders(since=snapshot_date() - pd.Timedelta(days=days))


def _period(column: str, since: Day | None, until: Day | None) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = []
    params: dict[str, Any] = {}
    if since is not None:
        where.append(f"{column} >= :since")
        params["since"] = pd.Timestamp(since).to_pydatetime()
    if until is not None:
        where.append(f"{column} < :until")
        params["until"] = pd.Timestamp(until).to_pydatetime()
    if len(params) == 2 and params["since"] >= params["until"]:
        raise ValueError(f"since ({since}) must be before until ({until})")
    return where, params


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
