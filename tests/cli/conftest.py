"""The command line as it is, and one command more: ``demo``, which answers as the tests need it."""

from __future__ import annotations

import sys

import pytest

from cnncalc.cli import COMMANDS
from tests.cli import demo
from tests.conftest import Called as Call


@pytest.fixture
def call(cnncalc: Call, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run one command line, ``demo`` among the commands; gives exit code, standard output and standard error."""
    monkeypatch.setitem(COMMANDS, "demo", "a table for the tests")
    monkeypatch.setitem(sys.modules, "cnncalc.cli.demo", demo)
    return cnncalc
