"""The stamp: what a kernel answers at every place of a picture, and three things its answer does not mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc.errors import ShapeError
from cnncalc.language import N_, _
from cnncalc.lessons import LessonError, Option
from cnncalc.lessons.images import CHANNELS, LABELS, PICTURES, Planes, grey, planes, read_image
from cnncalc.lessons.kernels import COLOUR_KERNELS, KERNELS, read_kernel
from cnncalc.lessons.knob import Turn, table, turned
from cnncalc.lessons.telling import Grid, Part, plain
from cnncalc.lessons.window import slide
from cnncalc.report import Cell, Column, Table
from cnncalc.report.motion import Slide
from cnncalc.report.picture import HeatMap, Picture
from cnncalc.shapes import shorten

if TYPE_CHECKING:
    from cnncalc.lessons.telling import Array

TITLE = N_("The stamp: one kernel, pressed on every place of a picture")
GREY = 100
"""The flat picture on which padding draws its false lines."""
BRIGHTEST = 255
MOST_BIAS, MOST_SIGNS = 1e9, 40
MOST_CELLS = 400
"""Of a larger picture, kernel and map are shown apart, each on its own scale."""
COLOUR_NAMES = {"red": N_("red"), "green": N_("green"), "blue": N_("blue")}


@dataclass(frozen=True, slots=True)
class At:
    """One cell of the map, written out: what the kernel lies on, the products, and their sum with the bias.

    In colour the patch is its brightness, and the products are those of all channels added up.
    """

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
class Plane:
    """One channel of a picture in colour, the kernel's numbers for it, and what they alone answer."""

    channel: str
    image: Grid
    kernel: Grid
    map: Grid


@dataclass(frozen=True, slots=True)
class Stamp:
    """Everything the lesson found; ``map`` has the bias in it, and ``fired`` is what ReLU leaves of it.

    In colour ``image`` is the brightness and ``kernel`` the sum over the channels, which is what it is to a grey
    picture; the channels stand in ``planes``.
    """

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
    bias: float
    fired: Grid
    knob: tuple[Turn, ...]
    planes: tuple[Plane, ...]
    parameters: int


