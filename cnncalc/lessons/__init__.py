"""Lessons: the stories of course notes on convolution as experiments that run, with what they show and what they don't.

Each lesson is a file here. Its ``run`` does the experiment and returns a frozen result of plain numbers; its
``present`` tells that result as a `Report`; neither knows about the other's means.
"""

from __future__ import annotations

from importlib import import_module

from cnncalc.errors import CnncalcError
from cnncalc.language import N_, _
from cnncalc.report import Column, Report, Table

LESSONS: dict[str, str] = {
    "stamp": N_("slide a kernel over a picture like a stamp, and see what it answers where"),
    "clumsy": N_("nine detectors for nine places, then one for all: 90 parameters and 10"),
    "sharing": N_("dense, local and convolutional layers as one matrix with more and more structure"),
    "learning": N_("train shared and unshared detectors on one corner, ask them about the other"),
    "equivariance": N_("shift the input and the feature map shifts with it: where that holds and where not"),
    "hierarchy": N_("stack layers: how far they see, why they need ReLU, and corners made of edges"),
}
"""Every lesson and what happens in it, in the order of the story; the name is its file here."""


class LessonError(CnncalcError, ValueError):
    """A lesson there is not, or something that a lesson can't be given."""


def learn(name: str, seed: int = 0) -> Report:
    """Run a lesson and tell it.

    >>> learn("clumsy").get("result.unshared_parameters")
    90

    Raises `LessonError` for an unknown lesson.
    """
    if name not in LESSONS:
        raise LessonError(_("no lesson {name}: take one of {known}").format(name=name, known=", ".join(LESSONS)))
    lesson = import_module(f"cnncalc.lessons.{name}")
    report: Report = lesson.present(lesson.run(seed), seed)
    return report


def overview() -> Report:
    """The list of lessons."""
    columns = (Column("name", _("lesson")), Column("about", _("what happens")))
    rows = tuple((name, _(about)) for name, about in LESSONS.items())
    data = {"lessons": [{"name": name, "about": about} for name, about in LESSONS.items()]}
    return Report("lessons", data, (Table(columns, rows),), (_("run one with: cnncalc learn stamp"),))
