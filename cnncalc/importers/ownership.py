"""Ownership: for which node a stored tensor counts, so that each counts once, and as what it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnncalc.counting import Count, count
from cnncalc.importers.values import Constant, Root
from cnncalc.layers.base import Layer
from cnncalc.network import Stored
from cnncalc.shapes import Shape

Weights = tuple[Constant | None, ...]
"""What a node reads that is stored: its weights, then its biases."""


class Share(NamedTuple):
    """What a node owns of the tensors it reads, in numbers."""

    learnt: int = 0
    fixed: int = 0
    frozen: int = 0
    macs: int = 0


class Ownership:
    """Who owns what, as nodes come in their order; ``tells`` says that the file tells parameters from buffers.

    >>> ownership, weight = Ownership(tells=True), Constant((8, 3, 3, 3), None, "weight", learnt=True)
    >>> ownership.share((weight,)).learnt, ownership.share((weight,)).learnt
    (216, 0)
    """

    def __init__(self, *, tells: bool) -> None:
        self.tells = tells
        self.owned: set[str] = set()
        self._alike: dict[tuple[Layer, tuple[str, ...]], str] = {}

    def tied(self, name: str, layer: Layer, weights: Weights) -> str:
        """The earlier node that is the same layer with the same weights."""
        used = tuple(constant.weight for constant in weights if constant is not None)
        if not used or not all(used):
            return ""
        first = self._alike.setdefault((layer, used), name)
        return "" if first == name else first

    def share(self, weights: Iterable[Constant | None], *, told: bool = False) -> Share:
        """What of these tensors nobody owned before; they may be ``told`` apart where the file as a whole tells nothing."""
        roots = {root.weight: root for constant in weights if constant is not None for root in constant.roots}
        new = [root for name, root in roots.items() if name not in self.owned]
        self.owned.update(roots)
        learnt = [root for root in new if root.learnt or not (told or self.tells)]
        return Share(
            _numbers(learnt),
            _numbers(root for root in new if root not in learnt),
            _numbers(root for root in learnt if root.frozen),
            sum(root.macs for root in new),
        )

    def stored(self, layer: Layer, shape: Shape, output: Shape, weights: Weights) -> Stored | None:
        """What a node has of its own where that is not all that its kind says."""
        present = [constant for constant in weights if constant is not None]
        whole = not self.tells and any(not constant.sizes and constant.weight in self.owned for constant in present)
        lacks, shares = [], []
        for constant in weights:
            share = self.share([constant])
            shares.append(share)
            # a name that stands for all of a layer's weights has no sizes of its own
            own_name = constant is not None and (self.tells or (constant.roots and constant.sizes))
            lacks.append(constant.number - share.learnt if constant and own_name else 0)
        fixed, frozen, macs = (sum(share[place] for share in shares) for place in (1, 2, 3))
        if not any((*lacks, frozen, macs)):
            return None
        own = count(layer, shape, output)
        if whole:  # one name for all of a layer's weights
            return Stored(-own.weights, -own.biases)
        left = _without(own, lacks)
        return Stored(left[0] - own.weights, left[1] - own.biases, fixed, frozen, macs)


def _numbers(roots: Iterable[Root]) -> int:
    return sum(root.number for root in roots)


def _without(own: Count, lacks: list[int]) -> tuple[int, int]:
    """A layer's weights and biases without those it lacks of its first tensor, its weights, and of the others, its biases."""
    weights, biases = own.weights - lacks[0], own.biases - sum(lacks[1:])
    if weights < 0:  # a layer of biases only
        weights, biases = 0, biases + weights
    return (weights, biases) if biases >= 0 else (max(weights + biases, 0), 0)
