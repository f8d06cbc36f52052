"""Equivariance: shift the picture and the feature map shifts with it; where that holds, where not, and what is invariant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.language import N_, _
from cnncalc.lessons.telling import Grid, Part, plain
from cnncalc.lessons.window import slide
from cnncalc.report import Column, Table
from cnncalc.report.motion import Frame, Rule
from cnncalc.report.picture import HeatMap, Picture

if TYPE_CHECKING:
    from cnncalc.lessons.telling import Array

TITLE = N_("Equivariance: shift the picture, and the map shifts with it")
SIDE, KERNEL, SHIFT = 8, 3, 2
PADDING = KERNEL // 2


@dataclass(frozen=True, slots=True)
class Compared:
    """f(shift x), shift f(x) and their difference; how many cells differ inside and near the border, and where."""

    convolved_shifted: Grid
    shifted_convolved: Grid
    difference: Grid
    interior_differ: int
    border_differ: int
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Strided:
    """Stride 2 on a picture that goes on at its other side: which shift of the map fits a shifted picture."""

    shift: int
    fits: int | None
    least_differ: int
    cells: int


@dataclass(frozen=True, slots=True)
class Pooled:
    """How many of ``cells`` outputs change when the picture (or a single dot in it) moves by one pixel."""

    what: str
    changed: int
    cells: int


@dataclass(frozen=True, slots=True)
class Equivariance:
    """Everything the lesson found; all numbers are integers, so 0 is exactly 0."""

    picture: Grid
    kernel: Grid
    shift: int
    zero: Compared
    circular_differ: int
    strided: tuple[Strided, ...]
    pooled: tuple[Pooled, ...]


def run(seed: int = 0) -> Equivariance:
    """Shift before and after a convolution, and compare.

    >>> lesson = run()
    >>> lesson.zero.interior_differ, lesson.zero.columns, lesson.circular_differ
    (0, (1, 7), 0)
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    picture = rng.integers(1, 6, (SIDE, SIDE)).astype(np.float64)
    # odd numbers in every cell: no output can come out right by the luck of a weight that is 0
    kernel = rng.choice([-3.0, -1.0, 1.0, 3.0], (KERNEL, KERNEL))
    return Equivariance(
        plain(picture),
        plain(kernel),
        SHIFT,
        _compare(picture, kernel),
        _differ(
            slide(np.roll(picture, SHIFT, 1), kernel, PADDING, mode="wrap"),
            np.roll(slide(picture, kernel, PADDING, mode="wrap"), SHIFT, 1),
        ),
        tuple(_strided(picture, kernel, shift) for shift in (1, 2)),
        _pooled(picture, kernel),
    )


def moved(picture: Array, by: int) -> Array:
    """The picture shifted to the right; what leaves is gone, and nothing comes in.

    >>> import numpy as np
    >>> moved(np.array([[1.0, 2.0, 3.0]]), 1).tolist()
    [[0.0, 1.0, 2.0]]
    """
    import numpy as np

    shifted = np.zeros_like(picture)
    shifted[:, by:] = picture[:, : picture.shape[1] - by]
    return shifted


def _differ(one: Array, other: Array) -> int:
    return int((one != other).sum())


def _compare(picture: Array, kernel: Array, shift: int = SHIFT) -> Compared:
    """A cell counts as interior if neither its window nor the same window before the shift touches a border."""
    import numpy as np

    before, after = slide(moved(picture, shift), kernel, PADDING), moved(slide(picture, kernel, PADDING), shift)
    difference = before - after
    interior = np.s_[:, shift + PADDING : SIDE - PADDING]
    inside = int((difference[interior] != 0).sum())
    return Compared(
        plain(before),
        plain(after),
        plain(difference),
        inside,
        _differ(before, after) - inside,
        tuple(int(column) for column in np.flatnonzero((difference != 0).any(axis=0))),
    )


def _strided(picture: Array, kernel: Array, shift: int) -> Strided:
    """Try every shift of the map there is."""
    import numpy as np

    once = slide(picture, kernel, PADDING, stride=2, mode="wrap")
    again = slide(np.roll(picture, shift, 1), kernel, PADDING, stride=2, mode="wrap")
    differ = [_differ(again, np.roll(once, by, 1)) for by in range(once.shape[1])]
    return Strided(shift, differ.index(0) if 0 in differ else None, min(differ), once.size)


def _pooled(picture: Array, kernel: Array) -> tuple[Pooled, ...]:
    import numpy as np

    maps = [np.maximum(slide(np.roll(picture, by, 1), kernel, PADDING, mode="wrap"), 0) for by in (0, 1)]
    dots = [np.zeros((SIDE, SIDE)) for _column in range(3)]
    for column, dot in enumerate(dots):
        dot[2, column] = 1
    tops = [pool(dot) for dot in dots]
    pooled = [pool(one) for one in maps]
    return (
        Pooled("convolution", _differ(*maps), maps[0].size),
        Pooled("dot_within", _differ(tops[0], tops[1]), tops[0].size),
        Pooled("dot_across", _differ(tops[1], tops[2]), tops[0].size),
        Pooled("max_pool", _differ(*pooled), pooled[0].size),
        Pooled("global_max", int(maps[0].max() != maps[1].max()), 1),
        Pooled("global_mean", int(maps[0].sum() != maps[1].sum()), 1),
    )


