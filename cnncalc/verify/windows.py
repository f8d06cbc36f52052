"""Convolution and its relatives on arrays: windows gathered in blocks, then one matrix product for each block.

Arrays are channels first, ``(C, *space)``, without a batch. Nothing here loops over positions: the loops run over the
taps of the kernel and over blocks of a few megabytes, so the working memory does not grow with the map. Every product
that a layer is said to form is formed: no method is taken that gets by with fewer (Winograd's, Fourier's), since products
are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from cnncalc.verify.axes import Axis
from cnncalc.verify.ledger import BLOCK, PIECE, Array, Ledger

Axes = Sequence[Axis]
Block = tuple[slice, ...]
"""Which output positions are worked on, one slice for each axis."""


ROW = 96
"""A product of fewer positions is too small for its work to be worth its call."""

PIECES = 64
"""So many filters by so many channels by a row of positions are a product that BLAS forms without copying."""

TOTAL = 2**19
"""Bytes of outputs that are added up tap by tap at once: they stay in a cache."""

LEAST = 2**20
"""Bytes of a block of windows where filters are few: it stays in a cache. BLAS copies the filters anew for each block, so that
blocks are a few times as large as they are, up to `BLOCK`."""

SLAB = 8 * 2**20
"""Bytes of rows that are gathered at once: few enough to stay in a cache until they are multiplied."""

CHANNELS = 2**18
"""Bytes of the maps of filters without a sum over channels that are made at once: they stay in a cache for all taps."""


def places(axes: Axes) -> tuple[int, ...]:
    """How many windows there are on each axis."""
    return tuple(len(axis.starts) for axis in axes)


def blocks(space: tuple[int, ...], bytes_each: int, most: int = BLOCK) -> Iterator[Block]:
    """Cut ``space`` into blocks of at most ``most`` bytes (or single positions), last axes kept whole if possible.

    >>> list(blocks((5, 4), 4, 32))
    [(slice(0, 2, None), slice(0, 4, None)), (slice(2, 4, None), slice(0, 4, None)), (slice(4, 5, None), slice(0, 4, None))]
    """
    room, lengths = max(most // max(bytes_each, 1), 1), []
    for size in reversed(space):
        lengths.append(max(min(size, room), 1))
        room = max(room // max(size, 1), 1)
    steps = tuple(reversed(lengths))
    yield from product(
        *(
            [slice(low, min(low + step, size)) for low in range(0, size, step)]
            for size, step in zip(space, steps, strict=True)
        )
    )


def taps(axes: Axes, block: Block) -> Iterator[tuple[tuple[int, ...], Block, Block]]:
    """For each tap of the kernel: the windows of the block where it lies on an input, and those inputs."""
    found = [
        [axis.tap(tap, cut.start, cut.stop) for tap in range(axis.kernel)]
        for axis, cut in zip(axes, block, strict=True)
    ]
    for tap in product(*(range(axis.kernel) for axis in axes)):
        pairs = [found[number][index] for number, index in enumerate(tap)]
        yield tap, tuple(out for out, _inputs in pairs), tuple(inputs for _out, inputs in pairs)


def whole(space: tuple[int, ...]) -> Block:
    """All positions as one block."""
    return tuple(slice(0, size) for size in space)


def _all(place: tuple[int | slice, ...]) -> tuple[Any, ...]:
    """A place in space as an index into a map: of all channels."""
    return slice(None), *place


def gather(x: Array, axes: Axes, block: Block, room: Array | None = None) -> Array:
    """The windows of one block, ``(C, *kernel, *block)``; taps in the padding are 0."""
    kernel = tuple(axis.kernel for axis in axes)
    shape = (x.shape[0], *kernel, *(cut.stop - cut.start for cut in block))
    windows: Array = np.empty(shape, x.dtype) if room is None else room[: prod(shape)].reshape(shape)
    for tap, out, inputs in taps(axes, block):
        target = windows[_all(tap)]
        if any(cut.stop - cut.start < size for cut, size in zip(out, target.shape[1:], strict=True)):
            target[...] = 0
        target[_all(out)] = x[_all(inputs)]
    return windows


def scatter(windows: Array, axes: Axes, block: Block, out: Array) -> None:
    """The way back: add every tap of every window of the block to the place it lies on."""
    for tap, cut, inputs in taps(axes, block):
        out[_all(inputs)] += windows[_all((*tap, *cut))]


def convolve(x: Array, weight: Array, axes: Axes, groups: int, ledger: Ledger) -> Array:
    """Slide the filters ``(C_out, C_in/g, *kernel)`` over ``x``. Which way is taken follows from the shapes alone:

    a pointwise convolution is one matrix product; filters that read one channel each pass over the map tap by tap
    (`_convolve_alone`); on wide maps every tap is a product of its own, of views (`_convolve_taps`); narrower ones are
    gathered along all axes but the first (`_convolve_rows`); all others window by window (`_convolve_blocks`).

    >>> from cnncalc.verify.axes import slide
    >>> axes = [slide(4, 2, 1, 1, ((0, 0),))]
    >>> convolve(np.array([[1.0, 2.0, 4.0, 8.0]]), np.array([[[-1.0, 1.0]]]), axes, 1, Ledger())
    array([[1., 2., 4.]])
    """
    if groups > 1 and weight.shape[1] == 1:
        return _convolve_alone(x, weight, axes, ledger)
    if _is_pointwise(axes):
        return _convolve_points(x, weight, groups, ledger)
    if groups == 1 and _is_wide(axes, weight):
        return _convolve_taps(x, weight, axes, ledger)
    if groups == 1 and _has_rows(axes, weight):
        return _convolve_rows(x, weight, axes, ledger)
    return _convolve_blocks(x, weight, axes, groups, ledger)


def _convolve_points(x: Array, weight: Array, groups: int, ledger: Ledger) -> Array:
    """Filters of one tap: nothing is gathered."""
    filters = weight.shape[0]
    out = ledger.empty((filters, *x.shape[1:]), x.dtype)
    inputs = x.reshape(groups, x.shape[0] // groups, -1)
    ledger.matmul(weight.reshape(groups, filters // groups, -1), inputs, out.reshape(groups, filters // groups, -1))
    return out


def _is_pointwise(axes: Axes) -> bool:
    return all(axis.kernel == 1 and axis.starts == range(axis.size) for axis in axes)


def _convolve_blocks(x: Array, weight: Array, axes: Axes, groups: int, ledger: Ledger) -> Array:
    """Gather the windows of a block of positions, every input once for each tap; one product for each block."""
    space, filters = places(axes), weight.shape[0]
    fan_in = prod(weight.shape[1:])
    matrix = weight.reshape(groups, filters // groups, fan_in)
    out = ledger.empty((filters, *space), x.dtype)
    flat = out.reshape(groups, filters // groups, -1)
    each = x.shape[0] * prod(weight.shape[2:]) * x.itemsize
    most = min(max(4 * weight.nbytes, LEAST), BLOCK)
    room = _room(space, each, most, x)
    for block, low, high in _spans(space, each, most):
        windows = gather(x, axes, block, room).reshape(groups, fan_in, -1)
        if high:
            ledger.matmul(matrix, windows, flat[:, :, low:high])
        else:
            made = ledger.matmul(matrix, windows)
            out[(slice(None), *block)] = made.reshape(filters, *(cut.stop - cut.start for cut in block))
    return out


def _room(space: tuple[int, ...], each: int, most: int, x: Array) -> Array:
    """One buffer for all blocks."""
    largest = max((prod(cut.stop - cut.start for cut in block) for block in blocks(space, each, most)), default=0)
    return np.empty(largest * each // x.itemsize, x.dtype)


def _spans(space: tuple[int, ...], each: int, most: int) -> Iterator[tuple[Block, int, int]]:
    """Blocks, and where each begins and ends among the flattened positions; 0 and 0 where it is not one stretch."""
    row = prod(space[1:])
    for block in blocks(space, each, most):
        straight = all(cut == slice(0, size) for cut, size in zip(block[1:], space[1:], strict=True))
        yield block, block[0].start * row if straight else 0, block[0].stop * row if straight else 0


def _is_wide(axes: Axes, weight: Array) -> bool:
    """Whether `_convolve_taps` is less work: rows of many positions, filters and channels in pieces for small products."""
    last, row = axes[-1], prod(places(axes)[1:])
    long = len(axes) > 1 and last.starts.step == 1 and len(last.starts) >= ROW
    return long and min(map(_piece, weight.shape[:2])) >= PIECES // 2 and len(weight) * row * weight.itemsize <= SLAB


def _piece(count: int) -> int:
    """The largest part of filters or channels that a small product takes: all parts are of one size."""
    return next(part for part in range(min(count, PIECES), 0, -1) if count % part == 0)


def _convolve_taps(x: Array, weight: Array, axes: Axes, ledger: Ledger) -> Array:
    """A product for every tap, whose inputs are a view of the padded rows: nothing is gathered.

    The products are small, a row of positions by a piece of the filters by a piece of the channels, so that BLAS takes
    numbers from where they are; large ones it would first copy into an order of its own.
    """
    filters, channels, (count, *others) = weight.shape[0], len(x), places(axes)
    few, some = _piece(filters), _piece(channels)
    kernels = weight.reshape(filters // few, few, channels // some, some, -1).transpose(4, 2, 0, 3, 1)
    kernels = np.ascontiguousarray(kernels).swapaxes(-1, -2)  # (taps, pieces of channels, pieces of filters, few, some)
    out = ledger.empty((filters, count, *others), x.dtype)
    maps = np.moveaxis(out.reshape(filters // few, few, count, *others), 1, -2)
    step = _step(count, TOTAL // (filters * prod(others) * x.itemsize))
    total, made = (np.empty((filters // few, step, *others[:-1], few, others[-1]), x.dtype) for _ in range(2))
    high, *sizes, wide = _reached((axes[0]._replace(starts=axes[0].starts[:step]), *axes[1:]))
    room = np.zeros((high, *sizes, channels, wide), x.dtype)
    for low in range(0, count, step):
        part = (axes[0]._replace(starts=axes[0].starts[low : low + step]), *axes[1:])
        rows = _padded(x, part, room)
        here, there = total[:, : len(part[0].starts)], made[:, : len(part[0].starts)]
        pieces = rows.reshape(*rows.shape[:-2], channels // some, some, -1)
        for number, (piece, (place, tap)) in enumerate(product(range(channels // some), enumerate(_tapped(part)))):
            read: tuple[Any, ...] = (*tap[:-1], piece, slice(None), tap[-1])
            kernel = kernels[(place, piece, slice(None), *(None,) * len(others))]
            ledger.matmul(kernel, pieces[read], there if number else here)
            if number:
                here += there
        maps[:, low : low + step] = here
    return out


def _reached(axes: Axes) -> list[int]:
    """How long each axis is from the first number that a window reads to the last."""
    return [axis.starts[-1] - axis.starts[0] + (axis.kernel - 1) * axis.dilation + 1 for axis in axes]


def _padded(x: Array, axes: Axes, room: Array) -> Array:
    """What the windows read of a map, in a ``room`` that is 0 at its sides and whose channels stand before the last axis."""
    padded, begin, size = np.moveaxis(room[: _reached(axes)[0]], -2, 0), axes[0].starts[0], axes[0].size
    padded[:, : max(-begin, 0)] = padded[:, max(size - begin, 0) :] = 0
    _copy_into(padded, x, axes)
    return room[: padded.shape[1]]


def _tapped(axes: Axes) -> Iterator[Block]:
    """For each tap of the kernel what all windows read with it, of what `_padded` gives."""
    starts = [[start - axis.starts[0] for start in axis.starts] for axis in axes]
    for tap in product(*(range(0, axis.kernel * axis.dilation, axis.dilation) for axis in axes)):
        yield tuple(
            slice(place, place + first[-1] + 1, axis.starts.step)
            for place, first, axis in zip(tap, starts, axes, strict=True)
        )


def _step(count: int, most: int) -> int:
    """So many of ``count`` at once, at most ``most``, that the last part is not much smaller than the others."""
    parts = -(-count // max(most, 1))
    return -(-count // parts)


def _has_rows(axes: Axes, weight: Array) -> bool:
    """Whether `_convolve_rows` is less work: rows are read again by the next ones, and are more than a few numbers."""
    first, row = axes[0], prod(places(axes)[1:])
    depth = prod(weight.shape[1:]) // first.kernel
    least = max(depth * (1 + (first.kernel - 1) * first.dilation), len(weight)) * row * weight.itemsize
    again = len(axes) > 1 and first.kernel > 1 and first.starts.step == 1
    return again and row >= ROW // 2 and depth >= ROW and least <= SLAB


def _convolve_rows(x: Array, weight: Array, axes: Axes, ledger: Ledger) -> Array:
    """Gather along all axes but the first: a tap of the first reads a stretch of that, and is a product of its own."""
    first, (count, *row) = axes[0], places(axes)
    matrices = np.ascontiguousarray(np.moveaxis(weight, 2, 0)).reshape(first.kernel, weight.shape[0], -1)
    out = ledger.empty((weight.shape[0], count * prod(row)), x.dtype)
    each = matrices.shape[2] * prod(row)
    above = (first.kernel - 1) * first.dilation
    step = _step(count, SLAB // (each * x.itemsize) - above)
    room, made = np.empty((step + above) * each, x.dtype), np.empty(weight.shape[0] * step * prod(row), x.dtype)
    for low in range(0, count, step):
        starts = first.starts[low : low + step]
        rows = first._replace(kernel=1, starts=range(starts[0], starts[-1] + above + 1))
        windows = gather(x, (rows, *axes[1:]), whole((len(rows.starts), *row)), room).reshape(matrices.shape[2], -1)
        here = out[:, low * prod(row) :][:, : len(starts) * prod(row)]
        there = made[: here.size].reshape(here.shape)
        for tap, matrix in enumerate(matrices):
            read = windows[:, tap * first.dilation * prod(row) :][:, : here.shape[1]]
            ledger.matmul(matrix, read, there if tap else here)
            if tap:
                here += there
    return out.reshape(-1, count, *row)


def _convolve_alone(x: Array, weight: Array, axes: Axes, ledger: Ledger) -> Array:
    """Filters that read one channel each: no sum over channels, so a product for each tap instead of a matrix."""
    filters, channels, space = weight.shape[0], x.shape[0], places(axes)
    out = ledger.empty((filters, *space), x.dtype)
    maps = out.reshape(channels, filters // channels, *space)
    kernels = weight.reshape(channels, filters // channels, -1)
    pass_taps = _pass_padded if all(axis.starts.step == 1 for axis in axes) else _pass_strided
    each = prod(space) * (filters // channels) * x.itemsize
    step = max(min(CHANNELS // max(each, 1), channels), 1)
    for low in range(0, channels, step):
        slab = slice(low, low + step)
        pass_taps(x[slab], kernels[slab], axes, maps[slab])
        ledger.multiplied(maps[slab].size * kernels.shape[2])
    return out


def _pass_padded(x: Array, kernels: Array, axes: Axes, maps: Array) -> None:
    """At stride 1 a tap of all windows is one stretch of the padded map, which NumPy multiplies in one go."""
    sizes = [len(axis.starts) + (axis.kernel - 1) * axis.dilation for axis in axes]
    padded = np.zeros((len(x), *sizes), x.dtype)
    _copy_into(padded, x, axes)
    strides = [prod(sizes[number + 1 :]) for number in range(len(sizes))]
    flat, stretch = padded.reshape(len(x), 1, -1), len(axes[0].starts) * strides[0]
    length = 1 + sum((len(axis.starts) - 1) * stride for axis, stride in zip(axes, strides, strict=True))
    total = np.zeros((*kernels.shape[:2], stretch), x.dtype)
    made = np.empty((*kernels.shape[:2], length), x.dtype)
    for number, tap in enumerate(product(*(range(0, axis.kernel * axis.dilation, axis.dilation) for axis in axes))):
        begin = sum(place * stride for place, stride in zip(tap, strides, strict=True))
        np.multiply(flat[..., begin : begin + length], kernels[:, :, number, None], out=made)
        total[..., :length] += made
    cut = _all((slice(None), *(slice(0, len(axis.starts)) for axis in axes)))
    maps[...] = total.reshape(*total.shape[:2], len(axes[0].starts), *sizes[1:])[cut]


def _copy_into(padded: Array, x: Array, axes: Axes) -> None:
    """Put a map where the windows look for it; what they do not reach is left out."""
    here, there = [], []
    for axis, size in zip(axes, padded.shape[1:], strict=True):
        begin = axis.starts[0]
        low, high = max(begin, 0), max(min(axis.size, begin + size), begin, 0)
        here.append(slice(low - begin, high - begin))
        there.append(slice(low, high))
    padded[(slice(None), *here)] = x[(slice(None), *there)]


def _pass_strided(x: Array, kernels: Array, axes: Axes, maps: Array) -> None:
    """Every tap reads every few inputs: of all windows at once, those whose tap lies on an input."""
    maps[...] = 0
    room = np.empty(maps.size, x.dtype)
    rank = len(axes)
    for number, (_tap, out, inputs) in enumerate(taps(axes, whole(places(axes)))):
        read = x[(slice(None), None, *inputs)]
        shape = (*kernels.shape[:2], *read.shape[2:])
        made = room[: prod(shape)].reshape(shape)
        np.multiply(read, kernels[(slice(None), slice(None), number, *(None,) * rank)], out=made)
        maps[(slice(None), slice(None), *out)] += made


def convolve_back(gradient: Array, weight: Array, axes: Axes, groups: int, ledger: Ledger) -> Array:
    """The transpose of `convolve`: every window's number is stamped, times its filter, on the inputs it read.

    This is a transposed convolution, and the gradient of a convolution with respect to its input.

    >>> from cnncalc.verify.axes import stamp
    >>> axes = [stamp(2, 3, 2, 1, ((0, 0),))]
    >>> convolve_back(np.array([[1.0, 10.0]]), np.array([[[1.0, 2.0, 3.0]]]), axes, 1, Ledger())
    array([[ 1.,  2., 13., 20., 30.]])
    """
    filters, inside = weight.shape[:2]
    kernel = weight.shape[2:]
    space = places(axes)
    matrix = weight.reshape(groups, filters // groups, -1).swapaxes(1, 2)
    made = ledger.zeros((inside * groups, *(axis.size for axis in axes)), gradient.dtype)
    each = inside * groups * prod(kernel) * gradient.itemsize
    for block in blocks(space, each):
        part = gradient[(slice(None), *block)].reshape(groups, filters // groups, -1)
        stamps = ledger.matmul(matrix, part)
        sizes = tuple(cut.stop - cut.start for cut in block)
        scatter(stamps.reshape(inside * groups, *kernel, *sizes), axes, block, made)
    return made


def convolve_unshared(x: Array, filters: int, axes: Axes, ledger: Ledger) -> Array:
    """As `convolve`, but with filters ``(*positions, C_out, C_in, *kernel)`` of its own at every position.

    The weights are drawn block by block and never held whole.
    """
    space = places(axes)
    out = ledger.empty((filters, *space), x.dtype)
    for block, weight in _unshared(x.shape[0], filters, axes, ledger):
        windows = gather(x, axes, block).reshape(weight.shape[2], -1)
        made = ledger.matmul(weight, windows.T[:, :, None])[:, :, 0]
        out[(slice(None), *block)] = made.T.reshape(filters, *(cut.stop - cut.start for cut in block))
    return out


def convolve_unshared_back(gradient: Array, channels: int, axes: Axes, ledger: Ledger) -> Array:
    """The transpose of `convolve_unshared`."""
    kernel = tuple(axis.kernel for axis in axes)
    made = ledger.zeros((channels, *(axis.size for axis in axes)), gradient.dtype)
    for block, weight in _unshared(channels, gradient.shape[0], axes, ledger):
        part = gradient[(slice(None), *block)].reshape(gradient.shape[0], -1)
        stamps = ledger.matmul(weight.swapaxes(1, 2), part.T[:, :, None])[:, :, 0].T
        sizes = tuple(cut.stop - cut.start for cut in block)
        scatter(stamps.reshape(channels, *kernel, *sizes), axes, block, made)
    return made


def _unshared(channels: int, filters: int, axes: Axes, ledger: Ledger) -> Iterator[tuple[Block, Array]]:
    """Blocks of positions with their weights, ``(positions, C_out, fan_in)``."""
    space, kernel = places(axes), tuple(axis.kernel for axis in axes)
    fan_in = channels * prod(kernel)
    cuts = list(blocks(space, fan_in * filters * np.dtype(ledger.dtype).itemsize, PIECE))
    pieces = ledger.pieces("weight", (*space, filters, channels, *kernel), iter(cuts), fan_in)
    for block, piece in zip(cuts, pieces, strict=True):
        yield block, piece.reshape(-1, filters, fan_in)


def dense(x: Array, units: int, ledger: Ledger) -> Array:
    """``units`` sums over all numbers of ``x``, weights ``(units, numbers)`` drawn in blocks of rows."""
    flat = x.reshape(-1, 1)
    out = ledger.empty((units, 1), x.dtype)
    cuts = list(blocks((units,), flat.size * x.itemsize, PIECE))
    for (rows,), weight in zip(cuts, ledger.pieces("weight", (units, flat.size), iter(cuts), flat.size), strict=True):
        ledger.matmul(weight, flat, out[rows])
    return out[:, 0]


def dense_back(gradient: Array, numbers: int, ledger: Ledger) -> Array:
    """The transpose of `dense`."""
    units = gradient.size
    made = ledger.zeros((numbers,), gradient.dtype)
    cuts = list(blocks((units,), numbers * gradient.itemsize, PIECE))
    for (rows,), weight in zip(cuts, ledger.pieces("weight", (units, numbers), iter(cuts), numbers), strict=True):
        made += ledger.matmul(gradient[rows][None], weight)[0]
    return made
