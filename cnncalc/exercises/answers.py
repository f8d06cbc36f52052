"""Answers: how people write them, how the right one is shown, and the report on whether one is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from cnncalc.errors import CnncalcError
from cnncalc.exercises.slips import Mistake, Slip, diagnose, verdict
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import shorten
from cnncalc.symbols import Term

Exercise = TypeVar("Exercise")

Value = tuple[int, ...]
"""One number, or the sizes of a shape; each a `Term` that shows how it was computed."""


class AnswerError(CnncalcError, ValueError):
    """An answer that can't be read, or a question that can't be answered."""


class Answer(NamedTuple):
    """What somebody answered: as it is shown, the number or shape it names, and between which it may lie.

    ``31.5M`` is all that becomes it when it is rounded to these digits, or cut off after them.
    """

    text: str
    value: Value
    least: Value
    most: Value

    def fits(self, value: Value) -> bool:
        """Whether it may stand for ``value``.

        >>> read("31.5M").fits((31_541_760,)), read("31.5M").fits((31_640_000,)), read("1,792").fits((1793,))
        (True, False, False)
        """
        if len(value) != len(self.value):
            return False
        return all(low <= size <= high for low, size, high in zip(self.least, value, self.most, strict=True))


MOST_DIGITS = 200
"""Longer answers are refused."""
MOST_SIZES = 4
"""Three axes and the channels."""

POWERS: Mapping[str, int] = {
    "": 0,
    "k": 3,
    "thousand": 3,
    "千": 3,
    "万": 4,
    "萬": 4,
    "m": 6,
    "million": 6,
    "百万": 6,
    "千万": 7,
    "亿": 8,
    "億": 8,
    "g": 9,
    "b": 9,
    "billion": 9,
    "十亿": 9,
    "t": 12,
    "trillion": 12,
    "万亿": 12,
}
"""Powers of ten as people call them."""

REFUSED = {
    False: N_("{answer} is not an answer: give a whole number such as 1792, or a shape such as 222x222x64"),
    True: N_("{answer} is not an answer: give a whole number such as 427"),
}
"""What can't be read, by whether the number may be below 0."""

_DIGITS = r"\d{1,3}(?:[,_ ]\d{3})+|\d+(?:_\d+)*"
_NUMBER = re.compile(rf"({_DIGITS})(?:\.(\d+))?(?:e\+?(\d{{1,2}}))? ?({'|'.join(POWERS)})", re.ASCII)
_SIZE = re.compile(r"\d+", re.ASCII)
_SIGNS = str.maketrans({"×": "x", "*": "x", "，": ",", "−": "-"})


def read(text: str, *, sizes: int = 1, signed: bool = False) -> Answer:
    """``640``, ``1,792``, ``31.5M``, ``6.16亿`` or ``222x222x64``; with ``signed`` one number that may be below 0.

    ``sizes`` is how many the right answer has: ``16,16,128`` is then three and not one large number.

    >>> read("1,792").value, read("222x222x64").value, read("6.16亿").value, read("-3", signed=True).value
    ((1792,), (222, 222, 64), (616000000,), (-3,))

    Raises `AnswerError` for anything else.
    """
    written = text.strip().lower().translate(_SIGNS) if len(text) <= MOST_DIGITS else ""
    shape = () if signed else _shape(written)
    if shape and (len(shape) == sizes or "x" in written):
        return Answer("x".join(map(str, shape)), shape, shape, shape)
    match = _NUMBER.fullmatch(written.removeprefix("-") if signed else written)
    number = match and _number(*match.groups())
    if not number:
        raise AnswerError(_(REFUSED[signed]).format(answer=shorten(text) or "''"))
    sign = -1 if written.startswith("-") else 1
    value, *ends = (sign * size for size in number)
    least, most = sorted(ends)
    return Answer(f"{value:,}" if least == most else text.strip(), (value,), (least,), (most,))


