"""What only renames or rearranges in memory: identity, reshape-like steps, casts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.layers.base import Layer


@final
@dataclass(frozen=True, slots=True)
class Identity(Layer):
    """Keeps the shape and every number.

    >>> str(Identity())
    'Identity()'
    """

    keywords: ClassVar = {"identity": {}}
