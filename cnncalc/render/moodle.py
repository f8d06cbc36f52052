"""Moodle XML: questions with a category, marks and feedback (docs.moodle.org, Moodle XML format)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape as in_xml

from cnncalc.render import ENDLESS, Page
from cnncalc.render.cells import printable
from cnncalc.render.papers import paper_of
from cnncalc.report import Report
from cnncalc.report.paper import Asked, Choice

CATEGORY = "$course$/top/cnncalc"
"""Where the questions go in a course's bank, with the topic below it."""
EMPTY = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
"""What a multiple choice has to say of the answer as a whole, which every option says better."""


def render(report: Report, page: Page = ENDLESS) -> str:
    """Every question, in a category of its topic."""
    paper = paper_of(report, "moodle")
    by_topic = sorted(paper.questions, key=lambda asked: asked.topic)
    lines = [
        line
        for topic, questions in groupby(by_topic, key=lambda asked: asked.topic)
        for part in (_category(topic), *map(_question, questions))
        for line in part
    ]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>", *lines, "</quiz>", ""])


def _category(topic: str) -> Iterator[str]:
    yield '<question type="category">'
    yield f"  <category>{_text(f'{CATEGORY}/{topic}')}</category>"
    yield "</question>"


def _question(asked: Asked) -> Iterator[str]:
    yield '<question type="multichoice">'
    yield f"  <name>{_text(asked.name)}</name>"
    yield f'  <questiontext format="plain_text">{_text(asked.text)}</questiontext>'
    yield f'  <generalfeedback format="plain_text">{_text("")}</generalfeedback>'
    yield "  <defaultgrade>1</defaultgrade>"
    yield "  <penalty>0.3333333</penalty>"
    yield "  <hidden>0</hidden>"
    yield "  <single>true</single>"
    yield "  <shuffleanswers>true</shuffleanswers>"
    yield "  <answernumbering>abc</answernumbering>"
    yield from (f'  <{name} format="plain_text">{_text("")}</{name}>' for name in EMPTY)
    yield from (line for choice in asked.choices for line in _choice(choice))
    yield "</question>"


def _choice(choice: Choice) -> Iterator[str]:
    yield f'  <answer fraction="{100 if choice.right else 0}" format="plain_text">'
    yield f"    {_text(choice.text)}"
    yield f'    <feedback format="plain_text">{_text(choice.comment)}</feedback>'
    yield "  </answer>"


def _text(words: str) -> str:
    return f"<text>{in_xml(printable(words))}</text>"