def _shape(written: str) -> Value:
    """Sizes with signs between them, or commas; none if it is not a shape."""
    bare = written.strip("()[]")
    sizes = [size.strip() for size in (bare.replace(",", "").split("x") if "x" in bare else bare.split(","))]
    readable = 2 <= len(sizes) <= MOST_SIZES and all(_SIZE.fullmatch(size) for size in sizes)
    return tuple(map(int, sizes)) if readable else ()


def _number(digits: str, decimals: str | None, exponent: str | None, word: str) -> tuple[int, int, int] | None:
    """The number, the least and the largest that are written like that; `None` if it is not whole.

    >>> _number("31", "5", None, "m"), _number("1,792", None, None, ""), _number("12", "5", None, "")
    ((31500000, 31450000, 31599999), (1792, 1792, 1792), None)
    """
    figures = re.sub(r"\D", "", digits) + (decimals or "")
    power = POWERS[word] + int(exponent or 0) - len(decimals or "")
    number, rest = divmod(int(figures) * 10 ** max(power, 0), 10 ** max(-power, 0))
    if rest:
        return None
    if power <= 0 or len(figures.lstrip("0")) < 2:  # 4k is 4,000 and no rounded 4,096
        return number, number, number
    unit = 10**power
    return number, number - unit // 2, number + unit - 1


class Judgement(NamedTuple):
    """An answer held against the right one: the mistake that gives it, if one does, and the line that tells it all."""

    answer: Answer
    right: Value
    correct: bool
    mistake: Mistake[Any, Value] | None
    line: str

    @property
    def slips(self) -> tuple[str, ...]:
        return tuple(slip.name for slip in self.mistake.slips) if self.mistake else ()


def judged(
    answer: Answer,
    exercise: Exercise,
    slips: Sequence[Slip[Exercise]],
    solve: Callable[[Exercise], Value],
    right: Value | None = None,
) -> Judgement:
    """``answer`` judged; ``right`` is what the exercise gives, unless it is known from elsewhere."""
    right = solve(exercise) if right is None else right
    correct = answer.fits(right)
    mistake = None if correct else diagnose(answer, exercise, slips, solve, fits=Answer.fits)
    wrong = written(mistake.value) if mistake else ""
    line = verdict(exercise, answer.text, show(right), mistake, wrong, correct=correct)
    return Judgement(answer, right, correct, mistake, line)


def answer_report(question: str, quantity: str, judgement: Judgement) -> Report:
    """Whether an answer is right, and if not, what went wrong."""
    answer = judgement.answer
    data = {
        "question": question,
        "quantity": quantity,
        "answer": raw(answer.value),
        "least": raw(answer.least),
        "most": raw(answer.most),
        "right": raw(judgement.right),
        "correct": judgement.correct,
        "worked": written(judgement.right),
        "slips": list(judgement.slips),
        "mistaken": written(judgement.mistake.value) if judgement.mistake else None,
    }
    return Report("answer", data, title=judgement.line, verdict=judgement.correct)


def written(value: Value) -> str:
    """How a value was computed: ``64·(3·3·3 + 1)``, and for a shape the same per axis.

    >>> written((Term(4) * Term(3),)), written((Term(4), Term(4), Term(3)))
    ('4·3', '4x4x3')
    """
    if len(value) == 1:
        return f"{value[0]:,}" if not isinstance(value[0], Term) else str(value[0])
    return "x".join(f"({size})" if isinstance(size, Term) and size.operator else str(int(size)) for size in value)


def plain(value: Value) -> str:
    """The value alone: ``1,792`` or ``222x222x64``."""
    return f"{int(value[0]):,}" if len(value) == 1 else "x".join(str(int(size)) for size in value)


def show(value: Value) -> str:
    """``64·(3·3·3 + 1) = 1,792``, or the number alone where there is nothing to compute."""
    work, number = written(value), plain(value)
    return number if work == number else f"{work} = {number}"


def raw(value: Value) -> int | list[int]:
    """The value as JSON has it."""
    return int(value[0]) if len(value) == 1 else [int(size) for size in value]
