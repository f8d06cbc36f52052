"""Windows that are cut out of a map, multiplied with weights and summed: a convolution, or a locally connected layer.

With weights for every position the layer is locally connected, which PyTorch has no module for; with the same for all
it is a convolution that somebody wrote by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import prod
from typing import Any

from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import BATCH, CHANNELS, NOT_SPACE, STRETCHED, Axis, Layout, Piece, whole
from cnncalc.importers.tensors import views
from cnncalc.importers.tensors.learnt import Window
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.values import Constant, Slide, Tensor, UnsupportedError, Windows
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.conv import Conv
from cnncalc.layers.dense import Dense
from cnncalc.layers.depthwise import Depthwise
from cnncalc.layers.local import Local
from cnncalc.layers.pool import Pool

# Cutting out.


def columns(net: Assembly, x: Tensor, slides: tuple[Slide, ...]) -> Tensor | Windows:
    """PyTorch's ``F.unfold``: batch, numbers of a window, windows."""
    x = settle(net, x)
    shape = net.shape(x.node)
    if len(slides) != len(shape.space):
        raise UnsupportedError
    steps = tuple(whole(f"k{axis}", slide.kernel) for axis, slide in enumerate(slides))
    places = tuple(
        whole(str(axis), slide.positions(size))
        for axis, (slide, size) in enumerate(zip(slides, shape.space, strict=True))
    )
    layout = (x.layout[0], _joined((x.layout[1], *steps)), _joined(places))
    return _seen(net, Windows(x.node, layout, net.name, slides))


def slid(net: Assembly, x: Tensor | Windows, axis: int, slide: Slide) -> Tensor | Windows:
    """PyTorch's ``Tensor.unfold``: windows of one axis, their numbers on a new one at the end."""
    axis = views.place(x, axis)
    x = windows(net, x)
    held = x.layout[axis]
    space = net.shape(x.node).space
    role = held[0].role if held else ""
    if role in ("", *NOT_SPACE) or len(role) > 1 or x.factor:
        raise UnsupportedError
    own = int(role)
    if x.slides[own] != Slide() or held != whole(role, space[own]):
        raise UnsupportedError
    layout = axes.replaced(x.layout, axis, whole(role, slide.positions(space[own])))
    slides = tuple(slide if place == own else other for place, other in enumerate(x.slides))
    return _seen(net, x._replace(layout=(*layout, whole(f"k{own}", slide.kernel)), slides=slides, name=net.name))


def picked(net: Assembly, x: Tensor | Windows, axis: int, places: Sequence[Sequence[int]]) -> Tensor | Windows:
    """Windows of one axis by the places of their numbers, a table whose axes come in its place.

    A row is what a window reads, or a column: the windows are those of which there are as many as fit.
    """
    axis = views.place(x, axis)
    rows, columns = len(places), len(places[0])
    down = places[1][0] - places[0][0] if rows > 1 else 1
    along = places[0][1] - places[0][0] if columns > 1 else 1
    if any(place != i * down + j * along for i, row in enumerate(places) for j, place in enumerate(row)):
        raise UnsupportedError
    ways = [(Slide(columns, down, 0, along), rows), (Slide(rows, along, 0, down), columns)]
    for slide, windows in sorted(ways, key=lambda way: way[0].kernel):
        if min(slide.stride, slide.dilation) > 0 and slide.positions(x.sizes[axis]) == windows:
            made = slid(net, x, axis, slide)
            order = [place for place in range(len(made.layout) - 1) if place != axis]
            both = [axis, len(made.layout) - 1] if slide == ways[0][0] else [len(made.layout) - 1, axis]
            return views.permute(net, made, (*order[:axis], *both, *order[axis:]))
    raise UnsupportedError


def _joined(parts: tuple[Axis, ...]) -> Axis:
    return axes.merged(tuple(piece for part in parts for piece in part))


