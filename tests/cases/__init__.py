"""Published numbers, with where they come from; what a source gets wrong is told by ``status`` and ``note``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cnncalc.layers import kind
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of ``<name>.json``."""
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return found


def shape_of(spec: dict[str, Any]) -> Shape:
    """The input of a case."""
    *space, channels = spec["input"]
    return Shape(tuple(space), channels)


KINDS = {"conv": "Conv", "local": "Local", "dense": "Dense", "pool": "Pool", "convT": "Transposed"}
"""Kinds of a single layer, and the class that is meant."""

RENAMED = {"ceil_mode": "ceil"}


def layer_of(spec: dict[str, Any]) -> Layer:
    """The layer of a case: its options under our names."""
    options = {
        RENAMED.get(name, name): tuple(value) if isinstance(value, list) else value
        for name, value in spec.items()
        if name not in ("kind", "input")
    }
    return kind(KINDS[spec["kind"]])(**options)
