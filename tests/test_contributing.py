"""CONTRIBUTING.md names files and tables that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PATHS = re.findall(r"`((?:cnncalc|docs|tests|tools|bench|\.ci)/[\w./-]*)`", TEXT)
TABLES = re.findall(r"`([A-Z_]{4,})` (?:in|of) `([\w/.]+)`", TEXT)


def test_every_file_is_there() -> None:
    """Capitals in a name stand for the name that one gives."""
    wanted = [path for path in PATHS if not re.search(r"\b[A-Z]{4}\b", path)]
    assert len(wanted) > 25
    assert [path for path in wanted if not (ROOT / path).exists()] == []


def test_every_table_is_in_its_file() -> None:
    """Tables are named in capitals, with the file that has them."""
    assert len(TABLES) > 10
    lacking = [
        (name, path)
        for name, path in TABLES
        if not re.search(rf"^{name}\b.* = ", (ROOT / path).read_text("utf-8"), re.M)
    ]
    assert lacking == []
