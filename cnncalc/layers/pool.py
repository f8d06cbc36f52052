"""Pooling: a window that takes the largest, the mean or a power mean of what it covers, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc import formulas
from cnncalc.errors import LayerError
from cnncalc.language import _
from cnncalc.layers.base import Size, Word, abreast, at
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Padding, Sliding
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Pool(Sliding):
    """``stride`` is the kernel unless given. ``ceil`` rounds the size up by PyTorch's rule.

    Padding is at most half of the kernel on either side, as in PyTorch; with ``wide_padding`` only less than the
    kernel, as in ONNX Runtime. ``exclude_padding`` (averages divide by what is really there) changes values, never counts.

    >>> Pool(3, stride=2, ceil=True).output(Shape((112, 112), 64))
    Shape(space=(56, 56), channels=64)
    """

    keywords: ClassVar = {"maxpool": {"op": "max"}, "avgpool": {"op": "avg"}, "lppool": {"op": "lp"}}
    word: ClassVar = Word(
        "kernel",
        "",
        "stride",
        {
            **SLIDING_OPTIONS,
            "ceil": ("ceil", True),
            "excludepad": ("exclude_padding", True),
            "widepad": ("wide_padding", True),
        },
    )
    letters: ClassVar = {"kernel": "k"}

    kernel: Size
    op: str = "max"
    stride: Size = ()
    padding: Padding = NONE
    dilation: Size = (1,)
    ceil: bool = False
    exclude_padding: bool = False
    wide_padding: bool = False

    def __post_init__(self) -> None:
        if self.stride == ():
            object.__setattr__(self, "stride", self.kernel)
        if self.op not in ("max", "avg", "lp"):
            raise LayerError(_("pool: op {op} is not known: take max, avg or lp").format(op=repr(self.op)))
        self._check_window()
        self._check_padding()

    def _check_padding(self) -> None:
        """Refuse what frameworks refuse, and forget ``wide_padding`` where nothing needs it."""
        pairs = self.padding if isinstance(self.padding, tuple) else NONE
        sides = [(kernel, max(pair)) for kernel, pair in abreast(self.kernel, pairs)]  # type: ignore[arg-type]
        if all(padding <= kernel // 2 for kernel, padding in sides):
            object.__setattr__(self, "wide_padding", False)
        for kernel, padding in sides:
            most = self.most_padding(kernel)
            if padding > most:
                message = (
                    _("{kind}: padding {padding} is not less than kernel {kernel}: take a padding ≤ {most}")
                    if self.wide_padding
                    else _("{kind}: padding {padding} is more than half of kernel {kernel}: take a padding ≤ {most}")
                )
                raise LayerError(message.format(kind=self.keyword, padding=padding, kernel=kernel, most=most))

    def output(self, shape: Shape) -> Shape:
        return Shape(self.space(shape), shape.channels)

    def most_padding(self, kernel: int) -> int:
        return kernel - 1 if self.wide_padding else kernel // 2

    def room(self, axis: int, size: int) -> int:
        late = at(self.stride, axis) - 1 if self.ceil else 0
        return super(Pool, self).room(axis, size) + late

    def positions(self, axis: int, size: int) -> int:
        if not self.ceil or isinstance(self.padding, str):
            return super(Pool, self).positions(axis, size)
        before, after = self.sides(axis, size)
        return formulas.positions_ceil(
            size, before + after, before, at(self.kernel, axis), at(self.stride, axis), at(self.dilation, axis)
        )
