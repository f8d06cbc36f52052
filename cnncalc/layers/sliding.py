"""What every kind with a sliding window shares: kernel, stride, padding, dilation, where it fits, what it reads."""

from __future__ import annotations

from typing import Any, ClassVar

from cnncalc import formulas
from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import WHOLE, Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Layer, Size, Sizes, at, sizes, spread, whole
from cnncalc.shapes import LARGEST, Shape
from cnncalc.symbols import Term

Pair = tuple[int, int]
"""Padding before and after, on one axis."""
Pairs = tuple[Pair, ...]
"""One pair for every axis, or one pair per axis."""
Padding = int | str | tuple[int | Pair, ...]
"""What a user may give: ``"same"`` and ``"same-lower"`` (TensorFlow's rule; the odd one at the end, or at the start),
``"causal"`` (all before), a number, or numbers and pairs per axis. A layer keeps a rule's name or `Pairs`."""

NONE: Pairs = ((0, 0),)
SIZES = ("kernel", "stride", "dilation")
SAME = ("same", "same-lower")
"""Paddings that share out what the last window lacks, which depends on the size of the map."""
RULES = (*SAME, "causal")
"""Paddings that keep ⌈n/s⌉ positions, whatever the kernel."""

SLIDING_OPTIONS: dict[str, tuple[str, Any]] = {
    "p": ("padding", "padding"),
    "d": ("dilation", "size"),
    **{rule: ("padding", rule) for rule in RULES},
    "valid": ("padding", NONE),
}


def paddings(kind: str, value: Padding) -> str | Pairs:
    """``value`` in its one form: a rule's name, or pairs, collapsed where all axes agree.

    >>> paddings("conv", 1), paddings("conv", (0, 3)), paddings("conv", ((2, 3),)), paddings("conv", "valid")
    (((1, 1),), ((0, 0), (3, 3)), ((2, 3),), ((0, 0),))
    """
    if isinstance(value, str):
        if value in RULES:
            return value
        if value == "valid":
            return NONE
        raise LayerError(
            _("{kind}: padding {value} is not known: give a number, a pair or one of {rules}").format(
                kind=kind, value=repr(value), rules="same, valid, causal"
            )
        )
    sides = value if isinstance(value, tuple) else (value,)
    pairs = tuple(side if isinstance(side, tuple) else (side, side) for side in sides)
    for pair in pairs:
        if len(pair) != 2:
            raise LayerError(_("{kind}: padding {value} is not a pair").format(kind=kind, value=pair))
        for side in pair:
            whole(kind, "padding", side, least=0)
    if not 1 <= len(pairs) <= 3:
        raise LayerError(_("{kind}: padding for {count} axes: give 1, 2 or 3").format(kind=kind, count=len(pairs)))
    return pairs[:1] if len(set(pairs)) == 1 else pairs


def pair_at(pairs: Padding, axis: int) -> Pair:
    """The padding before and after on one axis, of pairs in their one form."""
    both = pairs if isinstance(pairs, tuple) else (pairs,)
    pair = both[axis] if len(both) > 1 else both[0]
    return pair if isinstance(pair, tuple) else (int(pair), int(pair))


