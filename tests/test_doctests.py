"""Every example in a docstring runs, in the package as it is installed."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import cnncalc
from cnncalc.language import speak

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(cnncalc.__path__, "cnncalc.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", ["cnncalc", *MODULES])
def test_examples_run(name: str) -> None:
    """The examples of a module print what they say."""
    speak("en")
    failed, _tried = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples() -> None:
    """The collection finds the package, and examples in it."""
    finder = doctest.DocTestFinder()
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) > 50
