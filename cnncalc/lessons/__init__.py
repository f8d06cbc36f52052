"""Lessons: the stories of course notes on convolution as experiments that run, with what they show and what they don't.

Each lesson is a file here. Its ``run`` does the experiment and returns a frozen result of plain numbers; its
``story`` tells that result, part by part; neither knows about the other's means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from cnncalc.errors import CnncalcError
from cnncalc.language import N_, _
from cnncalc.report import Column, Report, Table
from cnncalc.report.story import Story


class Lesson(NamedTuple):
    """What happens in a lesson, whether anything in it is random (its ``run`` then takes a seed), and whether its file
    states ``OPTIONS``, which its ``run`` takes too.

    One that is ``moving`` has the options ``step``, for one frame, and ``frames``, for all.
    """

    about: str
    random: bool = True
    optional: bool = False
    moving: bool = False


class Option(NamedTuple):
    """Something that a lesson can be told, in the command line as ``--name METAVAR``; without a metavar it is a switch.

    ``read`` makes of what was typed what ``run`` takes. It can't be told beside the option ``instead``.
    """

    metavar: str
    help: str
    read: Callable[[str], Any]
    instead: str = ""


LESSONS: dict[str, Lesson] = {
    "stamp": Lesson(
        N_("slide a kernel over a picture like a stamp, and see what it answers where"), False, optional=True
    ),
    "glass": Lesson(
        N_("carry a small window over a picture like a magnifying glass, frame by frame"),
        False,
        optional=True,
        moving=True,
    ),
    "clumsy": Lesson(N_("nine detectors for nine places, then one for all: 90 parameters and 10")),
    "sharing": Lesson(N_("dense, local and convolutional layers as one matrix with more and more structure")),
    "learning": Lesson(N_("train shared and unshared detectors on one corner, ask them about the other")),
    "overfitting": Lesson(N_("many weights and few pictures: who learns the noise by heart, and who can't")),
    "space": Lesson(N_("shuffle the pixels of every picture: a dense layer never notices, a convolution does")),
    "equivariance": Lesson(N_("shift the input and the feature map shifts with it: where that holds and where not")),
    "hierarchy": Lesson(N_("stack layers: how far they see, why they need ReLU, and corners made of edges")),
}
"""Every lesson, in the order of the story; the name is its file here."""


class LessonError(CnncalcError, ValueError):
    """An unknown lesson, or something that a lesson can't be given."""


def options_of(name: str) -> Mapping[str, Option]:
    """What a lesson can be told.

    >>> list(options_of("stamp"))
    ['kernel', 'picture', 'image', 'padding', 'at', 'flip', 'bias']
    """
    return dict(import_module(f"cnncalc.lessons.{name}").OPTIONS) if LESSONS[name].optional else {}


def learn(name: str, /, seed: int = 0, **options: Any) -> Report:
    """Run a lesson and tell it; ``options`` are those of its ``run``.

    >>> learn("clumsy").get("result.unshared_parameters")
    90

    Raises `LessonError` for an unknown lesson.
    """
    if name not in LESSONS:
        raise LessonError(_("no lesson {name}: take one of {known}").format(name=name, known=", ".join(LESSONS)))
    lesson = import_module(f"cnncalc.lessons.{name}")
    seeds = {"seed": seed} if LESSONS[name].random else {}
    return present(name, lesson.run(**seeds, **options), **seeds)


def present(name: str, result: Any, seed: int | None = None) -> Report:
    """A lesson's result as it is told."""
    from cnncalc.lessons.telling import tell

    lesson = import_module(f"cnncalc.lessons.{name}")

    def story() -> Story:
        return Story(_(lesson.TITLE), _(LESSONS[name].about), tuple(lesson.story(result)))

    return tell(name, seed, result, story)


def overview() -> Report:
    """The list of lessons."""
    columns = (Column("name", _("lesson")), Column("about", _("what happens")))
    rows = tuple((name, _(lesson.about)) for name, lesson in LESSONS.items())
    data = {"lessons": [{"name": name, "about": lesson.about} for name, lesson in LESSONS.items()]}
    return Report("lessons", data, (Table(columns, rows),), (_("run one with: cnncalc learn stamp"),))
