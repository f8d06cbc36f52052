"""Is an answer about a receptive field right, and if not, what went wrong: the slips people make when fields grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.analysis import Trace, trace
from cnncalc.exercises.answers import AnswerError, Value, answer_report, judged, read
from cnncalc.exercises.slips import Slip
from cnncalc.language import N_, _
from cnncalc.layers.base import at
from cnncalc.layers.sliding import Sliding
from cnncalc.layers.transposed import Transposed
from cnncalc.network import Network
from cnncalc.receptive.axisfield import Measure, axis_field, node_called
from cnncalc.receptive.growth import growth
from cnncalc.report import Report
from cnncalc.shapes import Shape, shorten
from cnncalc.symbols import Term

QUANTITIES = ("rf", "jump", "start")
"""What can be asked about."""

MOST_SHOWN = 8
"""A sum of so many layers is still written out."""


class Step(NamedTuple):
    """One window on the way: on one axis."""

    kernel: int
    stride: int
    dilation: int
    padding: int


class Exercise(NamedTuple):
    """The windows on the path that sets the field, and all windows there are, had they stood in one line.

    ``less_one`` is `False` for whoever adds kernels as they are.
    """

    quantity: str
    path: tuple[Step, ...]
    all: tuple[Step, ...]
    less_one: bool = True


def solve(exercise: Exercise) -> Value:
    """The number that is asked for, with the sum that gives it, as long as that can be read.

    >>> stack = (Step(3, 1, 1, 0), Step(2, 2, 1, 0), Step(3, 1, 1, 0))
    >>> (total,) = solve(Exercise("rf", stack, stack))
    >>> print(total, "=", int(total))
    3 + 1 + 2·2 = 8
    """
    size, jump, start = Term(1 if exercise.less_one else 0), Term(1), Term(0)
    for step in exercise.path:
        if exercise.less_one:
            size = _plus(size, step, jump)
        else:
            window = Term(formulas.window(step.kernel, step.dilation))
            adds = window if jump == 1 else window * jump
            size = size + adds if size else adds
        start = Term(formulas.field_start(int(start), int(jump), step.padding))
        jump = Term(formulas.field_jump(int(jump), step.stride))
    number = {"rf": size, "jump": jump, "start": start}[exercise.quantity]
    return (number if len(exercise.path) <= MOST_SHOWN else Term(int(number)),)


def _plus(size: Term, step: Step, jump: Term) -> Term:
    """One layer more; a first layer is its window, and a jump of 1 is not written."""
    adds = formulas.window(step.kernel, step.dilation) - 1
    if size == 1:
        return Term(int(formulas.field_size(1, int(jump), step.kernel, step.dilation)))
    if adds == 0:
        return size
    return size + (Term(adds) if jump == 1 else Term(adds) * jump)


def _changed(change: Callable[[Step], Step]) -> Callable[[Exercise], Exercise | None]:
    def mistake(asked: Exercise) -> Exercise | None:
        path, everything = tuple(map(change, asked.path)), tuple(map(change, asked.all))
        return None if path == asked.path else asked._replace(path=path, all=everything)

    return mistake


def _in_series(asked: Exercise) -> Exercise | None:
    return None if asked.all == asked.path else asked._replace(path=asked.all)


def _as_they_are(asked: Exercise) -> Exercise | None:
    return asked._replace(less_one=False) if asked.less_one and asked.quantity == "rf" else None


def _says(sentence: str) -> Callable[[Exercise], str]:
    return lambda _asked: _(sentence)


SLIPS: tuple[Slip[Exercise], ...] = (
    Slip(
        "no_dilation",
        "dilation",
        _changed(lambda step: step._replace(dilation=1)),
        _says(N_("forgets the dilation")),
    ),
    Slip(
        "no_jump",
        "jump",
        _changed(lambda step: step._replace(stride=1)),
        _says(N_("forgets that units lie further apart after a stride (the jump)")),
    ),
    Slip("kernels_as_they_are", "less one", _as_they_are, _says(N_("adds kernels without taking 1 off each"))),
    Slip("shortcut_in_series", "series", _in_series, _says(N_("counts a shortcut as if it stood in line"))),
    Slip("no_padding", "padding", _changed(lambda step: step._replace(padding=0)), _says(N_("forgets the padding"))),
)
"""What people do wrong, the most common first."""


def judge(network: Network, input: Shape | None, of: str, answer: str, at: str = "") -> Report:
    """Whether ``answer`` is the size, jump or start of the field, and if not, what went wrong.

    >>> from cnncalc.notation.parsing import parse
    >>> judge(parse("conv3,d2 x3"), None, "rf", "7").title
    '7 is not it: that forgets the dilation (3 + 2 + 2); it is 5 + 4 + 4 = 13'

    Raises `AnswerError` for an answer that can't be read, or a question that has no single number as its answer.
    """
    if of not in QUANTITIES:
        raise AnswerError(
            _("there is no {of}: take one of {known}").format(of=shorten(of), known=", ".join(QUANTITIES))
        )
    reply = read(answer, signed=True)
    followed = trace(network, input)
    node = node_called(followed, at)
    right, exercise = (_right(followed, node, of),), _exercise(followed, node, of)
    slips, shown = (SLIPS, None) if solve(exercise) == right else ((), right)
    return answer_report(of, of, judged(reply, exercise, slips, solve, shown))


def _right(followed: Trace, node: int, of: str) -> int:
    """The one number that holds on all axes."""
    name = {"rf": "size"}.get(of, of)
    values: list[Measure] = [getattr(axis_field(followed, axis, node), name) for axis in range(len(followed.fields))]
    if not isinstance(values[0], int) or any(value != values[0] for value in values):
        raise AnswerError(
            _("{of} of {name} is not one whole number, so no answer can be judged: ask about an earlier layer").format(
                of=of, name=followed.network.nodes[node].name
            )
        )
    return values[0]


def _exercise(followed: Trace, node: int, of: str) -> Exercise:
    on_the_way = {step.node for step in growth(followed, 0, node)}
    steps = [(index, step) for index in range(node + 1) if (step := _step(followed, index)) is not None]
    return Exercise(
        of, tuple(step for index, step in steps if index in on_the_way), tuple(step for _index, step in steps)
    )


def _step(followed: Trace, index: int) -> Step | None:
    layer = followed.network.nodes[index].layer
    if not isinstance(layer, Sliding) or isinstance(layer, Transposed):
        return None
    source = followed.network.nodes[index].inputs[0]
    before, _after = layer.sides(0, followed.extent(source, 0))
    return Step(at(layer.kernel, 0), at(layer.stride, 0), at(layer.dilation, 0), before)
