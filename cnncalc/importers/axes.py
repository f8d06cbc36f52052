"""Which part of a map each axis of a framework's tensor holds, so that views and transpositions need no layer.

Frameworks reshape and transpose; a `Network` only knows maps of positions × channels. A layout says what stands on
each axis of a tensor: pieces of the batch, of the channels, of the spatial axes. Reading a tensor off its layout tells
a channel shuffle from a flattening from tokens that are positions still.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from cnncalc.shapes import Shape

BATCH, CHANNELS, STRETCHED = "n", "c", "x"
"""The roles besides the spatial axes, which are called ``"0"``, ``"1"`` and ``"2"``. A stretched axis repeats one number."""
NOT_SPACE = frozenset({BATCH, CHANNELS, STRETCHED})


class Piece(NamedTuple):
    """``size`` steps of ``place`` along the axis of the map that ``role`` names; a whole axis has place 1.

    Of an axis that was rolled, step i is that of ``i + turned``, the first following on the last.

    Sixteen channels seen as 4 × 4 are the pieces ``("c", 4, 4)`` and ``("c", 4, 1)``.
    """

    role: str
    size: int
    place: int = 1
    turned: int = 0


Axis = tuple[Piece, ...]
Layout = tuple[Axis, ...]


class LayoutError(ValueError):
    """A view that is not a product of pieces of the axes."""


def standard(shape: Shape, batch: int = 1) -> Layout:
    """Batch, channels, space: how PyTorch and ONNX lay a map out. Axes of size 1 hold no piece.

    >>> standard(Shape((8, 1), 16))
    ((), (Piece(role='c', size=16, place=1, turned=0),), (Piece(role='0', size=8, place=1, turned=0),), ())
    """
    named = ((BATCH, batch), (CHANNELS, shape.channels), *((str(i), size) for i, size in enumerate(shape.space)))
    return tuple(whole(role, size) for role, size in named)


def shape_of(sizes: tuple[int, ...], *, last: bool = False) -> Shape:
    """The map in a tensor of these sizes: batch, channels, space, or with the channels ``last``; a batch alone has one.

    >>> shape_of((1, 3, 8, 9)) == shape_of((1, 8, 9, 3), last=True), shape_of((1,))
    (True, Shape(space=(), channels=1))
    """
    _batch, *rest = sizes
    channels = rest.pop(-1 if last else 0) if rest else 1
    return Shape(tuple(rest), channels)


def channels_last(layout: Layout) -> Layout:
    """Batch, channels, space as batch, space, channels: how Keras lays a map out."""
    return (layout[0], *layout[2:], layout[1]) if len(layout) > 1 else layout


def channels_second(layout: Layout) -> Layout:
    """The way back.

    >>> channels_second(channels_last(standard(Shape((8, 9), 16)))) == standard(Shape((8, 9), 16))
    True
    """
    return (layout[0], layout[-1], *layout[1:-1]) if len(layout) > 1 else layout


def turned(layout: Layout) -> Layout:
    """The last two axes exchanged, as of a matrix.

    >>> turned(standard(Shape((8, 9), 16))) == standard(Shape((9, 8), 16))
    False
    """
    return (*layout[:-2], layout[-1], layout[-2])


def whole(role: str, size: int) -> Axis:
    """The axis that holds all of one role."""
    return (Piece(role, size),) if size > 1 else ()


def parts(number: int, channels: int) -> Axis:
    """The axis of a map's channels in parts of so many ``channels`` each."""
    return (Piece(CHANNELS, number, channels),) if number > 1 else ()


def sizes(layout: Layout) -> tuple[int, ...]:
    """The tensor's sizes."""
    return tuple(prod(piece.size for piece in axis) for axis in layout)


def merged(pieces: Axis) -> Axis:
    """Neighbouring pieces that follow on each other as one.

    >>> merged((Piece("c", 4, 4), Piece("c", 4, 1)))
    (Piece(role='c', size=16, place=1, turned=0),)
    """
    done: list[Piece] = []
    for piece in pieces:
        last = done[-1] if done else None
        same = last and (last.role, last.turned) == (piece.role, piece.turned)
        if last and same and last.place == piece.place * piece.size:
            done[-1] = piece._replace(size=last.size * piece.size)
        else:
            done.append(piece)
    return tuple(done)


def reshape(layout: Layout, target: tuple[int, ...]) -> Layout:
    """The layout after a view with the sizes ``target``; `LayoutError` if a size cuts across an axis.

    >>> reshape(standard(Shape((8, 8), 16)), (1, 4, 4, 64))[1:3]
    ((Piece(role='c', size=4, place=4, turned=0),), (Piece(role='c', size=4, place=1, turned=0),))
    """
    rest = [piece for axis in layout for piece in axis][::-1]
    axes = tuple(_taken(rest, size) for size in target)
    if rest or 0 in target:
        raise LayoutError
    return axes


def _taken(rest: list[Piece], size: int) -> Axis:
    """An axis of ``size`` off the end of what is left of the pieces; the last one may have to be cut in two."""
    pieces: list[Piece] = []
    while size > 1:
        if not rest:
            raise LayoutError
        piece = rest.pop()
        if size % piece.size and piece.size % size:
            raise LayoutError
        if size % piece.size:
            inner = piece.size // size
            rest.append(piece._replace(size=inner))
            piece = piece._replace(size=size, place=piece.place * inner)
        pieces.append(piece)
        size //= piece.size
    return merged(tuple(pieces))


def filled(target: tuple[int, ...], total: int) -> tuple[int, ...]:
    """Sizes of which one may be −1: what remains of ``total`` numbers.

    >>> filled((4, -1), 24)
    (4, 6)
    """
    known = prod(size for size in target if size != -1)
    return tuple(total // max(known, 1) if size == -1 else size for size in target)


def replaced(layout: Layout, axis: int, pieces: Axis) -> Layout:
    """The layout with other pieces on one axis."""
    return (*layout[:axis], pieces, *layout[axis + 1 :])


def roles(axis: Axis) -> frozenset[str]:
    """The roles that have a piece on this axis."""
    return frozenset(piece.role for piece in axis)


def holds(axis: Axis, role: str, size: int) -> bool:
    """Whether the axis is all of one role, and nothing else."""
    return merged(axis) == whole(role, size)


def same(left: Axis, right: Axis) -> bool:
    """Whether two axes hold the same, or one of them a single number for all of the other."""
    return left == right or not left or not right or STRETCHED in roles(left) | roles(right)
