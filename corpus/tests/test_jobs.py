"""The team's jobs: each runs on the generated data, twice with the same result."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

import pandas as pd
import pytest

import audience_io

SCRIPTS = sorted((Path(__file__).resolve().parents[1] / "scripts").glob("*.py"))

WRITES = {
    "attribution_report": ["attribution.csv", "attribution_models.csv"],
    "campaign_planning": ["campaign_plan.csv"],
    "churn_labels": ["churn_training.parquet"],
    "churn_risk_audience": ["audiences/churn_risk.parquet"],
    "eu_newsletter_audience": ["audiences/eu_newsletter.parquet"],
    "holdout_test": ["holdout_test.csv"],
    "ltv_report": ["ltv_deciles.csv", "ltv_regions.csv"],
    "retention_heatmap": ["retention.csv", "retention.png"],
    "rfm_segmentation": ["audiences/rfm_champions.parquet"],
    "seed_list_profile": ["seed_profile.csv"],
    "suppression_refresh": ["suppressions.csv"],
    "table_health": ["table_health.csv"],
    "vip_refresh": ["audiences/vip_customers.parquet"],
    "winback_audience": ["audiences/winback_q2.parquet"],
}


def run_job(name: str) -> None:
    script = next(path for path in SCRIPTS if path.stem == name)
    runpy.run_path(str(script), run_name="__main__")


def test_every_job_is_tested():
    assert {path.stem for path in SCRIPTS} == set(WRITES)
    assert len(SCRIPTS) >= 12


@pytest.mark.parametrize("name", sorted(WRITES))
def test_job_writes_the_same_result_twice(job, tmp_path, name):
    contents = []
    for _ in range(2):
        run_job(name)
        contents.append([(tmp_path / file).read_bytes() for file in WRITES[name]])
    assert all(contents[0])
    assert contents[0] == contents[1]
    for audience in audience_io.list_audiences():
        assert len(audience_io.read_audience(audience)) > 0


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_job_keeps_the_house_pattern(path):
    tree = ast.parse(path.read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert ast.get_docstring(tree)
    assert "main" in functions
    source = ast.unparse(tree)
    assert "if __name__ == '__main__':" in source
    assert "log = logging.getLogger(" in source
    assert "import cdp_client" in source
    assert "print(" not in source
    assert "datetime.now" not in source


def test_winback_users_are_quiet_consenting_and_not_suppressed(job, world):
    run_job("winback_audience")
    audience = audience_io.read_audience("winback_q2")
    assert audience["recency_days"].between(120, 365).all()
    suppressed = set(world.tables["suppressions"]["user_id"])
    assert not set(audience["user_id"]) & suppressed
    held = audience_io.share_to_rows(len(audience), 0.2)
    assert audience_io.group_counts(audience)["holdout"] == held


def test_newsletter_goes_to_the_eu_only(job, world):
    run_job("eu_newsletter_audience")
    audience = audience_io.read_audience("eu_newsletter")
    regions = world.tables["user_features"].set_index("user_id")["region"]
    assert set(regions[audience["user_id"]]) == {"EU"}


def test_second_suppression_refresh_finds_nothing_new(job, caplog):
    caplog.set_level("INFO")
    run_job("suppression_refresh")
    assert "0 of them new" not in caplog.text
    caplog.clear()
    run_job("suppression_refresh")
    assert ", 0 of them new" in caplog.text


def test_weak_churn_model_writes_nothing(job, monkeypatch):
    monkeypatch.setattr(
        "metrics.score_quality",
        lambda outcome, score: type("Quality", (), {"auc": 0.5})(),
    )
    with pytest.raises(SystemExit, match=r"0\.500, below 0\.65; nothing written"):
        run_job("churn_risk_audience")
    assert audience_io.list_audiences() == []


def test_churn_training_has_both_parts_and_both_labels(job, tmp_path):
    run_job("churn_labels")
    table = pd.read_parquet(tmp_path / "churn_training.parquet")
    assert set(table["part"]) == {"train", "test"}
    assert set(table["churned"]) == {True, False}
