"""Products over axes that letters name, as `numpy.einsum` writes them: with weights they are a linear layer."""

from __future__ import annotations

from math import prod

from cnncalc.importers.assembly import Assembly
from cnncalc.importers.tensors import learnt, views
from cnncalc.importers.values import Constant, Tensor, UnsupportedError


def ordered(net: Assembly, x: Tensor, axes: str, wanted: str) -> Tensor:
    """The axes, which letters name, in another order."""
    if sorted(axes) != sorted(wanted):
        raise UnsupportedError
    return views.permute(net, x, tuple(axes.index(letter) for letter in wanted))


def summed(
    net: Assembly, left: tuple[Tensor, str], right: tuple[Constant, str], output: str, bias: Constant | None = None
) -> Tensor:
    """Some axes summed with weights: those of the input and of the weights that the output lacks."""
    (x, axes), (weight, others) = left, right
    size = dict(zip(others, weight.sizes, strict=True))
    summed = "".join(letter for letter in others if letter in axes)
    units = "".join(letter for letter in others if letter not in axes)
    rest = "".join(letter for letter in axes if letter not in summed)
    if not summed or set(summed) & set(output) or set(rest + units) != set(output):
        raise UnsupportedError
    inputs = prod(size[letter] for letter in summed)
    x = ordered(net, x, axes, rest + summed)
    x = views.reshape(net, x, (*x.sizes[: len(rest)], inputs))
    x = learnt.linear(net, x, weight._replace(sizes=(prod(size[letter] for letter in units), inputs)), bias)
    x = views.reshape(net, x, (*x.sizes[:-1], *(size[letter] for letter in units)))
    return ordered(net, x, rest + units, output)
