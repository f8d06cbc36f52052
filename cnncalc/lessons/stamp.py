"""The stamp: what a kernel answers at every place of a picture, and three things its answer does not mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc.errors import ShapeError
from cnncalc.language import N_, _
from cnncalc.lessons import LessonError, Option, images
from cnncalc.lessons.images import PICTURES, read_image
from cnncalc.lessons.kernels import KERNELS, read_kernel
from cnncalc.lessons.telling import Grid, Part, plain
from cnncalc.lessons.window import slide
from cnncalc.report import Cell, Column, HeatMap, Picture, Table
from cnncalc.shapes import shorten

if TYPE_CHECKING:
    from cnncalc.lessons.telling import Array

TITLE = N_("The stamp: one kernel, pressed on every place of a picture")
GREY = 100
"""The flat picture on which padding draws its false lines."""
MOST_CELLS = 400
"""Of a larger picture, kernel and map are shown apart, each on its own scale."""
LABELS = {
    "line": N_("bright line"),
    "thick-line": N_("thick line"),
    "dark-line": N_("dark line"),
    "step": N_("step edge"),
    "horizontal-line": N_("horizontal line"),
    "flat": N_("flat"),
    "cat-ear": N_("cat ears"),
}


@dataclass(frozen=True, slots=True)
class At:
    """One cell of the map, written out: what the kernel lies on, the products, and their sum."""

    y: int
    x: int
    patch: Grid
    products: Grid
    sum: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the plus-shaped kernel says to a patch: its dot product, and the same divided by both lengths."""

    patch: str
    dot: float
    normalised: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the kernel says to a built-in picture: the middle row of the map, and the extremes of all of it."""

    picture: str
    row: tuple[float, ...]
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Stamp:
    """Everything the lesson found."""

    picture: str
    image: Grid
    kernel: Grid
    kernel_sum: float
    flipped: bool
    padding: int
    map: Grid
    in_padding: tuple[tuple[int, int], ...]
    at: At | None
    answers: tuple[Answer, ...]
    flat_padded: Grid
    likeness: tuple[Likeness, ...]


def _padding(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise LessonError(_("padding {text} is not a whole number: give one such as 1").format(text=shorten(text)))
    return int(text)


def _cell(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*", text)
    if not match:
        raise LessonError(_("{text} is not a cell: give row and column, such as 2,3").format(text=shorten(text)))
    return int(match[1]), int(match[2])


OPTIONS = {
    "kernel": Option(
        "KERNEL", N_('vertical, blur, cat-ear …, numbers such as "0 1; 1 0", or a file of them'), read_kernel
    ),
    "picture": Option("|".join(PICTURES), N_("the picture to stamp"), str),
    "image": Option("FILE", N_("a picture of your own: PNG, JPEG or PGM"), read_image, instead="picture"),
    "padding": Option("N", N_("zeros around the picture"), _padding),
    "at": Option("Y,X", N_("write out the arithmetic of this cell of the map"), _cell),
    "flip": Option("", N_("turn the kernel first: convolution as in mathematics"), bool),
}
"""What the lesson can be told; `run` takes the same."""


def run(
    *,
    kernel: Grid = KERNELS["vertical"],
    picture: str = "line",
    image: Array | None = None,
    padding: int = 0,
    at: tuple[int, int] | None = None,
    flip: bool = False,
) -> Stamp:
    """Stamp a picture; ``flip`` turns the kernel by 180° first, which is what mathematics calls a convolution.

    >>> run().map[0], run(picture="flat").map[0], run(picture="step").map[0]
    ((0, -3, 6, -3, 0), (0, 0, 0, 0, 0), (0, 0, -3, 3, 0))

    Raises `ShapeError` for a kernel larger than the padded picture, `LessonError` for a cell outside the map.
    """
    import numpy as np

    pixels = np.array(images.picture(picture), dtype=np.float64) if image is None else image
    weights = np.array(kernel, dtype=np.float64)
    weights = weights[::-1, ::-1] if flip else weights
    _check_padding(padding, weights.shape)
    _check_fit(pixels.shape, weights.shape, padding)
    answer = slide(pixels, weights, padding)
    return Stamp(
        picture if image is None else "",
        plain(pixels),
        plain(weights),
        _tidy(float(weights.sum())),
        flip,
        padding,
        plain(answer),
        _in_padding(answer.shape, pixels.shape, weights.shape, padding),
        None if at is None else _at(pixels, weights, padding, answer, at),
        tuple(_answer(shown, weights) for shown in LABELS if _fits(shown, weights)),
        plain(slide(np.full((6, 8), float(GREY)), np.array(KERNELS["vertical"], dtype=np.float64), padding=1)),
        _likeness(),
    )


def _check_padding(padding: int, kernel: tuple[int, ...]) -> None:
    if padding < 0:
        raise LessonError(_("padding {padding} is negative: take 0 or more").format(padding=padding))
    if padding >= max(kernel):
        raise LessonError(
            _("padding {padding} is as large as the kernel: take at most {most}").format(
                padding=padding, most=max(kernel) - 1
            )
        )


def _check_fit(picture: tuple[int, ...], kernel: tuple[int, ...], padding: int) -> None:
    for size, taps in zip(picture, kernel, strict=True):
        if taps > size + 2 * padding:
            raise ShapeError(
                _("kernel {kernel} does not fit into {picture} (+{padding} padding): take a larger picture").format(
                    kernel=f"{kernel[0]}x{kernel[1]}", picture=f"{picture[0]}x{picture[1]}", padding=2 * padding
                )
            )


def _tidy(number: float) -> float:
    """A sum of ninths as 1, not as 0.9999999999999998."""
    return round(number, 12) if round(number, 12) != int(round(number, 12)) else int(round(number, 12))


def _in_padding(
    size: tuple[int, ...], picture: tuple[int, ...], kernel: tuple[int, ...], padding: int
) -> tuple[tuple[int, int], ...]:
    """The cells whose window lies partly in the padding."""
    if padding == 0:
        return ()
    inside = [range(padding, padding + size - taps + 1) for size, taps in zip(picture, kernel, strict=True)]
    return tuple((y, x) for y in range(size[0]) for x in range(size[1]) if y not in inside[0] or x not in inside[1])


def _at(pixels: Array, weights: Array, padding: int, answer: Array, at: tuple[int, int]) -> At:
    import numpy as np

    y, x = at
    height, width = answer.shape
    if not (0 <= y < height and 0 <= x < width):
        raise LessonError(
            _("there is no cell {y},{x}: the map is {height}x{width}, take 0,0 to {last}").format(
                y=y, x=x, height=height, width=width, last=f"{height - 1},{width - 1}"
            )
        )
    padded = np.pad(pixels, padding)
    patch = padded[y : y + weights.shape[0], x : x + weights.shape[1]]
    return At(y, x, plain(patch), plain(patch * weights), _tidy(float(answer[y, x])))


def _fits(name: str, weights: Array) -> bool:
    height, width = weights.shape
    return bool(height <= len(PICTURES[name]) and width <= len(PICTURES[name][0]))


def _answer(name: str, weights: Array) -> Answer:
    import numpy as np

    rows = plain(slide(np.array(PICTURES[name], dtype=np.float64), weights))
    return Answer(name, rows[len(rows) // 2], min(map(min, rows)), max(map(max, rows)))


def _likeness() -> tuple[Likeness, ...]:
    import numpy as np

    plus = np.array(KERNELS["plus"], dtype=np.float64)
    flat = np.ones((3, 3))
    measured = []
    for name, patch in (("plus", plus), ("flat_1", flat), ("flat_2", 2 * flat)):
        dot = float((plus * patch).sum())
        measured.append(Likeness(name, _tidy(dot), dot / float(np.linalg.norm(plus) * np.linalg.norm(patch))))
    return tuple(measured)


def story(result: Stamp) -> Iterator[Part]:
    """The lesson as it is told."""
    yield _(
        "A kernel is a stamp with numbers on it. Lay it on a patch of the picture, multiply number by number, add "
        "up, and write the sum down; move on by one pixel and do it again. The sums are the feature map: large "
        "where the picture resembles the stamp."
    )
    yield from _pictures(result)
    if result.at:
        yield _arithmetic(result.at, result.kernel)
    yield _sum_note(result.kernel_sum)
    yield _answers_table(result)
    if result.kernel == KERNELS["vertical"]:
        yield _(
            'Read the table with care. A dark line answers with the same numbers and the other sign, so "the brightest '
            'cell is the most line-like" holds for bright lines only. A mere step, which is not a line at all, already '
            "gives half of a line's answer."
        )
    yield _padding_picture(result)
    yield _likeness_table(result)
    yield _(
        "So a dot product is not a likeness: it also grows with brightness. Dividing by the lengths of both, patch "
        "and kernel, mends it: an exact match is then 1 and nothing can be more. A convolution layer does not do "
        "that; it leaves it to training to find weights and biases that cope."
    )


def _pictures(result: Stamp) -> list[Picture]:
    marked = frozenset(result.in_padding)
    maps = (
        HeatMap(result.image, _("picture")),
        HeatMap(result.kernel, _("kernel, turned by 180°") if result.flipped else _("kernel")),
        HeatMap(result.map, _("feature map"), marked),
    )
    caption = _("* the kernel lies partly in the padding there") if marked else ""
    if len(result.image) * len(result.image[0]) <= MOST_CELLS:
        return [Picture(caption=caption, maps=maps)]
    return [Picture(maps=maps[:1]), Picture(maps=maps[1:2]), Picture(caption=caption, maps=maps[2:])]


def _arithmetic(at: At, kernel: Grid) -> str:
    pairs = (pair for rows in zip(kernel, at.patch, strict=True) for pair in zip(*rows, strict=True))
    work = " + ".join(f"{_signed(weight)}·{value:.6g}" for weight, value in pairs)
    return _("Cell {y},{x}: {work} = {sum}").format(y=at.y, x=at.x, work=work, sum=f"{at.sum:.6g}")


def _signed(number: float) -> str:
    return f"({number:.4g})" if number < 0 else f"{number:.4g}"


def _sum_note(kernel_sum: float) -> str:
    if kernel_sum:
        return _("The kernel's numbers add up to {sum}: a flat patch of value v answers {sum}·v, not 0.").format(
            sum=f"{kernel_sum:.6g}"
        )
    return _(
        "The kernel's numbers add up to 0: what it gains in the middle it pays at the sides. So a flat patch, "
        "black or white, answers 0, and the kernel speaks only where something changes."
    )


def _answers_table(result: Stamp) -> Table:
    columns = (
        Column("picture", _("picture")),
        Column("row", _("the middle row of its map")),
        Column("lowest", _("lowest of all"), "number"),
        Column("highest", _("highest of all"), "number"),
    )
    rows: list[tuple[Cell, ...]] = [
        (_(LABELS[answer.picture]), "  ".join(f"{value:.3g}" for value in answer.row), answer.lowest, answer.highest)
        for answer in result.answers
    ]
    return Table(columns, tuple(rows), title=_("What this kernel answers to the built-in pictures"))


def _padding_picture(result: Stamp) -> Picture:
    false = frozenset((y, x) for y, row in enumerate(result.flat_padded) for x, value in enumerate(row) if value)
    return Picture(
        maps=(HeatMap(result.flat_padded, _("vertical-line kernel on a flat {grey}").format(grey=GREY), false),),
        caption=_(
            "* Padding with zeros draws lines that are not there: the picture is flat, {grey} everywhere, and yet both "
            "borders answer {highest}, as a bright line would. To the kernel the black frame is part of the picture."
        ).format(grey=GREY, highest=f"{max(map(max, result.flat_padded)):g}"),
    )


def _likeness_table(result: Stamp) -> Table:
    labels = {
        "plus": _("a plus, exactly the kernel"),
        "flat_1": _("flat, all 1"),
        "flat_2": _("flat, all 2"),
    }
    columns = (
        Column("patch", _("patch under the plus kernel")),
        Column("dot", _("dot product"), "number"),
        Column("normalised", _("divided by both lengths"), "number"),
    )
    rows = tuple((labels[one.patch], one.dot, round(one.normalised, 3)) for one in result.likeness)
    return Table(columns, rows, title=_("Is the answer a measure of likeness?"))