def _padding(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise LessonError(_("padding {text} is not a whole number: give one such as 1").format(text=shorten(text)))
    return int(text)


def _cell(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*", text)
    if not match:
        raise LessonError(_("{text} is not a cell: give row and column, such as 2,3").format(text=shorten(text)))
    return int(match[1]), int(match[2])


def _bias(text: str) -> float:
    try:
        bias = float(text) if len(text) <= MOST_SIGNS else float("nan")
    except ValueError:
        bias = float("nan")
    if not abs(bias) <= MOST_BIAS:
        raise LessonError(
            _("bias {text} is not a number between -1e9 and 1e9: give one such as -4").format(text=shorten(text))
        )
    return int(bias) if bias == int(bias) else bias


OPTIONS = {
    "kernel": Option(
        "KERNEL",
        N_('vertical, blur, cat-ear, green-to-blue …, numbers such as "0 1; 1 0", or a file of them'),
        read_kernel,
    ),
    "picture": Option(
        "NAME",
        N_("the picture to stamp: line, step, diagonal, noise, cat-ear, green-blue … (a wrong name lists all)"),
        str,
    ),
    "image": Option("FILE", N_("a picture of your own: PNG, JPEG or PGM"), read_image, instead="picture"),
    "padding": Option("N", N_("zeros around the picture"), _padding),
    "at": Option("Y,X", N_("write out the arithmetic of this cell of the map"), _cell),
    "flip": Option("", N_("turn the kernel first: convolution as in mathematics"), bool),
    "bias": Option("N", N_("added to every answer before ReLU: a knob for how easily the kernel fires"), _bias),
}
"""What the lesson can be told; `run` takes the same."""


def run(
    *,
    kernel: Grid | Planes = KERNELS["vertical"],
    picture: str = "line",
    image: Array | None = None,
    padding: int = 0,
    at: tuple[int, int] | None = None,
    flip: bool = False,
    bias: float = 0,
) -> Stamp:
    """Stamp a picture; ``flip`` turns the kernel by 180° first, which is what mathematics calls a convolution.

    A kernel of three planes reads a grey picture as one in colour whose channels are the same; a kernel of one plane
    reads the brightness of a picture in colour.

    >>> run().map[0], run(picture="flat").map[0], run(picture="step").map[0]
    ((0, -3, 6, -3, 0), (0, 0, 0, 0, 0), (0, 0, -3, 3, 0))

    Raises `ShapeError` for a kernel larger than the padded picture, `LessonError` for a cell outside the map.
    """
    import numpy as np

    weights = _by_channel(kernel)
    weights = weights[:, ::-1, ::-1] if flip else weights
    pixels = _seen(_by_channel(planes(picture) if image is None else image), len(weights))
    _check_padding(padding, weights.shape[1:])
    _check_fit(pixels.shape[1:], weights.shape[1:], padding)
    apart = [slide(plane, numbers, padding) for plane, numbers in zip(pixels, weights, strict=True)]
    answer = np.sum(apart, axis=0) + bias
    return Stamp(
        picture if image is None else "",
        plain(grey(pixels)),
        plain(weights.sum(axis=0)),
        _tidy(float(weights.sum())),
        flip,
        padding,
        plain(answer),
        _in_padding(answer.shape, pixels.shape[1:], weights.shape[1:], padding),
        None if at is None else _at(pixels, weights, padding, answer, at),
        tuple(_answer(shown, weights) for shown in LABELS if _fits(shown, weights)),
        plain(slide(np.full((6, 8), float(GREY)), np.array(KERNELS["vertical"], dtype=np.float64), padding=1)),
        _likeness(),
        bias,
        plain(np.maximum(answer, 0)),
        turned(weights.sum(axis=0), bias),
        _planes(pixels, weights, apart) if len(weights) > 1 else (),
        weights.size + 1,
    )


def _by_channel(numbers: Grid | Planes | Array) -> Array:
    """``(channels, height, width)``, one channel where there are none."""
    import numpy as np

    array = np.array(numbers, dtype=np.float64)
    return array if array.ndim == 3 else array[None]


def _seen(pixels: Array, channels: int) -> Array:
    """What a kernel of so many channels sees of a picture."""
    if channels == 1:
        return grey(pixels)[None]
    return pixels if len(pixels) == channels else pixels.repeat(channels, axis=0)


def _planes(pixels: Array, weights: Array, apart: Iterable[Array]) -> tuple[Plane, ...]:
    channels = zip(CHANNELS, pixels, weights, apart, strict=True)
    return tuple(Plane(channel, *map(plain, parts)) for channel, *parts in channels)


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
    patch = np.pad(pixels, ((0, 0), (padding, padding), (padding, padding)))[
        :, y : y + weights.shape[1], x : x + weights.shape[2]
    ]
    return At(y, x, plain(grey(patch)), plain((patch * weights).sum(axis=0)), _tidy(float(answer[y, x])))


def _fits(name: str, weights: Array) -> bool:
    """Whether a kernel is asked about a picture: one without colours does not see them."""
    channels, height, width = weights.shape
    shown = planes(name)
    return bool(height <= len(shown[0]) and width <= len(shown[0][0]) and len(shown) <= channels)


def _answer(name: str, weights: Array) -> Answer:
    import numpy as np

    pixels = _seen(_by_channel(planes(name)), len(weights))
    rows = plain(np.sum([slide(plane, numbers) for plane, numbers in zip(pixels, weights, strict=True)], axis=0))
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
    yield from _in_colour(result) if result.planes else ()
    yield from _one_cell(result, result.at) if result.at else ()
    yield _sum_note(result.kernel_sum)
    yield _answers_table(result)
    if result.kernel == KERNELS["vertical"]:
        yield _(
            'Read the table with care. A dark line answers with the same numbers and the other sign, so "the brightest '
            'cell is the most line-like" holds for bright lines only. A mere step, which is not a line at all, already '
            "gives half of a line's answer."
        )
    yield from _knob(result) if result.knob and not result.planes else ()
    yield _padding_picture(result)
    yield _likeness_table(result)
    yield _(
        "So a dot product is not a likeness: it also grows with brightness. Dividing by the lengths of both, patch "
        "and kernel, mends it: an exact match is then 1 and nothing can be more. A convolution layer does not do "
        "that; it leaves it to training to find weights and biases that cope."
    )


def _pictures(result: Stamp) -> list[Picture]:
    marked, at = frozenset(result.in_padding), result.at
    window = _window(result, at) if at else frozenset()
    everywhere = frozenset((y, x) for y, row in enumerate(result.kernel) for x in range(len(row)))
    small = len(result.image) * len(result.image[0]) <= MOST_CELLS
    maps = (
        HeatMap(result.image, _("picture"), framed=window, grey=not small and _is_photograph(result)),
        HeatMap(
            result.kernel,
            _("kernel, turned by 180°") if result.flipped else _("kernel"),
            framed=everywhere if at else frozenset(),
        ),
        HeatMap(result.map, _("feature map"), marked, frozenset({(at.y, at.x)} if at else ())),
    )
    caption = _("* the kernel lies partly in the padding there") if marked else ""
    pictures = (
        [Picture(caption=caption, maps=maps, motion=None if result.planes else _slide(result))]
        if small
        else [Picture(maps=maps[:1]), Picture(maps=maps[1:2]), Picture(caption=caption, maps=maps[2:])]
    )
    if result.bias:
        title = _("after the bias of {bias} and ReLU").format(bias=f"{result.bias:g}")
        pictures.append(Picture(maps=(HeatMap(result.fired, title),)))
    return pictures


def _slide(result: Stamp) -> Slide:
    """The same in motion, with the other kernels and pictures to choose."""
    return Slide(
        result.image,
        (result.kernel,),
        (result.bias,),
        result.padding,
        kernel_choices=tuple(KERNELS.items()),
        picture_choices=tuple((_(LABELS[name]), grid) for name, grid in PICTURES.items()),
        chosen=result.at.y * len(result.map[0]) + result.at.x if result.at else None,
    )


def _is_photograph(result: Stamp) -> bool:
    return not result.picture and all(0 <= value <= BRIGHTEST for row in result.image for value in row)


def _window(result: Stamp, at: At) -> frozenset[tuple[int, int]]:
    """The pixels that the kernel lies on; those in the padding are not there."""
    top, left = at.y - result.padding, at.x - result.padding
    return frozenset(
        (y, x)
        for y in range(max(top, 0), min(top + len(result.kernel), len(result.image)))
        for x in range(max(left, 0), min(left + len(result.kernel[0]), len(result.image[0])))
    )


def _in_colour(result: Stamp) -> Iterator[Part]:
    taps = len(result.kernel) * len(result.kernel[0])
    yield _(
        "A picture in colour has three planes, and so has a kernel that reads it: {taps}·3 = {weights} weights and a "
        "bias, {parameters} parameters. Each plane is stamped with its own numbers, and the three sums of a place are "
        "added up: one map, not three. Above, the picture is shown by its brightness, and the kernel as what it is to a "
        "grey picture, the sum of its planes."
    ).format(taps=taps, weights=result.parameters - 1, parameters=result.parameters)
    if len(result.image) * len(result.image[0]) > MOST_CELLS:
        yield Picture(maps=tuple(HeatMap(plane.kernel, _kernel_for(plane)) for plane in result.planes))
        return
    for plane in result.planes:
        colour = _(COLOUR_NAMES[plane.channel])
        yield Picture(
            maps=(
                HeatMap(plane.image, colour),
                HeatMap(plane.kernel, _kernel_for(plane)),
                HeatMap(plane.map, _("its part of the sums")),
            )
        )
    if tuple(plane.kernel for plane in result.planes) == COLOUR_KERNELS["green-to-blue"]:
        yield _(
            "It looks for green on the left and blue on the right, and is blind to brightness: a step from black to white "
            "answers 0. What it does not show: that it sees this change only. From red to blue, which has no green at "
            "all, gives half the answer, because half of what it looks for is there."
        )


def _kernel_for(plane: Plane) -> str:
    return _("kernel for {colour}").format(colour=_(COLOUR_NAMES[plane.channel]))


def _knob(result: Stamp) -> Iterator[Part]:
    yield table(result.knob, result.bias)
    yield _(
        "The kernel says what to look for, the bias how much of it is enough: it is added to every answer, and ReLU keeps "
        "what is above 0. Turned down, only the best matches fire; turned up, everything does. What this does not show: "
        "a knob for one place. There is one bias for the whole map, and training turns it. And no position of it can "
        "tell a line from noise that happens to contain one."
    )


def _one_cell(result: Stamp, at: At) -> Iterator[Part]:
    yield Picture(
        maps=(HeatMap(at.patch, _("what the kernel lies on")), HeatMap(at.products, _("times the kernel"))),
        caption=_("[ ] in the pictures above: the window, the kernel, and the cell that they make"),
    )
    yield _arithmetic(result, at)


def _arithmetic(result: Stamp, at: At) -> str:
    kernels = [(plane.kernel, _patch(plane.image, result, at)) for plane in result.planes]
    work = [
        f"{_signed(weight)}·{value:.6g}"
        for kernel, patch in kernels or [(result.kernel, at.patch)]
        for weights, values in zip(kernel, patch, strict=True)
        for weight, value in zip(weights, values, strict=True)
    ]
    work += [_signed(result.bias)] if result.bias else []
    return _("Cell {y},{x}: {work} = {sum}").format(y=at.y, x=at.x, work=" + ".join(work), sum=f"{at.sum:.6g}")


def _patch(image: Grid, result: Stamp, at: At) -> Grid:
    """What the kernel lies on in one channel, 0 in the padding."""
    top, left = at.y - result.padding, at.x - result.padding
    inside = _window(result, at)
    return tuple(
        tuple(image[top + y][left + x] if (top + y, left + x) in inside else 0 for x in range(len(result.kernel[0])))
        for y in range(len(result.kernel))
    )


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
