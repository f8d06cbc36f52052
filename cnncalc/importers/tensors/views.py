"""Views: no number changes, only where it is looked for."""

from __future__ import annotations

from math import prod
from typing import TypeVar, cast

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import NOT_SPACE, STRETCHED, Layout, LayoutError, Piece
from cnncalc.importers.values import Tensor, UnsupportedError, Windows
from cnncalc.language import _
from cnncalc.layers.base import Sizes

T = TypeVar("T")
X = TypeVar("X", bound=Tensor | Windows)


def view(x: X, layout: Layout, name: str = "") -> X:
    return cast("X", x._replace(layout=layout, name=name or x.name))


def reshape(net: Assembly, x: X, target: Sizes) -> X:
    """A view with other sizes, of which one may be −1: what remains."""
    total = prod(x.sizes)
    known = prod(size for size in target if size != -1)
    if target.count(-1) > 1 or known < 0 or (-1 in target and (not known or total % known)):
        raise _misfit(x.sizes, target)
    filled = axes.filled(target, total)
    if prod(filled) != total:
        raise _misfit(x.sizes, target)
    try:
        return view(x, axes.reshape(x.layout, filled), net.name)
    except LayoutError:
        raise UnsupportedError from None


def _misfit(sizes: Sizes, target: Sizes) -> ModelFileError:
    return ModelFileError(
        _("a view of the sizes {sizes} can't have the sizes {target}").format(sizes=list(sizes), target=list(target))
    )


def permute(net: Assembly, x: X, order: Sizes) -> X:
    order = tuple(axis + len(order) if axis < 0 else axis for axis in order)
    if sorted(order) != list(range(len(x.layout))):
        raise _misfit(x.sizes, order)
    return view(x, tuple(x.layout[axis] for axis in order), net.name)


def flatten(net: Assembly, x: X, first: int, last: int) -> X:
    """Axes ``first`` … ``last`` as one."""
    first, last = place(x, first), place(x, last)
    middle = tuple(piece for axis in x.layout[first : last + 1] for piece in axis)
    return view(x, (*x.layout[:first], axes.merged(middle), *x.layout[last + 1 :]), net.name)


def unflatten(net: Assembly, x: X, axis: int, sizes: Sizes) -> X:
    axis = place(x, axis)
    return reshape(net, x, (*x.sizes[:axis], *axes.filled(sizes, x.sizes[axis]), *x.sizes[axis + 1 :]))


def unsqueeze(net: Assembly, x: X, where: Sizes) -> X:
    return view(x, unsqueezed(x.layout, where, ()), net.name)


def unsqueezed(row: tuple[T, ...], where: Sizes, single: T) -> tuple[T, ...]:
    """A row of axes, or of their sizes, with a ``single`` one more at the places ``where``.

    >>> unsqueezed((8, 9), (0, -1), 1)
    (1, 8, 9, 1)
    """
    rank = len(row) + len(where)
    new = {axis % rank for axis in where}
    if len(new) < len(where):
        raise ModelFileError(_("the axes {axes} name one twice").format(axes=list(where)))
    old = iter(row)
    return tuple(single if axis in new else next(old) for axis in range(rank))


def squeeze(net: Assembly, x: X, where: Sizes | None = None) -> X:
    gone = {axis for axis in range(len(x.layout)) if not x.layout[axis]}
    if where is not None:
        gone &= {place(x, axis) for axis in where}
    return view(x, tuple(axis for index, axis in enumerate(x.layout) if index not in gone), net.name)


def roll(net: Assembly, x: Tensor, shifts: Sizes, where: Sizes) -> Tensor:
    """Moved along whole spatial axes, what leaves at one end entering at the other."""
    layout, space = x.layout, net.shape(x.node).space
    for shift, axis in zip(shifts, (place(x, axis) for axis in where), strict=True):
        if not layout[axis]:
            continue
        piece, *others = layout[axis]
        if others or piece.role in NOT_SPACE or piece.size != space[int(piece.role)]:
            raise UnsupportedError
        layout = axes.replaced(layout, axis, (piece._replace(turned=(piece.turned - shift) % piece.size),))
    return view(x, layout, net.name)


def expand(x: X, target: Sizes) -> X:
    """Repeat what has size 1 until it has the sizes ``target``; a merge does the same by itself."""
    x = raised(x, len(target))
    stretched = (
        (Piece(STRETCHED, size),) if not axis and size > 1 else axis
        for axis, size in zip(x.layout, target, strict=True)
    )
    return view(x, tuple(stretched))


def raised(x: X, rank: int) -> X:
    """With axes of size 1 in front until there are ``rank``, as frameworks do before they broadcast."""
    return view(x, (*((),) * (rank - len(x.layout)), *x.layout))


def place(x: Tensor | Windows, axis: int) -> int:
    """An axis counted from the start; `ModelFileError` if there is none."""
    rank = len(x.layout)
    if not -rank <= axis < rank:
        raise ModelFileError(_("axis {axis} of a tensor with {rank}").format(axis=axis, rank=rank))
    return axis % rank
