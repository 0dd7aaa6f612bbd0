"""cdp_client: readers for orders, events, touchpoints and campaign results."""

from __future__ import annotations

import pandas as pd
import pytest

import cdp_client


def test_snapshot_is_the_day_after_the_last_order(job):
    assert cdp_client.snapshot_date() == pd.Timestamp("2026-04-01")


def test_orders_are_paid_unless_asked(job, world):
    table = world.tables["orders"]
    assert len(cdp_client.get_orders()) == (table["status"] == "paid").sum()
    assert len(cdp_client.get_orders(include_refunds=True)) == len(table)
    assert set(cdp_client.get_orders()["status"]) == {"paid"}


def test_periods_include_the_first_day_and_not_the_last(job):
    orders = cdp_client.get_orders("2026-01-01", "2026-02-01")
    assert orders["ordered_at"].min().date().isoformat() == "2026-01-01"
    assert orders["ordered_at"].max().date().isoformat() == "2026-01-31"
    with pytest.raises(ValueError, match="before until"):
        cdp_client.get_orders("2026-02-01", "2026-01-01")


def test_order_totals_agree_with_orders(job):
    totals = cdp_client.get_order_totals(since="2026-01-01").set_index("user_id")
    orders = cdp_client.get_orders(since="2026-01-01").groupby("user_id")
    assert (totals["orders"] == orders.size()).all()
    assert totals["revenue"].to_numpy() == pytest.approx(orders["amount"].sum().to_numpy())


def test_events_by_name_and_time(job, world):
    sessions = cdp_client.get_events("session", since="2026-01-01")
    assert set(sessions["event_name"]) == {"session"}
    assert sessions["event_at"].is_monotonic_increasing
    assert len(cdp_client.get_events()) == len(world.tables["user_events"])


def test_touchpoints_and_signups(job, world):
    touches = cdp_client.get_touchpoints()
    assert len(touches) == len(world.tables["touchpoints"])
    assert touches["user_id"].is_monotonic_increasing
    signups = cdp_client.get_signups(since="2026-01-01", until="2026-02-01")
    assert signups["signup_date"].dt.strftime("%Y-%m").unique().tolist() == ["2026-01"]


def test_campaign_results_and_unknown_campaigns(job):
    results = cdp_client.get_campaign_results("CMP-004")
    assert set(results["group"]) == {"target", "holdout"}
    with pytest.raises(cdp_client.CdpError, match="CMP-001, CMP-002, CMP-003, CMP-004"):
        cdp_client.get_campaign_results("CMP-999")
