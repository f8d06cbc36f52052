"""Transposed convolution: the convolution's map turned around, so that strides enlarge."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import ClassVar, final

from cnncalc import formulas
from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import Reach, Taps, check_period
from cnncalc.language import _
from cnncalc.layers.base import FilterBank, Size, Word, abreast, at, check_groups, grouped, sizes, spread, whole
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Filtering, Padding, Pair
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Transposed(Filtering):
    """Each input stamps the whole kernel on the output, ``stride`` apart; ``padding`` is cut off the result.

    Output size (n − 1)·s − p + w + a with output padding a (Dumoulin & Visin 2016); ``same`` gives n·s (Keras).
    Its MACs are those of the convolution it transposes: input positions × kernel × C_in × C_out / groups.

    >>> Transposed(4, 8, stride=2, padding=1).output(Shape((16, 16), 8))
    Shape(space=(32, 32), channels=8)
    """

    keywords: ClassVar = {"convT": {}, "tconv": {}, "deconv": {}}
    word: ClassVar = Word(
        "kernel",
        "filters",
        "stride",
        {
            **{key: value for key, value in SLIDING_OPTIONS.items() if key not in ("causal", "same-lower")},
            "op": ("output_padding", "size0"),
            "g": ("groups", "count"),
            "nobias": ("bias", False),
        },
    )
    letters: ClassVar = {**Filtering.letters, "groups": "g"}
    equation: ClassVar = "g c S, g c o K -> g o S K"  # stamps; those that overlap are added
    sized: ClassVar = (*Filtering.sized, "output_padding")

    kernel: Size
    filters: int | None = None
    stride: Size = (1,)
    padding: Padding = NONE
    output_padding: Size = (0,)
    dilation: Size = (1,)
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        self._check_window()
        whole("convT", "groups", self.groups)
        object.__setattr__(self, "output_padding", sizes("convT", "output padding", self.output_padding, least=0))
        if self.padding in ("causal", "same-lower"):
            raise LayerError(
                _("convT: padding {padding} is for convolutions: give a number or same").format(padding=self.padding)
            )

        self._check_output_padding()

    def _check_output_padding(self) -> None:
        """More than the last stamps leave open is refused, by PyTorch's rule."""
        if self.padding == "same" and any(self.output_padding):  # type: ignore[arg-type]
            raise LayerError(_("convT: same settles the size that comes out: leave out the output padding"))
        for extra, stride, dilation in abreast(self.output_padding, self.stride, self.dilation):  # type: ignore[arg-type]
            if extra >= max(stride, dilation):
                raise LayerError(
                    _(
                        "convT: output padding {extra} is not less than the stride {stride}: "
                        "take an output padding ≤ {most} or a stride ≥ {least}"
                    ).format(extra=extra, stride=stride, most=max(stride, dilation) - 1, least=extra + 1)
                )

    def sides(self, axis: int, size: int | None) -> Pair:
        if self.padding != "same":
            return super(Transposed, self).sides(axis, size)
        total = max(formulas.window(at(self.kernel, axis), at(self.dilation, axis)) - at(self.stride, axis), 0)
        return total // 2, total - total // 2

    def positions(self, axis: int, size: int) -> int:
        stride = at(self.stride, axis)
        if self.padding == "same":
            return size * stride
        before, after = self.sides(axis, size)
        return formulas.positions_transposed(
            size, before + after, at(self.kernel, axis), stride, at(self.dilation, axis), at(self.output_padding, axis)
        )

    def _check_fit(self, axis: int, size: int) -> None:
        if self.positions(axis, size) < 1:
            raise ShapeError(
                _("convT: padding {padding} leaves nothing of {size} inputs: take a padding < {most}").format(
                    padding="/".join(map(str, self.sides(axis, size))),
                    size=size,
                    most=(self.positions(axis, size) + sum(self.sides(axis, size)) + 1) // 2,
                )
            )

    def leftover(self, axis: int, size: int) -> int:
        return 0

    def output(self, shape: Shape) -> Shape:
        filters = self.channels_out(shape)
        check_groups("convT", self.groups, shape.channels, filters)
        spread("convT", "output padding", self.output_padding, shape)
        return Shape(self.space(shape), filters)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        kernel = self.kernel_of(shape)
        learnt = FilterBank(output.channels, formulas.fan_in(kernel, shape.channels, self.groups), int(self.bias), 0)
        # every input number is multiplied by its whole kernel, once for each filter of its group
        stamped = FilterBank(0, formulas.fan_in(kernel, output.channels, self.groups), 0, shape.numbers)
        return learnt, stamped

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return grouped(self.groups, before, after)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        before, _after = self.sides(axis, size)
        kernel, stride, dilation = at(self.kernel, axis), at(self.stride, axis), at(self.dilation, axis)
        check_period(self.keyword, stride)
        return Reach(1, tuple(_stamps(phase + before, kernel, stride, dilation) for phase in range(stride)))

    @property
    def open(self) -> bool:
        return False


def _stamps(place: int, kernel: int, stride: int, dilation: int) -> Taps:
    """The inputs i with ``place = i·stride + j·dilation`` for some tap j of the kernel."""
    common = gcd(stride, dilation)
    if place % common:
        return Taps(0, 0)
    turn = stride // common
    first = (place // common) * pow(dilation // common, -1, turn) % turn
    if first >= kernel:
        return Taps(0, 0)
    count = (kernel - 1 - first) // turn + 1
    last = first + (count - 1) * turn
    return Taps((place - last * dilation) // stride, count, dilation // common)
