"""``cnncalc learn``: the course notes' stories as experiments."""

import re
from typing import Annotated, Any

from typer import Argument, Option

from cnncalc.cli.answer import completing
from cnncalc.cli.errors import UsageError, suggest
from cnncalc.language import N_, _
from cnncalc.lessons import LESSONS, LessonError, learn, overview
from cnncalc.report import Report
from cnncalc.shapes import shorten

DETAILS = N_(
    "Without a name, the list of lessons. Each lesson runs its experiment in NumPy, shows what came out, and says what "
    "that does not show. The options from --kernel on belong to the lesson stamp."
)
EXAMPLES = (
    "learn",
    "learn learning --seed 3",
    "learn equivariance --json",
    'learn stamp --kernel "-1 2 -1; -1 2 -1; -1 2 -1" --picture step',
    "learn stamp --kernel cat-ear --picture cat-ear --at 1,1",
)


def command(
    name: Annotated[
        str | None,
        Argument(
            metavar="[LESSON]",
            help=N_("stamp, clumsy, sharing, learning, equivariance or hierarchy"),
            autocompletion=lambda incomplete: completing(LESSONS)(None, [], incomplete),
        ),
    ] = None,
    *,
    seed: Annotated[int, Option(metavar="N", min=0, max=2**63 - 1, help=N_("seed of everything random"))] = 0,
    kernel: Annotated[
        str | None,
        Option(metavar="KERNEL", help=N_('vertical, blur, cat-ear …, numbers such as "0 1; 1 0", or a file of them')),
    ] = None,
    picture: Annotated[
        str | None, Option(metavar="NAME", help=N_("line, thick-line, dark-line, step, horizontal-line, flat, cat-ear"))
    ] = None,
    image: Annotated[str | None, Option(metavar="FILE", help=N_("a picture of your own: PNG, JPEG or PGM"))] = None,
    padding: Annotated[str | None, Option(metavar="N", help=N_("zeros around the picture"))] = None,
    at: Annotated[
        str | None, Option(metavar="Y,X", help=N_("write out the arithmetic of this cell of the map"))
    ] = None,
    flip: Annotated[bool, Option("--flip", help=N_("turn the kernel first: convolution as in mathematics"))] = False,
) -> Report:
    stamp = {"--kernel": kernel, "--picture": picture, "--image": image, "--padding": padding, "--at": at}
    named = [option for option, value in {**stamp, "--flip": flip or None}.items() if value is not None]
    if named and name != "stamp":
        raise UsageError(
            _("{option} belongs to the lesson stamp: cnncalc learn stamp {option} …").format(option=named[0])
        )
    if name is None:
        return overview()
    if name not in LESSONS:
        raise LessonError(_("no lesson {name}: {way_out}").format(name=shorten(name), way_out=suggest(name, LESSONS)))
    if picture and image:
        raise UsageError(_("--picture and --image contradict: leave one out"))
    return _stamp(kernel, picture, image, padding, at, flip) if named else learn(name, seed)


def _stamp(
    kernel: str | None, picture: str | None, image: str | None, padding: str | None, at: str | None, flip: bool
) -> Report:
    from cnncalc.lessons.images import read_image
    from cnncalc.lessons.kernels import read_kernel

    options: dict[str, Any] = {"flip": flip}
    if kernel is not None:
        options["kernel"] = read_kernel(kernel)
    if picture is not None:
        options["name"] = picture
    if image is not None:
        options["image"] = read_image(image)
    if padding is not None:
        options["padding"] = _padding(padding)
    if at is not None:
        options["at"] = _cell(at)
    return learn("stamp", **options)


def _padding(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise LessonError(_("padding {text} is not a whole number: give one such as 1").format(text=shorten(text)))
    return int(text)


def _cell(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*", text)
    if not match:
        raise LessonError(_("{text} is not a cell: give row and column, such as 2,3").format(text=shorten(text)))
    return int(match[1]), int(match[2])