def pool(feature_map: Array) -> Array:
    """The largest of every 2×2 block.

    >>> import numpy as np
    >>> pool(np.array([[1.0, 2.0], [4.0, 3.0]])).tolist()
    [[4.0]]
    """
    import numpy as np

    height, width = feature_map.shape
    return np.asarray(feature_map.reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3)))


def story(result: Equivariance) -> Iterator[Part]:
    """The lesson as it is told."""
    yield from _two_ways(result)
    yield _strides_table(result)
    yield _(
        "A stride of 2 looks at every other place only. A picture moved by one pixel is looked at in the places between, and "
        "no shift of the map makes up for that; moved by two, it fits again. After k such layers only "
        "shifts by multiples of 2^k do."
    )
    yield _pools_table(result)
    yield _(
        "Mind the word. Course notes like to say that convolution is translation invariant. Invariant means that the answer "
        "stays as it is; equivariant, that it moves along. Convolution is equivariant. Invariance is what pooling makes "
        "of it: fully when it pools the whole map, and only by luck, within one block, when it pools 2×2."
    )


def _two_ways(result: Equivariance) -> Iterator[Part]:
    zero = result.zero
    yield _(
        "Two ways to the same place? Shift the picture by {shift} pixels and then convolve; or convolve and then shift "
        "the map by {shift}. If it does not matter which comes first, the convolution is equivariant to translation."
    ).format(shift=result.shift)
    yield Picture(maps=(HeatMap(result.picture, _("picture x")), HeatMap(result.kernel, _("kernel"))))
    yield Picture(maps=_maps(zero), motion=Shifting(result.picture, result.kernel))
    yield _(
        "Cells that differ in the interior: {inside}. Near the border: {border}, in columns {columns}. There the two "
        "ways see different things: one has zeros where the other still sees picture that has just left, or not yet come."
    ).format(inside=zero.interior_differ, border=zero.border_differ, columns=", ".join(map(str, zero.columns)))
    yield _(
        "On a picture that goes on at its other side (circular padding) nothing leaves, and {count} cells differ. So it "
        "is the border that breaks equivariance, not the convolution."
    ).format(count=result.circular_differ)


def _maps(compared: Compared) -> tuple[HeatMap, ...]:
    return (
        HeatMap(compared.convolved_shifted, _("f(shift x)")),
        HeatMap(compared.shifted_convolved, _("shift f(x)")),
        HeatMap(compared.difference, _("difference")),
    )


class Shifting(NamedTuple):
    """The same in motion: the picture is shifted further and further."""

    picture: Grid
    kernel: Grid

    @property
    def rule(self) -> Rule:
        pattern = _("shifted by {shift}: {inside} cells differ in the interior, {border} near the border")
        return Rule("shifting", self.picture, self.kernel, pattern)

    @property
    def still(self) -> int:
        return SHIFT

    @property
    def frames(self) -> tuple[Frame, ...]:
        import numpy as np

        picture, kernel = (np.array(grid, dtype=np.float64) for grid in (self.picture, self.kernel))
        return tuple(self._frame(picture, kernel, shift) for shift in range(SIDE // 2 + 1))

    def _frame(self, picture: Array, kernel: Array, shift: int) -> Frame:
        compared = _compare(picture, kernel, shift)
        words = self.rule.pattern.format(shift=shift, inside=compared.interior_differ, border=compared.border_differ)
        return Frame((HeatMap(plain(moved(picture, shift)), _("shift x")), *_maps(compared)), words)


def _strides_table(result: Equivariance) -> Table:
    columns = (
        Column("shift", _("picture shifted by"), "number"),
        Column("fits", _("map shifted by"), "number"),
        Column("least_differ", _("cells that differ at best"), "number"),
        Column("cells", _("of"), "number"),
    )
    rows = tuple((one.shift, one.fits, one.least_differ, one.cells) for one in result.strided)
    return Table(columns, rows, title=_("Stride 2, circular padding: every shift of the map tried"))


def _pools_table(result: Equivariance) -> Table:
    labels = {
        "convolution": _("convolution and ReLU, no pooling"),
        "dot_within": _("max pooling 2×2, a dot moves inside its block"),
        "dot_across": _("max pooling 2×2, a dot moves into the next block"),
        "max_pool": _("max pooling 2×2 of the map"),
        "global_max": _("largest of the whole map"),
        "global_mean": _("mean of the whole map"),
    }
    columns = (
        Column("what", _("what is looked at")),
        Column("changed", _("outputs that change"), "number"),
        Column("cells", _("of"), "number"),
    )
    rows = tuple((labels[one.what], one.changed, one.cells) for one in result.pooled)
    return Table(columns, rows, title=_("What stays as it is when the picture moves by one pixel?"))
