"""``cnncalc learn``: the course notes' stories as experiments."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer import Argument, Context

from cnncalc.cli.answer import OUTPUT, completing
from cnncalc.cli.errors import UsageError, suggest
from cnncalc.cli.keys import can_step, step_through
from cnncalc.cli.options import grouped
from cnncalc.cli.output import Output, page
from cnncalc.language import N_, _
from cnncalc.lessons import LESSONS, LessonError, Option, learn, options_of, overview
from cnncalc.render import render
from cnncalc.report import Report
from cnncalc.shapes import shorten

DETAILS = N_(
    "Without a name, the list of lessons. Each lesson runs its experiment in NumPy, shows what came out, and says what "
    "that does not show. The options from --kernel to --bias belong to the lesson stamp, --step and --frames to the lesson "
    "glass, which moves with the arrow keys where it is shown on a terminal."
)
EXAMPLES = (
    "learn",
    "learn learning --seed 3",
    "learn equivariance --json",
    'learn stamp --kernel "-1 2 -1; -1 2 -1; -1 2 -1" --picture step',
    "learn stamp --kernel cat-ear --picture cat-ear --at 1,1",
    "learn stamp --kernel green-to-blue --picture green-blue --bias -3",
    "learn glass --step 8",
)


OPTIONS = {option: lesson for lesson in LESSONS for option in options_of(lesson)}
"""The lesson that each option belongs to."""


def _annotation(name: str, option: Option) -> Any:
    """What Typer makes an option of."""
    typed = typer.Option(f"--{name}", metavar=option.metavar or None, help=option.help)
    return Annotated[str | None, typed] if option.metavar else Annotated[bool | None, typed]


@grouped("options", {name: _annotation(name, options_of(lesson)[name]) for name, lesson in OPTIONS.items()})
def command(
    context: Context,
    name: Annotated[
        str | None,
        Argument(
            metavar="[LESSON]",
            help=N_(
                "the lesson to run: stamp, glass, clumsy, sharing, learning, overfitting, space, equivariance or hierarchy"
            ),
            autocompletion=lambda incomplete: completing(LESSONS)(None, [], incomplete),
        ),
    ] = None,
    *,
    seed: Annotated[int, typer.Option(metavar="N", min=0, max=2**63 - 1, help=N_("seed of everything random"))] = 0,
    options: Mapping[str, Any],
) -> Report:
    _check(name, options)
    if name is None:
        return overview()
    if LESSONS[name].moving and not options and context.meta[OUTPUT] == Output() and can_step():
        return _stepped(name)
    known = options_of(name)
    return learn(name, seed, **{option: known[option].read(value) for option, value in options.items()})


def _stepped(name: str) -> Report:
    """The lesson frame by frame, as somebody at a terminal wants to see it; what remains is the last one seen."""
    pictures, paper = learn(name, frames=True).pictures, page(terminal=True)
    step = step_through(len(pictures), lambda step: render(Report("", {}, story=(pictures[step - 1],)), "table", paper))
    return learn(name, step=step)


def _check(name: str | None, options: Mapping[str, Any]) -> None:
    """`LessonError` for an unknown lesson, `UsageError` for options of another one, or that contradict each other."""
    for option in options:
        lesson = OPTIONS[option]
        if lesson != name:
            raise UsageError(
                _("{option} belongs to the lesson {lesson}: cnncalc learn {lesson} {option} …").format(
                    option=f"--{option}", lesson=lesson
                )
            )
    if name is not None and name not in LESSONS:
        raise LessonError(_("no lesson {name}: {way_out}").format(name=shorten(name), way_out=suggest(name, LESSONS)))
    for option in options:
        other = options_of(OPTIONS[option])[option].instead
        if other in options:
            raise UsageError(
                _("{one} and {other} contradict: leave one out").format(one=f"--{other}", other=f"--{option}")
            )
