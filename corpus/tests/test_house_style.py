"""What the libraries look like from outside: names, docstrings, and the configuration."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[1]
PACKAGES = ["cdp_client", "audience_io", "metrics"]


def public() -> dict[str, object]:
    found = {}
    for package in PACKAGES:
        module = importlib.import_module(package)
        found |= {f"{package}.{name}": getattr(module, name) for name in module.__all__}
    return found


def functions() -> dict[str, object]:
    return {name: item for name, item in public().items() if inspect.isfunction(item)}


def documented_body(item: object) -> str:
    return inspect.getdoc(item) or ""


def test_there_is_enough_to_find():
    callables = [item for item in public().values() if callable(item)]
    assert len(callables) >= 60
    modules = [
        path for package in PACKAGES for path in (CORPUS / "libs" / package).glob("[a-z]*.py")
    ]
    assert len(modules) >= 12


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_sorted_complete_and_real(package):
    names = importlib.import_module(package).__all__
    assert len(names) == len(set(names))
    source = (CORPUS / "libs" / package / "__init__.py").read_text()
    imported = re.findall(r"^    (\w+),$|import (\w+)$", source, flags=re.MULTILINE)
    flat = {name for pair in imported for name in pair if name}
    several = re.findall(r"^from \S+ import ([^(\n]+)$", source, flags=re.MULTILINE)
    flat |= {name.strip() for line in several for name in line.split(",")}
    assert flat - set(PACKAGES) == set(names)


@pytest.mark.parametrize("name", sorted(functions()))
def test_functions_have_house_docstrings(name):
    function = functions()[name]
    text = documented_body(function)
    signature = inspect.signature(function)
    assert text.splitlines()[0].endswith(".")
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter.name
        assert re.search(rf"^    \*?{parameter.name}: ", text, flags=re.MULTILINE), parameter.name
    assert "Returns:" in text or "Yields:" in text


def test_deprecated_functions_name_their_replacement():
    deprecated = {
        n: documented_body(f)
        for n, f in functions().items()
        if ".. deprecated::" in documented_body(f)
    }
    assert len(deprecated) >= 2
    for name, text in deprecated.items():
        replacement = re.search(r"Use :func:`(\w+)` instead", text)
        assert replacement, name
        assert f"{name.split('.')[0]}.{replacement[1]}" in public()


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("cdp_client.query", "(sql"),
        ("cdp_client.get_user_features", "(user_ids"),
        (
            "audience_io.write_audience",
            "(df: pd.DataFrame, name: str, holdout_col: str | None = group",
        ),
        ("audience_io.validate_schema", "(df"),
        ("audience_io.read_seed_list", "(path"),
        ("audience_io.assign_holdout", "(df: pd.DataFrame, share: float = 0.2, *, seed: int"),
        ("metrics.rfm_score", "(df: pd.DataFrame)"),
        ("metrics.ltv_predict", "(df: pd.DataFrame, horizon_days: int = 365"),
    ],
)
def test_promised_signatures(name, signature):
    actual = str(inspect.signature(functions()[name])).replace("'", "")
    assert actual.startswith(signature), actual


def test_errors_of_a_package_share_a_base():
    for package, base in zip(PACKAGES, ["CdpError", "AudienceError", "MetricsError"], strict=True):
        module = importlib.import_module(package)
        errors = [
            item for item in map(vars(module).get, module.__all__)
            if isinstance(item, type) and issubclass(item, Exception)
        ]  # fmt: skip
        assert len(errors) >= 3
        assert all(issubclass(error, getattr(module, base)) for error in errors)


def test_importing_is_cheap_and_needs_no_environment():
    code = "import sys, cdp_client, audience_io, metrics;"
    code += "print([m for m in ('sqlalchemy', 'matplotlib', 'sklearn') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(CORPUS / "libs")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_configuration_names_what_exists():
    config = tomllib.loads((CORPUS / "inhouse.toml").read_text())
    for folder in [*config["index"]["roots"], *config["run"]["python_path"]]:
        assert (CORPUS / folder).is_dir()
    assert all(re.fullmatch(r"[A-Z_]+(=.*)?", entry) for entry in config["run"]["env"])
    assert config["limits"] == {"steps": 15, "seconds": 900, "memory_mb": 4096}
    for rule in config["rules"]["prefer"]:
        assert rule["use"] in public()
        assert rule["reason"]
    assert all(rule["text"].endswith(".") for rule in config["rules"]["house"])


def test_readme_commands_run(tmp_path):
    readme = (CORPUS / "README.md").read_text()
    commands = re.findall(r"^python (.+)$", readme, flags=re.MULTILINE)
    generators = [line for line in commands if line.startswith("corpus/data/generate.py")]
    checkers = [line for line in commands if "check.py" in line]
    assert generators
    assert checkers
    data, truth = tmp_path / "data", tmp_path / "truth"
    for line, wanted in [(generators[0], 0), *((line, 1) for line in checkers)]:
        words = (
            line.replace("corpus/data/generated", str(data)).replace("TRUTH", str(truth)).split()
        )
        words = [str(tmp_path / word) if word in {"OUT", "SECOND"} else word for word in words]
        words[0] = str(CORPUS.parent / words[0])
        extra = ["--users", "2000"] if "generate.py" in line else []
        done = subprocess.run(
            [sys.executable, *words, *extra], capture_output=True, text=True, check=False
        )
        assert done.returncode == wanted, done.stdout + done.stderr