def windows(net: Assembly, x: Tensor | Windows) -> Windows:
    """A tensor as windows: of one number each, or of as many as lie on an axis that was split into such pieces."""
    if isinstance(x, Windows):
        return x
    space = net.shape(x.node).space
    kernels = [1] * len(space)
    pieces = [piece for axis in x.layout for piece in axis]
    for own, size in enumerate(space):
        mine = [piece for piece in pieces if piece.role == str(own)]
        if len(mine) == 2:
            kernels[own] = min(mine, key=lambda piece: piece.place).size
            mine = [piece for piece in mine if piece.place != 1 or piece.size != kernels[own]]
        if mine != list(whole(str(own), size // kernels[own])) and mine != [
            Piece(str(own), size // kernels[own], kernels[own])
        ]:
            raise UnsupportedError
    slides = tuple(Slide(kernel, kernel) for kernel in kernels)
    return Windows(x.node, _renamed(x.layout, slides), x.name, slides)


def _renamed(layout: Layout, slides: tuple[Slide, ...]) -> Layout:
    """Steps in a window apart from positions, where windows lie side by side."""

    def renamed(piece: Piece) -> Piece:
        if piece.role in NOT_SPACE or slides[int(piece.role)].kernel == 1:
            return piece
        if piece.place == 1:
            return piece._replace(role=f"k{piece.role}")
        return piece._replace(place=1)

    return tuple(tuple(map(renamed, axis)) for axis in layout)


def _seen(net: Assembly, x: Windows) -> Tensor | Windows:
    """Windows side by side that leave nothing out are a mere view of the map."""
    space = net.shape(x.node).space
    for slide, size in zip(x.slides, space, strict=True):
        if slide.kernel != slide.stride or slide[2:] != (0, 1) or size % slide.kernel or size == slide.kernel > 1:
            return x

    def stepped(piece: Piece) -> Piece:
        if piece.role in NOT_SPACE:
            return piece
        if piece.role.startswith("k"):
            return piece._replace(role=piece.role[1:])
        return piece._replace(place=piece.place * x.slides[int(piece.role)].kernel)

    return Tensor(x.node, tuple(axes.merged(tuple(map(stepped, axis))) for axis in x.layout), x.name)


# Multiplying.


def times(net: Assembly, x: Tensor | Windows, weight: Constant) -> Windows:
    """Number by number; an axis that only the weights have, or along which one number was repeated, is one of filters."""
    x = windows(net, x)
    if x.factor or not any(root.number for root in weight.roots):
        raise UnsupportedError
    rank = max(len(x.layout), len(weight.sizes))
    layout = list(views.raised(x, rank).layout)
    filters: list[int] = []
    held: list[Piece] = []
    for place, size in enumerate((1,) * (rank - len(weight.sizes)) + weight.sizes):
        if size == 1:
            continue
        if not layout[place] or axes.roles(layout[place]) == {STRETCHED}:
            layout[place] = whole(f"f{len(filters)}", size)
            filters.append(size)
        if axes.sizes((layout[place],)) != (size,):
            raise UnsupportedError
        held.extend(layout[place])
    made = x._replace(layout=tuple(layout), filters=tuple(filters), factor=weight, name=net.name)
    number, full = _numbers(held), _full(net, made)
    if any(number[role] != full.get(role) for role in number) or BATCH in number:
        raise UnsupportedError
    return made._replace(held=frozenset(number))


def _numbers(pieces: list[Piece]) -> dict[str, int]:
    """How much of each role the pieces are."""
    number: defaultdict[str, int] = defaultdict(lambda: 1)
    for piece in pieces:
        number[piece.role] *= piece.size
    return dict(number)


def _full(net: Assembly, x: Windows) -> dict[str, int]:
    """How large each role is as a whole, if it is larger than one."""
    shape = net.shape(x.node)
    full = {BATCH: net.batch, CHANNELS: shape.channels}
    for axis, (slide, size) in enumerate(zip(x.slides, shape.space, strict=True)):
        full[str(axis)] = slide.positions(size)
        full[f"k{axis}"] = slide.kernel
    full |= {f"f{place}": size for place, size in enumerate(x.filters)}
    return {role: size for role, size in full.items() if size > 1}


# Summing.


def summed(
    net: Assembly, x: Windows, where: Sizes, *, keep: bool = False, bias: Constant | None = None
) -> Tensor | Windows:
    """Over some axes: a layer, once nothing is left of the windows."""
    if not x.factor:
        raise UnsupportedError
    gone = {views.place(x, axis) for axis in where}
    layout = tuple(() if place in gone else axis for place, axis in enumerate(x.layout) if keep or place not in gone)
    x = views.view(x, layout, net.name)
    if any(piece.role.startswith("k") for axis in layout for piece in axis):
        return x
    layer, groups = _layer(net, x, bias=bias is not None)
    if layer is None:
        return x
    node = net.add(layer, (x.node,), weights=(x.factor, bias))
    return Tensor(node, _filtered(x, groups))


def _layer(net: Assembly, x: Windows, *, bias: bool) -> tuple[Layer | None, int]:
    """The layer that has such weights, and in how many groups of channels; `None` where no kind does."""
    full, channels = _full(net, x), net.shape(x.node).channels
    left = _numbers([piece for axis in x.layout for piece in axis])
    groups = left.pop(CHANNELS, 1)
    positions = {role for role in full if role.isdigit()}
    kept = {role: size for role, size in full.items() if role != CHANNELS and not role.startswith("k")}
    summed = {role for role in full if role not in kept}
    if left != kept or not summed <= x.held or not _outermost(x, channels // groups):
        return None, groups
    options: dict[str, Any] = {
        "stride": tuple(slide.stride for slide in x.slides),
        "padding": tuple(slide.padding for slide in x.slides),
        "dilation": tuple(slide.dilation for slide in x.slides),
        "bias": bias,
    }
    kernel, filters = tuple(slide.kernel for slide in x.slides), prod(x.filters)
    if not x.slides:
        return (Dense(filters, bias), 1) if groups == 1 else (None, groups)
    if positions and positions <= x.held:
        return (Local(kernel, filters, **options, shared_bias=bias), 1) if groups == 1 else (None, groups)
    if positions & x.held:
        return None, groups
    if groups == channels > 1:
        return Depthwise(kernel, filters, **options), groups
    return Conv(kernel, groups * filters, groups=groups, **options), groups


def _outermost(x: Windows, inner: int) -> bool:
    """Whether the channels that are left are groups of so many."""
    left = [piece for axis in x.layout for piece in axis if piece.role == CHANNELS]
    return not left or [piece.place for piece in left] == [inner]


def _filtered(x: Windows, groups: int) -> Layout:
    """The layout of what comes out: groups and filters are its channels."""
    each = prod(x.filters)

    def channel(piece: Piece) -> Piece:
        if piece.role == CHANNELS:
            return Piece(CHANNELS, groups, each)
        if piece.role.startswith("f"):
            inner = prod(x.filters[int(piece.role[1:]) + 1 :])
            return Piece(CHANNELS, piece.size, piece.place * inner)
        return piece

    return tuple(axes.merged(tuple(map(channel, axis))) for axis in x.layout)


# The ways in which that is written.


def multiplied(net: Assembly, x: Tensor | Windows, letters: str, weight: Constant, others: str, output: str) -> Tensor:
    """A sum of products as `numpy.einsum` writes it, with a letter for each axis."""
    if len(set(letters)) < len(letters) or len(set(others)) < len(others) or set(output) - set(letters + others):
        raise UnsupportedError
    x = windows(net, x)
    new = "".join(letter for letter in others if letter not in letters)
    every = letters + new
    x = views.view(x, (*x.layout, *((),) * len(new)))
    length = dict(zip(others, weight.sizes, strict=True))
    spread = weight._replace(sizes=tuple(length.get(letter, 1) for letter in every))
    made = summed(net, times(net, x, spread), tuple(i for i, letter in enumerate(every) if letter not in output))
    left = "".join(letter for letter in every if letter in output)
    return _done(views.permute(net, _done(made), tuple(left.index(letter) for letter in output)))


def matmul(net: Assembly, left: object, right: object) -> Tensor:
    """A product of matrices, one of which are weights, for every index of the axes before."""
    if isinstance(left, (Tensor, Windows)) and isinstance(right, Constant) and len(right.sizes) > 1:
        rows = views.unsqueeze(net, windows(net, left), (-1,))
        weight = right._replace(sizes=(*right.sizes[:-2], 1, *right.sizes[-2:]))
    elif isinstance(left, Constant) and isinstance(right, (Tensor, Windows)) and len(left.sizes) > 1:
        rows = views.unsqueeze(net, windows(net, right), (-3,))
        weight = left._replace(sizes=(*left.sizes, 1))
    else:
        raise UnsupportedError
    return _done(summed(net, times(net, rows, weight), (-2,)))


def linear(net: Assembly, x: Windows, weight: Constant, bias: Constant | None) -> Tensor:
    """Weights of the sizes (units, inputs) on the last axis: the filters of a convolution."""
    if len(weight.sizes) != 2:
        raise UnsupportedError
    return _done(summed(net, times(net, views.unsqueeze(net, x, (-2,)), weight), (-1,), bias=bias))


def grouped(net: Assembly, x: Windows, weight: Constant, bias: Constant | None, window: Window, groups: int) -> Tensor:
    """A convolution of single numbers in groups, where the numbers of a window are the channels of a group."""
    filters, inputs, *kernel = weight.sizes
    single = prod(kernel) == 1 == max(window.stride) and window.padding in (0, "valid", (0,) * len(window.stride))
    if bias is not None or not single or len(x.sizes) < 2 or x.sizes[1] != groups * inputs:
        raise UnsupportedError
    batch, _channels, *rest = x.sizes
    split = views.reshape(net, x, (batch, groups, 1, inputs, *rest))
    spread = weight._replace(sizes=(groups, filters // groups, inputs, *((1,) * len(rest))))
    made = _done(summed(net, times(net, split, spread), (3,)))
    return views.reshape(net, made, (batch, filters, *rest))


def _done(x: Tensor | Windows) -> Tensor:
    if not isinstance(x, Tensor):
        raise UnsupportedError
    return x


def reduced(net: Assembly, x: Windows, op: str, where: Sizes, *, keep: bool) -> Tensor:
    """The mean or the largest of every window: a pool."""
    gone = {views.place(x, axis) for axis in where}
    steps = [piece for place in gone for piece in x.layout[place]]
    own = {role: size for role, size in _full(net, x).items() if role.startswith("k")}
    if x.factor or _numbers(steps) != own or (op != "avg" and any(slide.padding for slide in x.slides)):
        raise UnsupportedError
    kernel, stride, padding, dilation = zip(*x.slides, strict=True)
    layout = tuple(() if place in gone else axis for place, axis in enumerate(x.layout) if keep or place not in gone)
    return Tensor(net.add(Pool(kernel, op, stride, padding, dilation), (x.node,)), layout)
