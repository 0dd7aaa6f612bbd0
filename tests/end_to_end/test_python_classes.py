"""The listed classes of Python's own library (indexer/python/python_classes.cc), beside Python."""

from __future__ import annotations

import builtins
import importlib
import re

import pytest

from conftest import ROOT

SOURCE = (ROOT / "indexer" / "python" / "python_classes.cc").read_text()
ROW = re.compile(r'\{\s*"([\w.]+)",\s*"([\w.]*)",\s*((?:"[^"]*"\s*)+)\}')
BEGIN, END = "std::to_array<Row>({", "});"


def listed() -> dict[str, tuple[str, set[str]]]:
    """Base and own names, by class."""
    text = SOURCE[SOURCE.index(BEGIN) + len(BEGIN) :]
    rows = ROW.findall(text[: text.index(END)])
    return {
        name: (base, set("".join(re.findall(r'"([^"]*)"', names)).split()))
        for name, base, names in rows
    }


def names_of(name: str, rows: dict[str, tuple[str, set[str]]]) -> set[str]:
    """Its names, those of what it extends included."""
    found: set[str] = set()
    while name:
        name, own = rows[name]
        found |= own
    return found


def class_of(dotted: str) -> object:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module) if module else builtins, name)


def test_rows_are_found_and_in_order() -> None:
    names = list(listed())
    assert len(names) > 90
    assert names == sorted(names)


@pytest.mark.parametrize("name", sorted(listed()))
def test_every_public_name_is_listed(name: str) -> None:
    cls = tuple if name == "typing.NamedTuple" else class_of(name)
    public = {member for member in dir(cls) if not member.startswith("_")}
    assert public <= names_of(name, listed())


def test_attributes_of_instances_are_listed() -> None:
    rows = listed()
    import argparse
    import logging
    import queue
    import threading
    import unittest

    instances = {
        "argparse.ArgumentParser": argparse.ArgumentParser(),
        "logging.Handler": logging.Handler(),
        "queue.Queue": queue.Queue(),
        "threading.Thread": threading.Thread(),
        "unittest.TestCase": unittest.TestCase(),
    }
    for name, instance in instances.items():
        public = {member for member in vars(instance) if not member.startswith("_")}
        assert public <= names_of(name, rows), name
