"""JSON Schemas of every kind of report, one file each; a released one only grows."""

from __future__ import annotations

import os

from cnncalc.errors import CnncalcError
from cnncalc.language import _

_FOLDER = os.path.dirname(__file__)


class SchemaError(CnncalcError, LookupError):
    """There is no schema of that name."""


def names() -> list[str]:
    """The kinds of report that have a schema."""
    return sorted(name.removesuffix(".json") for name in os.listdir(_FOLDER) if name.endswith(".json"))


def schema(name: str) -> str:
    """The JSON Schema of a kind of report, as text."""
    if name not in names():
        raise SchemaError(_("no schema {name}: take one of {known}").format(name=name, known=", ".join(names())))
    with open(os.path.join(_FOLDER, f"{name}.json"), encoding="utf-8") as file:
        return file.read()
