"""Questions of one's own: a TOML file of templates, whose numbers are drawn and whose answers are computed.

A file says for each question its ``text``, what it ``asks``, and the ``numbers`` that stand in the text, each one value
or a list to draw from::

    [[question]]
    text = "A layer with {filters} filters of {kernel}×{kernel} reads {input}. How many parameters has it?"
    asks = "conv.parameters"
    numbers = { input = ["32x32x3", "64x64x1"], kernel = [3, 5], filters = [8, 16, 32] }
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, product
from string import Formatter
from typing import Any, NamedTuple

from cnncalc.analysis import trace
from cnncalc.comparison.rows import Spec
from cnncalc.errors import CnncalcError, ProblemsError, near
from cnncalc.exercises import fields, makers
from cnncalc.exercises.files import text_of
from cnncalc.exercises.quiz import check_count
from cnncalc.exercises.tasks import Dice, Maker, QuizError, Task
from cnncalc.language import _
from cnncalc.notation.parsing import parse
from cnncalc.receptive.axisfield import last_sliding
from cnncalc.shapes import Shape, read_padding, shorten

TOPIC = "own"
"""What such questions are about, in data."""
OPTIONS = ("input", "kernel", "filters", "stride", "padding", "dilation", "groups", "units", "bias")
"""The numbers of a question about one layer, called as the options of ``cnncalc params`` are."""
NETWORK = "network"
"""The one of a question about a receptive field: words of the notation."""
MOST_QUESTIONS, MOST_TRIED = 100, 200
"""A file has so many questions at most; so many choices of numbers are tried before anybody is asked."""


class Own(NamedTuple):
    """One template: the text, what it asks, and the values that each number may have."""

    text: str
    asks: str
    numbers: Mapping[str, tuple[Any, ...]]

    def task(self, numbers: Mapping[str, Any]) -> Task:
        """The question with these numbers.

        Raises `CnncalcError` where they make no sense together.
        """
        shown = {name: f"{value}" for name, value in numbers.items()}
        if NETWORK in numbers:
            return _about_field(self.text, shown, self.asks)
        return makers.counting(self.text, shown, _spec(numbers), self.asks)


def read_questions(path: str) -> tuple[Maker, ...]:
    """The makers of a file's questions, in their order.

    Raises `ProblemsError` with a line for everything that is wrong with the file.
    """
    try:
        entries = tomllib.loads(text_of(path, _("give questions in TOML"))).get("question")
    except (ValueError, RecursionError) as error:  # ValueError: no TOML, or a number of thousands of digits
        raise QuizError(_("{path} is not TOML: {reason}").format(path=path, reason=error)) from error
    if not isinstance(entries, list) or not entries:
        raise QuizError(_("{path} has no questions: begin each with [[question]]").format(path=path))
    if len(entries) > MOST_QUESTIONS:
        raise QuizError(
            _("{path} has {count} questions: at most {most}").format(path=path, count=len(entries), most=MOST_QUESTIONS)
        )
    problems = [
        _("{path}, question {number}: {problem}").format(path=path, number=number, problem=problem)
        for number, entry in enumerate(entries, 1)
        for problem in _problems(entry)
    ]
    if problems:
        raise ProblemsError(problems)
    return tuple(partial(_drawn, _own(entry)) for entry in entries)


def _drawn(own: Own, dice: Dice) -> Task:
    return own.task({name: dice.pick(values) for name, values in own.numbers.items()})


def _own(entry: Mapping[str, Any]) -> Own:
    numbers = {
        name: tuple(values) if isinstance(values, list) else (values,) for name, values in entry["numbers"].items()
    }
    return Own(entry["text"], entry["asks"], numbers)


def _problems(entry: Any) -> Iterator[str]:
    """What is wrong with an entry: its form first, then its names, then its numbers."""
    missing = [name for name, kind in (("text", str), ("asks", str), ("numbers", dict)) if not _is(entry, name, kind)]
    if missing:
        yield _("it needs {names}: a text, a quantity such as conv.parameters, and a table of values").format(
            names=", ".join(missing)
        )
        return
    found = [*_wrong_names(entry), *_wrong_fields(entry)]
    yield from found
    if not found:
        yield from _wrong_numbers(_own(entry))


def _is(entry: Any, name: str, kind: type) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get(name), kind)


def _wrong_names(entry: Mapping[str, Any]) -> Iterator[str]:
    known = (NETWORK, "input") if NETWORK in entry["numbers"] else OPTIONS
    for name, values in entry["numbers"].items():
        if name not in known:
            yield _("there is no number {name}: take some of {known}").format(
                name=shorten(name), known=near(name, known) or ", ".join((*known, NETWORK))
            )
        elif values == []:
            yield _("{name} has no value to draw from").format(name=name)


def _wrong_fields(entry: Mapping[str, Any]) -> Iterator[str]:
    try:
        parts = list(Formatter().parse(entry["text"]))
    except ValueError as error:
        yield _("the text can't be read ({reason}): write a brace that is one twice").format(reason=error)
        return
    for _text, name, form, conversion in parts:
        if name is not None and (name not in entry["numbers"] or form or conversion):
            yield _("the text has {name}, which is not among its numbers: {known}").format(
                name=f"{{{shorten(name)}}}", known=", ".join(entry["numbers"])
            )


def _wrong_numbers(own: Own) -> Iterator[str]:
    """The first choice of numbers that can't be asked about."""
    for values in islice(product(*own.numbers.values()), MOST_TRIED):
        numbers = dict(zip(own.numbers, values, strict=True))
        try:
            task = own.task(numbers)
            task.solve(task.exercise)
        except (CnncalcError, TypeError, ValueError) as error:
            shown = ", ".join(f"{name} {shorten(str(value))}" for name, value in numbers.items())
            yield _("{numbers}: {problem}").format(numbers=shown, problem=str(error).partition("\n")[0])
            return


def _spec(numbers: Mapping[str, Any]) -> Spec:
    options = {name: value for name, value in numbers.items() if name != "input"}
    for name, value in options.items():
        if type(value) is not (bool if name == "bias" else int) and not (name == "padding" and isinstance(value, str)):
            raise QuizError(_("{name} {value} is not a whole number").format(name=name, value=shorten(str(value))))
    if isinstance(options.get("padding"), str):
        options["padding"] = read_padding(options["padding"])
    return Spec(Shape.parse(str(numbers.get("input", ""))), **options)


def _about_field(text: str, shown: dict[str, str], asks: str) -> Task:
    if asks not in fields.QUANTITIES:
        raise QuizError(
            _("there is no {of}: take one of {known}").format(of=shorten(asks), known=", ".join(fields.QUANTITIES))
        )
    network = parse(shown[NETWORK])
    followed = trace(network, Shape.parse(shown["input"]) if "input" in shown else None)
    node = last_sliding(followed, len(network.nodes) - 1)
    exercise = None if node is None else fields.exercise_of(followed, node, asks)
    if node is None or exercise is None or fields.solve(exercise) != (fields.right(followed, node, asks),):
        raise QuizError(_("{network} is more than windows in a row").format(network=shorten(shown[NETWORK])))
    command = f"cnncalc rf {shown[NETWORK]} --get {asks}"
    return Task(text, shown, command, exercise, makers.RF_SLIPS, fields.solve)


def every(own: Sequence[Maker], count: int) -> list[tuple[str, tuple[Maker, ...]]]:
    """A plan of so many questions that takes those of a file in turn."""
    check_count(count)
    return [(TOPIC, (own[number % len(own)],)) for number in range(count)]
