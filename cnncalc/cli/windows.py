"""The options of a sliding window, which every command that compares layers has: one table makes them and reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from typer import Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.options import grouped
from cnncalc.errors import ShapeError
from cnncalc.language import N_, _
from cnncalc.layers.base import Size
from cnncalc.layers.sliding import RULES
from cnncalc.layers.sliding import Padding as AnyPadding
from cnncalc.shapes import Shape, read_padding, read_sizes, shorten, whole_number

if TYPE_CHECKING:
    from cnncalc.comparison.rows import Spec

NAMED = (*RULES, "valid")
"""Paddings that are a word."""
BIASES = {"per-position": False, "shared": True}
"""What ``--local-bias`` may be, and whether the bias is then shared."""


def whole(option: str, text: str) -> int:
    """A whole number.

    >>> whole("--filters", "64")
    64
    """
    try:
        return whole_number(text)
    except ShapeError as problem:
        raise UsageError(
            _("{option} {text} is not a whole number from 1 to 2^63 − 1: give one such as 3").format(
                option=option, text=shorten(text)
            )
        ) from problem


def size(option: str, text: str) -> Size:
    """One number for every axis, or one for each: ``3``, ``1x7``, ``3x3x3``.

    >>> size("--kernel", "3"), size("--kernel", "1x7")
    ((3,), (1, 7))
    """
    try:
        return read_sizes(text.strip().lower())
    except ShapeError as problem:
        raise UsageError(
            _(
                "{option} {text} is not a size: give a whole number from 1 to 2^63 − 1 such as 3, "
                "or one for each axis such as 1x7"
            ).format(option=option, text=shorten(text))
        ) from problem


def padding(option: str, text: str) -> AnyPadding:
    """A word of `NAMED`, a number, or a number or a pair (before/after) for each axis.

    >>> padding("--padding", "same"), padding("--padding", "2/3x0")
    ('same', ((2, 3), (0, 0)))
    """
    written = text.strip().lower()
    if written in NAMED:
        return written
    try:
        return read_padding(written)
    except ShapeError as problem:
        raise UsageError(
            _(
                "{option} {text} is not a padding: give a number, pairs before/after such as 2/3, or one of {rules}"
            ).format(option=option, text=shorten(text), rules=", ".join(NAMED))
        ) from problem


def local_bias(option: str, text: str) -> bool:
    """Whether the bias of the locally connected layer is shared."""
    if text not in BIASES:
        raise UsageError(
            _("{option} {text} is not known: take one of {known}").format(
                option=option, text=shorten(text), known=", ".join(BIASES)
            )
        )
    return BIASES[text]


class Flag(NamedTuple):
    """One option: what it is called, how it reads, and what the help says of it.

    It makes sense only where ``row`` is shown, if it names one, and only beside a kernel unless it can stand ``alone``.
    """

    option: str
    read: Callable[[str, str], Any]
    metavar: str
    help: str
    row: str = ""
    alone: bool = False

    @property
    def annotation(self) -> Any:
        """What Typer makes the option of."""
        return Annotated[str | None, Option(self.option, metavar=self.metavar, help=self.help)]


WINDOW: Mapping[str, Flag] = {
    "kernel": Flag("--kernel", size, "K", N_("size of the window: 3, 1x7, 3x3x3")),
    "filters": Flag("--filters", whole, "N", N_("number of filters; 1 if not given")),
    "stride": Flag("--stride", size, "S", N_("steps of the window: 2, 1x2")),
    "padding": Flag("--padding", padding, f"P|{'|'.join(NAMED)}", N_("padding: 1, 0x1, before/after as in 2/3x0/1")),
    "dilation": Flag("--dilation", size, "D", N_("distance between the taps of the kernel")),
    "groups": Flag("--groups", whole, "G", N_("groups of channels of the convolution"), "conv"),
    "shared_bias": Flag(
        "--local-bias", local_bias, "|".join(BIASES), N_("bias of the locally connected layer"), "local"
    ),
    "units": Flag("--units", whole, "N", N_("units of the fully connected layer; 4096"), "dense", alone=True),
    "tile": Flag("--tile", size, "T", N_("tiled layer: a T×T grid of filters in turn; 2"), "tiled"),
}
"""Every option of a window, by the field of `Spec` that it fills."""


Window = Mapping[str, str]
"""The options of a window that were typed, as they were, by the keys of `WINDOW`."""

windowed = grouped("window", {field: flag.annotation for field, flag in WINDOW.items()})
"""Gives a command the options of `WINDOW` in place of its parameter ``window``, which is a `Window`."""


def check(window: Window, rows: Sequence[str]) -> None:
    """`UsageError` for options of a window that have nothing to say: without a kernel, or without their row."""
    if "kernel" not in window and "units" not in window:
        raise UsageError(_("nothing to count: add --kernel 3 for a window, or --units for a fully connected layer"))
    for field, text in window.items():
        option, row, text = WINDOW[field].option, WINDOW[field].row, shorten(text)
        if "kernel" not in window and not WINDOW[field].alone:
            raise UsageError(_("{option} {text} needs a window: add --kernel").format(option=option, text=text))
        if row and rows and row not in rows:
            raise UsageError(
                _("{option} {text} is for the row {row}, which --compare leaves out: add it, or drop {option}").format(
                    option=option, text=text, row=row
                )
            )


def spec_of(input: str, window: Window, compare: str | None, *, bias: bool, dtype: str = "fp32") -> Spec:
    """What is compared, from options as they were typed; of ``compare``, ``dense`` brings the one with the same output."""
    from cnncalc.comparison.rows import Spec

    rows = () if compare is None else tuple(name.strip() for name in compare.split(","))
    if "dense" in rows and "kernel" in window:
        rows = (*rows, "dense_same")
    shape = Shape.parse(input)
    check(window, rows)
    read = {field: WINDOW[field].read(WINDOW[field].option, text) for field, text in window.items()}
    return Spec(shape, **read, bias=bias, names=rows, dtype=dtype)
