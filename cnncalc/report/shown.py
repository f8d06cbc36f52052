"""Shown: what a notebook asks of a value that it shows."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Shown:
    """A value that notebooks show with its table and its picture; how, is known upstairs, and only asked for then."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The value as text, HTML, Markdown and LaTeX, by the names that IPython has for them."""
        bundle: dict[str, str] = import_module("cnncalc.notebook").bundle(self)
        return bundle
