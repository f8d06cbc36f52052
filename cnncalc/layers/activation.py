"""Elementwise functions: one kind, a list of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.language import _
from cnncalc.layers.base import Layer

FUNCTIONS = (
    "relu",
    "relu6",
    "leakyrelu",
    "elu",
    "celu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "sigmoid",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "tanh",
    "softplus",
    "softsign",
    "exp",
    "abs",
    "square",
)
"""Every function there is; each is a keyword of the notation."""


@final
@dataclass(frozen=True, slots=True)
class Activation(Layer):
    """One number in, one number out, nothing learnt.

    >>> Activation("gelu").keyword
    'gelu'
    """

    keywords: ClassVar = {name: {"function": name} for name in FUNCTIONS}

    function: str = "relu"

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS:
            raise LayerError(
                _("activation {name} is not known: take one of {known}").format(
                    name=repr(self.function), known=", ".join(FUNCTIONS)
                )
            )
