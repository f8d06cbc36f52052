"""The magnifying glass: one window slides over a picture, frame by frame, and each place of it makes one cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc.language import N_, _
from cnncalc.lessons import LessonError, Option
from cnncalc.lessons.images import picture
from cnncalc.lessons.kernels import KERNELS
from cnncalc.lessons.telling import Grid, Part, plain
from cnncalc.lessons.window import slide, under
from cnncalc.report.motion import Slide
from cnncalc.report.picture import HeatMap, Picture
from cnncalc.shapes import shorten

if TYPE_CHECKING:
    from cnncalc.lessons.telling import Array

TITLE = N_("The magnifying glass: one small window, carried over the picture")
PICTURE, KERNEL = "line", "vertical"
SIDE = 3
MAP = 5
STEPS = MAP * MAP
USUAL = (1, 13, STEPS)
"""The frames that the story shows: the first, the middle and the last."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One place of the glass: where it lies, what is under it, and the number that it makes of that."""

    step: int
    y: int
    x: int
    patch: Grid
    sum: float


@dataclass(frozen=True, slots=True)
class Glass:
    """Everything the lesson found; ``shown`` are the steps that are told.

    ``deeper`` are the pixels that the middle cell of a second layer depends on, found by changing each pixel.
    """

    image: Grid
    kernel: Grid
    frames: tuple[Frame, ...]
    shown: tuple[int, ...]
    deeper: tuple[tuple[int, int], ...]


def _step(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= STEPS:
        raise LessonError(_("there is no step {text}: take 1 to {last}").format(text=shorten(text), last=STEPS))
    return int(text)


OPTIONS = {
    "step": Option("N", N_("this frame alone"), _step),
    "frames": Option("", N_("every frame, one below the other"), bool, instead="step"),
}
"""What the lesson can be told; `run` takes the same."""


def run(*, step: int | None = None, frames: bool = False) -> Glass:
    """Carry the glass to every place, row by row.

    >>> lesson = run(step=3)
    >>> lesson.frames[2].patch[0], lesson.frames[2].sum, len(lesson.frames), len(lesson.deeper)
    ((0, 1, 0), 6, 25, 25)
    """
    import numpy as np

    image, kernel = (np.array(grid, dtype=np.float64) for grid in (picture(PICTURE), KERNELS[KERNEL]))
    every = tuple(_frame(image, kernel, *divmod(place, MAP)) for place in range(STEPS))
    shown = (step,) if step else tuple(range(1, STEPS + 1)) if frames else USUAL
    return Glass(plain(image), plain(kernel), every, shown, _deeper(image))


def _frame(image: Array, kernel: Array, y: int, x: int) -> Frame:
    patch = image[y : y + SIDE, x : x + SIDE]
    return Frame(y * MAP + x + 1, y, x, plain(patch), int((patch * kernel).sum()))


def _deeper(image: Array) -> tuple[tuple[int, int], ...]:
    """The pixels whose change is seen in the middle of a second layer; its numbers are such that none cancel."""
    import numpy as np

    kernel = np.arange(1.0, SIDE * SIDE + 1).reshape(SIDE, SIDE)

    def middle(pixels: Array) -> float:
        twice = slide(slide(pixels, kernel), kernel)
        return float(twice[len(twice) // 2, len(twice) // 2])

    before = middle(image)
    changed = []
    for y, x in np.ndindex(*image.shape):
        pixels = image.copy()
        pixels[y, x] += 1
        changed += [(y, x)] if middle(pixels) != before else []
    return tuple(changed)


def story(result: Glass) -> Iterator[Part]:
    """The lesson as it is told; the frames alone where one or all were asked for."""
    if result.shown != USUAL:
        yield from (_drawn(result, step) for step in result.shown)
        return
    yield _(
        "A fully connected unit looks at the whole picture at once. This one looks through a glass of {side}×{side} "
        "pixels and sees nothing else: what lies under the glass is its receptive field. It makes one number of that, "
        "writes it down, and moves on by one pixel."
    ).format(side=SIDE)
    yield from (_drawn(result, step) for step in result.shown)
    yield _(
        "All {count} frames: cnncalc learn glass --frames; one of them: --step 7; on a terminal the arrow keys move the "
        "glass."
    ).format(count=STEPS)
    yield from _two_layers(result)
    yield _(
        "What this does not show: that anything moves. The motion is how we draw it; a layer computes all {count} places "
        "at once, and no cell knows what its neighbours see. Nor does a small glass make a layer blind to large things: "
        "layers on top of it see more, as above, and further still with each layer more."
    ).format(count=STEPS)


def _drawn(result: Glass, step: int) -> Picture:
    frame = result.frames[step - 1]
    seen = tuple(
        tuple(cell.sum if cell.step <= step else None for cell in result.frames[y * MAP : (y + 1) * MAP])
        for y in range(MAP)
    )
    return Picture(
        maps=(
            HeatMap(
                result.image,
                _("step {step} of {last}").format(step=step, last=STEPS),
                framed=under(frame.y, frame.x, SIDE),
            ),
            HeatMap(frame.patch, _("under the glass")),
            HeatMap(result.kernel, _("kernel")),
            HeatMap(seen, _("map so far"), framed=frozenset({(frame.y, frame.x)})),
        ),
        caption=_("the receptive field of cell ({row},{column}) is framed; it answers {sum}").format(
            row=frame.y + 1, column=frame.x + 1, sum=f"{frame.sum:g}"
        ),
        motion=_slide(result, step) if step == result.shown[-1] else None,
    )


def _slide(result: Glass, step: int) -> Slide:
    """The same in motion; one of several pictures is enough that moves."""
    return Slide(result.image, (result.kernel,), (0,), first=1, chosen=step - 1)


def _two_layers(result: Glass) -> Iterator[Part]:
    yield _(
        "Now a second glass of {side}×{side} lies on the map of the first. Change one pixel of the picture after the other, "
        "and see which of them its middle cell notices: {count} of {all}, more than the {taps} under a single glass."
    ).format(side=SIDE, count=len(result.deeper), all=len(result.image) * len(result.image[0]), taps=SIDE * SIDE)
    title = _("what a cell two layers up depends on")
    yield Picture(maps=(HeatMap(result.image, title, framed=frozenset(result.deeper)),))
