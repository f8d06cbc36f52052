"""Dropout: nothing at all, once trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.layers.base import Layer


@final
@dataclass(frozen=True, slots=True)
class Dropout(Layer):
    """Keeps the shape, learns nothing; its rate changes no count.

    >>> str(Dropout())
    'Dropout()'
    """

    keywords: ClassVar = {"dropout": {}}