class Sliding(Layer):
    """A window of ``kernel`` that slides in steps of ``stride`` over the input padded by ``padding``.

    The four are fields of every subclass, in the order that reads best there.
    """

    __slots__ = ()

    sized: ClassVar[tuple[str, ...]] = (*SIZES, "padding")

    kernel: Size
    stride: Size
    padding: Padding
    dilation: Size

    def __post_init__(self) -> None:
        self._check_window()

    def _check_window(self) -> None:
        """Bring the four to their one form and refuse what makes no sense; a kind that checks more calls it first."""
        kind = next(iter(self.keywords))
        for name in SIZES:
            object.__setattr__(self, name, sizes(kind, name, getattr(self, name)))
        object.__setattr__(self, "padding", paddings(kind, self.padding))

    def sides(self, axis: int, size: int | None) -> Pair:
        """Padding before and after on one axis; the most there can be where the ``size`` is not known."""
        if not isinstance(self.padding, str):
            return pair_at(self.padding, axis)
        kernel, stride, dilation = at(self.kernel, axis), at(self.stride, axis), at(self.dilation, axis)
        if self.padding == "causal":
            return formulas.window(kernel, dilation) - 1, 0
        # the padding depends on n mod s: it is largest for 1, and smallest for 0, as `latest` takes it
        total = formulas.padding_same(1 if size is None else size, kernel, stride, dilation)
        small, large = total // 2, total - total // 2
        return (small, large) if self.padding == "same" else (large, small)

    def _check_axes(self, shape: Shape) -> None:
        """`ShapeError` for sizes of another number of axes than the input has."""
        for name in SIZES:
            spread(self.keyword, name, getattr(self, name), shape)
        if isinstance(self.padding, tuple):
            spread(self.keyword, "padding", tuple(range(len(self.padding))), shape)

    def positions(self, axis: int, size: int) -> int:
        """How many places the window takes on one axis of ``size`` inputs."""
        kernel, stride, dilation = (at(sizes, axis) for sizes in (self.kernel, self.stride, self.dilation))
        return formulas.positions(size, sum(self.sides(axis, size)), kernel, stride, dilation)

    def room(self, axis: int, size: int) -> int:
        """How long the first window may be on one axis of ``size`` inputs: the padded axis."""
        return size + sum(self.sides(axis, size))

    def most_padding(self, kernel: int) -> int:
        """The most padding that may lie on one side of an axis with this kernel."""
        return LARGEST

    def space(self, shape: Shape) -> tuple[int, ...]:
        """The output's spatial sizes; `ShapeError` where the window does not fit."""
        keyword = self.keyword
        if not shape.space:
            raise ShapeError(
                _(
                    "{kind}: a window needs at least one axis to slide on, but {shape} has none: "
                    "write {shape}x1 for a sequence"
                ).format(kind=keyword, shape=shape)
            )
        self._check_axes(shape)
        for axis, size in enumerate(shape.space):
            self._check_fit(axis, size)
        return tuple(self.positions(axis, size) for axis, size in enumerate(shape.space))

    def fits(self, axis: int, size: int) -> bool:
        """Whether there is a place for the window on one axis of ``size`` inputs."""
        return formulas.window(at(self.kernel, axis), at(self.dilation, axis)) <= self.room(axis, size)

    def _check_fit(self, axis: int, size: int) -> None:
        if self.fits(axis, size):
            return
        kernel, dilation = at(self.kernel, axis), at(self.dilation, axis)
        span, room, added = formulas.window(kernel, dilation), self.room(axis, size), sum(self.sides(axis, size))
        missing = -(-(span - room) // 2) + added // 2
        message = (
            _(
                "kernel {span} does not fit into {size} (+{added} padding): "
                "add padding ≥ {missing} or take a kernel ≤ {most}"
            )
            if missing <= self.most_padding(kernel)
            else _("kernel {span} does not fit into {size} (+{added} padding): take a kernel ≤ {most}")
        )
        raise ShapeError(
            message.format(
                span=_("{kernel} (spanning {span})").format(kernel=kernel, span=span) if dilation > 1 else span,
                size=size,
                added=added,
                missing=missing,
                most=(room - 1) // dilation + 1,
            )
        )

    def leftover(self, axis: int, size: int) -> int:
        """How many inputs at the end of the axis no window reaches, because the size was rounded down."""
        before, after = self.sides(axis, size)
        span = formulas.window(at(self.kernel, axis), at(self.dilation, axis))
        covered = (self.positions(axis, size) - 1) * at(self.stride, axis) + span
        return max(size + before + after - covered, 0)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        before, _after = self.sides(axis, size)
        taps = Taps(-before, at(self.kernel, axis), at(self.dilation, axis))
        return Reach(at(self.stride, axis), (taps,))

    def latest(self, axis: int) -> Reach | None:
        return self.reach(axis, at(self.stride, axis))

    @property
    def open(self) -> bool:
        return self.padding in SAME

    def kernel_of(self, shape: Shape) -> Sizes:
        """The kernel, one number per axis of ``shape``; a `Term` that held for all of them gets each axis' letter."""
        kernel = spread(self.keyword, "kernel", self.kernel, shape)
        if len(kernel) == 1 or not all(isinstance(size, Term) for size in kernel):
            return kernel
        return tuple(Term(int(size), f"k_{axis.lower()}") for size, axis in zip(kernel, shape.axes, strict=True))


class Filtering(Sliding):
    """A sliding window with ``filters``, C_out of them; `None` keeps the number of channels."""

    __slots__ = ()

    mixes: ClassVar[Reach | None] = WHOLE  # filters sum over the channels
    letters: ClassVar = {"kernel": "k", "filters": "C_out"}

    filters: int | None

    def _check_window(self) -> None:
        super()._check_window()
        if self.filters is not None:
            whole(next(iter(self.keywords)), "filters", self.filters)

    def _check_axes(self, shape: Shape) -> None:
        *kernel, filters = self.kernel if isinstance(self.kernel, tuple) else (self.kernel,)
        if len(kernel) == len(shape.space) > 1 and self.filters is None:
            raise ShapeError(
                _("{kind}: kernel {value} is for {given} axes, but {shape} has {rank}: did you mean {near}?").format(
                    kind=self.keyword,
                    value="x".join(map(str, (*kernel, filters))),
                    given=len(kernel) + 1,
                    shape=shape,
                    rank=len(kernel),
                    near=f"{self.keyword}{'x'.join(map(str, dict.fromkeys(kernel)))}-{filters}",
                )
            )
        super()._check_axes(shape)

    def channels_out(self, shape: Shape) -> int:
        """C_out, for an input of ``shape``."""
        return shape.channels if self.filters is None else self.filters
