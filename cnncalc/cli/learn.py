"""``cnncalc learn``: the course notes' stories as experiments."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer import Argument

from cnncalc.cli.answer import completing
from cnncalc.cli.errors import UsageError, suggest
from cnncalc.cli.options import grouped
from cnncalc.language import N_, _
from cnncalc.lessons import LESSONS, LessonError, Option, learn, options_of, overview
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


OPTIONS = {option: lesson for lesson in LESSONS for option in options_of(lesson)}
"""The lesson that each option belongs to."""


def _annotation(name: str, option: Option) -> Any:
    """What Typer makes an option of."""
    typed = typer.Option(f"--{name}", metavar=option.metavar or None, help=option.help)
    return Annotated[str | None, typed] if option.metavar else Annotated[bool | None, typed]


@grouped("options", {name: _annotation(name, options_of(lesson)[name]) for name, lesson in OPTIONS.items()})
def command(
    name: Annotated[
        str | None,
        Argument(
            metavar=f"[{'|'.join(LESSONS)}]",
            help=N_("the lesson to run"),
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
    known = options_of(name)
    return learn(name, seed, **{option: known[option].read(value) for option, value in options.items()})


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
