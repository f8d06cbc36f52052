"""Hierarchy: how far stacked layers see, why a stack needs ReLU, and corners that are made of edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cnncalc import formulas
from cnncalc.language import N_, _
from cnncalc.lessons.telling import Grid, Part, plain
from cnncalc.lessons.window import slide
from cnncalc.report import Column, Table
from cnncalc.report.motion import Frame, Rule, plainly
from cnncalc.report.picture import HeatMap, Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnncalc.lessons.telling import Array

TITLE = N_("Hierarchy: small windows, stacked, see far")
DEEPEST = 6
SIDE = 12
SQUARE = range(3, 9)
UPRIGHT: Grid = ((-1, 0, 1),) * 3
"""What finds upright edges; turned over its diagonal, level ones."""


class Window(NamedTuple):
    """A layer on one axis: a convolution or a pool is the same to what can be seen through it."""

    kernel: int = 3
    stride: int = 1
    dilation: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What one unit behind a stack sees: found by experiment, and by the formula."""

    stack: str
    measured: int
    formula: int
    read: int


@dataclass(frozen=True, slots=True)
class Merged:
    """Two 3×3 layers against the 5×5 layer they amount to: the largest difference, relative to the largest output."""

    kernel: Grid
    linear: float
    relu: float
    cells: int
    relu_differ: int


