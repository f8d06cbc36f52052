"""Einsum: a linear layer, or one of the two products of attention, whatever letters and order of axes it is written in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnncalc.importers.assembly import Assembly
from cnncalc.importers.tensors import attention
from cnncalc.importers.tensors.products import ordered, summed
from cnncalc.importers.values import Constant, Result, Scores, Tensor, UnsupportedError


def equation(text: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The letters of every factor and of the product, as `numpy.einsum` reads them; ``ranks`` are the factors' numbers of axes.

    Without an arrow the product has the letters that occur once, in alphabetical order. The axes that an ellipsis stands
    for get letters of their own, counted from the last.

    >>> equation("ij, jk, kl", (2, 2, 2))
    (['ij', 'jk', 'kl'], 'il')
    >>> equation("...ij, jk", (4, 2))
    (['āĀij', 'jk'], 'āĀik')
    """
    left, arrow, output = text.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise UnsupportedError
    dots = [_ellipsis(term, rank) for term, rank in zip(terms, ranks, strict=True)]
    factors = [term.replace("...", held) for term, held in zip(terms, dots, strict=True)]
    if not arrow:
        times = Counter(left.replace("...", "").replace(",", ""))
        output = "..." + "".join(sorted(letter for letter, number in times.items() if number == 1))
    return factors, output.replace("...", max(dots, key=len))


FIRST_DOT = 0x100
"""The sign of the outermost axis that an ellipsis may hold; equations are written with ASCII's letters."""


def _ellipsis(term: str, rank: int) -> str:
    """The letters of the axes that an ellipsis holds in a factor; those of a shorter one are the last of a longer."""
    held = rank - len(term.replace("...", ""))
    if held < 0 or (held and "..." not in term):
        raise UnsupportedError
    return "".join(chr(FIRST_DOT + place) for place in reversed(range(held)))


def einsum(net: Assembly, text: str, values: Sequence[object]) -> Result:
    """What an equation makes of tensors; `UnsupportedError` where that is no layer."""
    tensors = [value for value in values if isinstance(value, (Tensor, Constant, Scores))]
    factors, output = equation(text, [len(value.sizes) for value in tensors])
    if any(len(axes) != len(set(axes)) for axes in (*factors, output)):
        raise UnsupportedError
    # what moves first, weights of any kind last
    parts = sorted(zip(tensors, factors, strict=True), key=lambda part: isinstance(part[0], Constant))
    if isinstance(parts[-1][0], Scores):
        parts = parts[::-1]
    match parts:
        case [(Tensor() as x, axes)]:
            return ordered(net, x, axes, output)
        case [(Tensor() as x, axes), (Constant() as weight, others)]:
            return summed(net, (x, axes), (weight, others), output)
        case [(Tensor() as left, axes), (Tensor() as right, others)]:
            return _scores(net, (left, axes), (right, others), output)
        case [(Scores() as weights, axes), (Tensor() as x, others)]:
            return _mixed(net, (weights, axes), (x, others), output)
    raise UnsupportedError


def _scores(net: Assembly, left: tuple[Tensor, str], right: tuple[Tensor, str], output: str) -> Scores:
    """Queries times keys: the last two axes of the output tell which are which."""
    if len(output) < 2:
        raise UnsupportedError
    outer, query, key = output[:-2], output[-2], output[-1]
    if query not in left[1]:
        left, right = right, left
    (q, axes), (k, others) = left, right
    summed = "".join(letter for letter in axes if letter not in output)
    if len(summed) != 1:
        raise UnsupportedError
    return attention.scores(
        ordered(net, q, axes, outer + query + summed), ordered(net, k, others, outer + summed + key)
    )


def _mixed(net: Assembly, left: tuple[Scores, str], right: tuple[Tensor, str], output: str) -> Tensor:
    """Weights times values, summed over the keys."""
    (weights, axes), (value, others) = left, right
    outer, query, key = axes[:-2], axes[-2], axes[-1]
    inner = "".join(letter for letter in others if letter not in axes)
    mixed = attention.weighed(net, weights, ordered(net, value, others, outer + key + inner))
    return ordered(net, mixed, outer + query + inner, output)
