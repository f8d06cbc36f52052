"""JSON: a key to a line, and a list item to a line, so that it can be read, searched and compared by lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cnncalc.render import ENDLESS, Page
from cnncalc.report import Report


def render(report: Report, page: Page = ENDLESS) -> str:
    """The JSON contract of ``report``.

    >>> print(render(Report("params", {"rows": [{"name": "conv", "parameters": 1792}], "best": None})), end="")
    {
    "schema": "cnncalc/params/1",
    "rows": [
    {"name": "conv", "parameters": 1792}
    ],
    "best": null
    }
    """
    entries = ",\n".join(f"{encode(key)}: {_value(value)}" for key, value in report.to_dict().items())
    return f"{{\n{entries}\n}}\n"


def _value(value: Any) -> str:
    if not isinstance(value, (list, tuple)) or not any(isinstance(item, Mapping) for item in value):
        return encode(value)
    # no indent=: it would turn off the encoder that is written in C
    return "[\n" + ",\n".join(map(encode, value)) + "\n]"


def encode(value: Any) -> str:
    """``value`` on one line; a Term is its number."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=dict)