@dataclass(frozen=True, slots=True)
class Corners:
    """Corners out of edges: the maps, where the detector fires, and where it would without ReLU."""

    picture: Grid
    edges: tuple[Grid, Grid]
    map: Grid
    fires: tuple[tuple[int, int], ...]
    corners: tuple[tuple[int, int], ...]
    fires_linear: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Everything the lesson found."""

    growth: tuple[Seen, ...]
    stacks: tuple[Seen, ...]
    merged: Merged
    corners: Corners


STACKS: dict[str, tuple[Window, ...]] = {
    "conv conv conv": (Window(),) * 3,
    "conv conv pool conv": (Window(), Window(), Window(2, 2), Window()),
    "conv pool conv pool conv": (Window(), Window(2, 2), Window(), Window(2, 2), Window()),
    "dilation 1 2 4": (Window(), Window(dilation=2), Window(dilation=4)),
    "dilation 2 2 2": (Window(dilation=2),) * 3,
}
LABELS = {
    "conv conv conv": N_("three 3×3"),
    "conv conv pool conv": N_("two 3×3, pooling 2×2, 3×3"),
    "conv pool conv pool conv": N_("3×3 three times, pooling 2×2 between"),
    "dilation 1 2 4": N_("three 3×3, dilation 1, 2, 4"),
    "dilation 2 2 2": N_("three 3×3, dilation 2, 2, 2"),
}


def run(seed: int = 0) -> Hierarchy:
    """Measure fields, merge two layers into one, and find the corners of a square.

    >>> lesson = run()
    >>> [seen.measured for seen in lesson.growth], len(lesson.corners.fires), lesson.stacks[-1].read
    ([3, 5, 7, 9, 11, 13], 4, 7)
    """
    return Hierarchy(
        tuple(see(f"{depth} × 3×3", (Window(),) * depth) for depth in range(1, DEEPEST + 1)),
        tuple(see(name, stack) for name, stack in STACKS.items()),
        _merged(seed),
        corners(),
    )


def see(name: str, stack: Sequence[Window]) -> Seen:
    """Spoil one input at a time with NaN and look whether the middle unit notices; the formula beside it.

    >>> see("", [Window(), Window(2, 2), Window()])
    Seen(stack='', measured=8, formula=8, read=8)
    """
    import numpy as np

    size = jump = 1
    for layer in stack:
        size = formulas.field_size(size, jump, layer.kernel, layer.dilation)
        jump = formulas.field_jump(jump, layer.stride)
    length = 2 * size + 3 * jump
    signals = np.where(np.eye(length, dtype=bool), np.nan, 1.0)
    for layer in stack:
        signals = _pass_on(signals, layer)
    noticed = np.flatnonzero(np.isnan(signals[:, signals.shape[1] // 2]))
    return Seen(name, int(noticed[-1] - noticed[0]) + 1, size, len(noticed))


def _pass_on(signals: Array, layer: Window) -> Array:
    """Every row of signals through one layer with weights 1."""
    span = formulas.window(layer.kernel, layer.dilation)
    length = signals.shape[1]
    total = signals[:, : length - span + 1].copy()
    for tap in range(1, layer.kernel):
        begin = tap * layer.dilation
        total += signals[:, begin : begin + length - span + 1]
    return total[:, :: layer.stride]


def _merged(seed: int) -> Merged:
    import numpy as np

    rng = np.random.default_rng(seed)
    picture = rng.normal(size=(SIDE, SIDE))
    first, second = rng.normal(size=(2, 3, 3))
    # sliding one kernel over another, padded so that all of both is met, is what two layers do to a single dot
    both = slide(np.pad(first, 2), second[::-1, ::-1])
    one = slide(picture, both)
    two = slide(slide(picture, first), second)
    bent = slide(np.maximum(slide(picture, first), 0), second)
    largest = float(np.abs(one).max())
    return Merged(
        tuple(tuple(round(float(value), 4) for value in row) for row in both),
        float(np.abs(one - two).max()) / largest,
        float(np.abs(one - bent).max()) / largest,
        one.size,
        int((np.abs(one - bent) > 1e-9 * largest).sum()),
    )


def corners(kernel: Grid = UPRIGHT) -> Corners:
    """Layer 1: an upright and a level edge, each in both directions. Layer 2: fires where both are strong.

    >>> corners().fires
    ((3, 3), (3, 8), (8, 3), (8, 8))
    """
    import numpy as np

    picture = np.zeros((SIDE, SIDE))
    picture[SQUARE.start : SQUARE.stop, SQUARE.start : SQUARE.stop] = 1
    upright = np.array(kernel, dtype=np.float64)
    signed = [slide(picture, kernel, padding=1) for kernel in (upright, upright.T)]
    edges = [np.maximum(one, 0) + np.maximum(-one, 0) for one in signed]
    # an edge alone gives 3, a corner 2 + 2
    both = np.maximum(edges[0] + edges[1] - 3, 0)
    ends = (SQUARE.start, SQUARE.stop - 1)
    return Corners(
        plain(picture),
        (plain(edges[0]), plain(edges[1])),
        plain(both),
        _places(both > 0),
        tuple((y, x) for y in ends for x in ends),
        _places(signed[0] + signed[1] - 3 > 0),
    )


def _places(there: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    import numpy as np

    return tuple((int(y), int(x)) for y, x in np.argwhere(there))


def story(result: Hierarchy) -> Iterator[Part]:
    """The lesson as it is told."""
    yield _(
        "A 3×3 window is a magnifying glass: it shows nine pixels. A second layer looks through nine such glasses at once, "
        "and so sees further, though its window is no larger. How far, is measured here: one input after the other "
        "is spoilt, and whoever notices has seen it."
    )
    yield _growth_table(result)
    yield _stacks_table(result)
    yield _(
        "Pooling and dilation make it grow faster. But a field has a size and a filling: with dilation 2, 2, 2 a unit looks "
        "at {read} of {size} inputs only, every second one, and is blind between (gridding). 1, 2, 4 leaves no holes."
    ).format(read=result.stacks[-1].read, size=result.stacks[-1].measured)
    yield _(
        "Is a stack of two 3×3 more than one 5×5? Without anything between, no: there is one 5×5 kernel that gives "
        "the same, and the largest relative difference is {linear}, which is rounding. With a ReLU between them, "
        "{differ} of {cells} outputs differ, by up to {relu} of the largest. It is the bend that makes depth worth having."
    ).format(
        linear=f"{result.merged.linear:.0e}",
        differ=result.merged.relu_differ,
        cells=result.merged.cells,
        relu=f"{100 * result.merged.relu:.0f} %",
    )
    yield from _corners_story(result.corners)


def _corners_story(corners: Corners) -> Iterator[Part]:
    yield Picture(
        maps=_corner_maps(corners),
        caption=_("* where layer 2 fires"),
        motion=Climbing(corners),
    )
    yield _(
        "Layer 1 knows edges, upright and level ones. Layer 2 adds the two up, takes away 3 and keeps what is above 0. It fires "
        "in {count} places, {places}: the corners of the square and nothing else. To layer 2 a corner is "
        "where two edges meet. The same sums without ReLU fire at {places_linear} only."
    ).format(
        count=len(corners.fires),
        places=_written(corners.fires),
        places_linear=_written(corners.fires_linear),
    )
    yield _(
        "What this does not show: the weights were set by hand. That trained layers turn edges into eyes and "
        "eyes into faces is a story about training; it needs a trained network, and none is trained here."
    )


def _corner_maps(corners: Corners) -> tuple[HeatMap, ...]:
    return (
        HeatMap(corners.picture, _("a square")),
        HeatMap(corners.edges[0], _("layer 1: upright edges")),
        HeatMap(corners.edges[1], _("layer 1: level edges")),
        HeatMap(corners.map, _("layer 2: both at once"), frozenset(corners.fires)),
    )


class Climbing(NamedTuple):
    """The same in motion: at every place what the three layers look at there."""

    corners: Corners

    @property
    def rule(self) -> Rule:
        pattern = _("place ({y}, {x}): {upright} upright + {level} level − 3 = {sum}, and ReLU leaves {left}")
        return Rule("climbing", self.corners.picture, UPRIGHT, pattern)

    @property
    def still(self) -> int:
        y, x = self.corners.fires[0]
        return y * SIDE + x

    @property
    def frames(self) -> tuple[Frame, ...]:
        return tuple(self._frame(*divmod(place, SIDE)) for place in range(SIDE * SIDE))

    def _frame(self, y: int, x: int) -> Frame:
        around = ((y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
        window = frozenset((row, column) for row, column in around if row in range(SIDE) and column in range(SIDE))
        picture, *others = _corner_maps(self.corners)
        framed = (grid._replace(framed=frozenset({(y, x)})) for grid in others)
        upright, level = (edges[y][x] for edges in self.corners.edges)
        told = {"upright": upright, "level": level, "sum": upright + level - 3, "left": self.corners.map[y][x]}
        words = self.rule.pattern.format(y=y, x=x, **{name: plainly(value) for name, value in told.items()})
        return Frame((picture._replace(framed=window), *framed), words)


def _written(places: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"({y},{x})" for y, x in places)


def _growth_table(result: Hierarchy) -> Table:
    columns = (
        Column("layers", _("3×3 layers"), "number"),
        Column("measured", _("measured"), "number"),
        Column("formula", _("formula 2n + 1"), "number"),
    )
    rows = tuple((number, seen.measured, seen.formula) for number, seen in enumerate(result.growth, 1))
    return Table(columns, rows, title=_("How many inputs a unit sees across, layer by layer"))


def _stacks_table(result: Hierarchy) -> Table:
    columns = (
        Column("stack", _("stack")),
        Column("measured", _("measured"), "number"),
        Column("formula", _("formula"), "number"),
        Column("read", _("inputs read"), "number"),
    )
    rows = tuple((_(LABELS[seen.stack]), seen.measured, seen.formula, seen.read) for seen in result.stacks)
    return Table(columns, rows, title=_("With pooling and dilation"))
