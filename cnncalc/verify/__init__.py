"""NumPy does what a network says, counts, and compares: ``cnncalc.verify(network, input)``, and `run` for one array.

The experiments share no code with the formulas; only `cnncalc.verify.claims` asks for what is claimed.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOMES = {
    "Claim": "compare",
    "Extent": "compare",
    "Verdict": "compare",
    "Observation": "forward",
    "observe": "forward",
    "run": "forward",
}


class _Room(ModuleType):
    """A package that is a verb too: importing anything from it would otherwise hide ``cnncalc.verify``, the function."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """See `cnncalc.library.verify`, which is what this name is outside of the package."""
        return import_module("cnncalc.library").verify(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"cnncalc.verify.{_HOMES[name]}"), name)


sys.modules[__name__].__class__ = _Room
