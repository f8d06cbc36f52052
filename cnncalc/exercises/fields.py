"""Is an answer about a receptive field right, and if not, what went wrong: the slips people make when fields grow."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from cnncalc import formulas, zoo
from cnncalc.analysis import Trace, trace
from cnncalc.exercises.answers import AnswerError, Value, answer_report, judged, read
from cnncalc.exercises.slips import Slip
from cnncalc.language import N_, _
from cnncalc.layers.base import at
from cnncalc.layers.sliding import Sliding
from cnncalc.layers.transposed import Transposed
from cnncalc.network import Network
from cnncalc.receptive.axisfield import Measure, axis_field, last_sliding, node_called, unknown_from
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

    The others are ways to go wrong: ``less_one`` is `False` for whoever adds kernels as they are; ``sides`` of the
    padding are added to every window, ``loose_sides`` to the field as they are; ``jump`` is how the next jump is thought
    to follow from this one and the stride; with ``own_stride`` a window is stretched by the jump behind it, and with
    ``area`` a side is squared.
    """

    quantity: str
    path: tuple[Step, ...]
    all: tuple[Step, ...]
    less_one: bool = True
    sides: int = 0
    loose_sides: int = 0
    jump: Callable[[int, int], int] = formulas.field_jump
    own_stride: bool = False
    area: bool = False


def solve(exercise: Exercise) -> Value:
    """The number that is asked for, with the sum that gives it, as long as that can be read.

    >>> stack = (Step(3, 1, 1, 0), Step(2, 2, 1, 0), Step(3, 1, 1, 0))
    >>> (total,) = solve(Exercise("rf", stack, stack))
    >>> print(total, "=", int(total))
    3 + 1 + 2·2 = 8
    """
    size, jump, start = Term(int(exercise.less_one)), 1, 0
    for step in exercise.path:
        behind = exercise.jump(jump, step.stride)
        adds = formulas.window(step.kernel, step.dilation) - exercise.less_one + exercise.sides * step.padding
        size = _grown(size, adds, behind if exercise.own_stride else jump)
        start = formulas.field_start(start, jump, step.padding)
        jump = behind
    size = size + exercise.loose_sides * sum(step.padding for step in exercise.path)
    numbers = {"rf": size * size if exercise.area else size, "jump": Term(jump), "start": Term(start)}
    number = numbers[exercise.quantity]
    return (number if len(exercise.path) <= MOST_SHOWN else Term(int(number)),)


def _grown(size: Term, adds: int, jump: int) -> Term:
    """A field through one layer more; a first layer is its window, and a jump of 1 is not written."""
    if adds == 0:
        return size
    if size <= 1 and jump == 1:
        return Term(int(size) + adds)
    more = Term(adds) if jump == 1 else Term(adds) * Term(jump)
    return size + more if size else more


def _changed(change: Callable[[Step], Step]) -> Callable[[Exercise], Exercise | None]:
    def mistake(asked: Exercise) -> Exercise | None:
        path, everything = tuple(map(change, asked.path)), tuple(map(change, asked.all))
        return None if path == asked.path else asked._replace(path=path, all=everything)

    return mistake


def _in_series(asked: Exercise) -> Exercise | None:
    return None if asked.all == asked.path else asked._replace(path=asked.all)


def _thought(**ways: Any) -> Callable[[Exercise], Exercise | None]:
    """The size of the field, found in another way."""

    def mistake(asked: Exercise) -> Exercise | None:
        return asked._replace(**ways) if asked.quantity == "rf" else None

    return mistake


def _last_stride(asked: Exercise) -> Exercise | None:
    return asked._replace(jump=lambda _jump, stride: stride)


def _sum_of_kernels(asked: Exercise) -> Exercise | None:
    if asked.quantity != "rf":
        return None
    bare = tuple(step._replace(stride=1, dilation=1) for step in asked.path)
    return asked._replace(path=bare, less_one=False)


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
    Slip(
        "kernels_as_they_are",
        "less one",
        _thought(less_one=False),
        _says(N_("adds kernels without taking 1 off each")),
    ),
    Slip("shortcut_in_series", "series", _in_series, _says(N_("counts a shortcut as if it stood in line"))),
    Slip("no_padding", "padding", _changed(lambda step: step._replace(padding=0)), _says(N_("forgets the padding"))),
    Slip("sum_of_kernels", "less one", _sum_of_kernels, _says(N_("adds up the kernels and nothing else"))),
    Slip(
        "own_stride",
        "own stride",
        _thought(own_stride=True),
        _says(N_("stretches a window by its own stride, which only the layers after it feel")),
    ),
    Slip(
        "last_stride",
        "jump",
        _last_stride,
        _says(N_("takes the stride of the layer before for the jump, and not the product of all strides")),
    ),
    Slip("adds_padding", "padding", _thought(sides=2), _says(N_("adds the padding to the field"))),
    Slip("adds_padding_once", "padding", _thought(sides=1), _says(N_("adds the padding of one side to the field"))),
    Slip(
        "adds_paddings", "padding", _thought(loose_sides=2), _says(N_("adds the paddings of all layers to the field"))
    ),
    Slip(
        "adds_paddings_once",
        "padding",
        _thought(loose_sides=1),
        _says(N_("adds the paddings of all layers, of one side, to the field")),
    ),
    Slip("area", "area", _thought(area=True), _says(N_("gives the area of the field, and its side was asked for"))),
)
"""What people do wrong, the most common first."""


def judge(network: Network, input: Shape | None, of: str, answer: str, at: str = "", name: str = "") -> Report:
    """Whether ``answer`` is the size, jump or start of the field, and if not, what went wrong.

    ``name`` is what the network is called in the zoo: another one that people call the same may be meant.

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
    number, exercise = (right(followed, node, of),), exercise_of(followed, node, of)
    slips, shown = (SLIPS, None) if solve(exercise) == number else ((), number)
    others = zoo.namesakes(name) if _closes(followed, node) and not reply.fits(number) else ()
    meant = tuple(_namesake(entry, of) for entry in others)
    return answer_report(of, of, judged(reply, exercise, (*meant, *slips), solve, shown))


def _closes(followed: Trace, node: int) -> bool:
    """Whether a node is the last that slides: the one layer that networks of other names for their layers have too."""
    return node == last_sliding(followed, len(followed.network) - 1)


def _namesake(entry: zoo.Entry, of: str) -> Slip[Exercise]:
    """Taking another published network for the one that is asked about, because people call both the same."""

    @cache
    def other_exercise() -> Exercise | None:
        followed = trace(zoo.load(entry.name))
        node = last_sliding(followed, len(followed.network) - 1)
        other = None if node is None else exercise_of(followed, node, of)
        return other if node is not None and other and solve(other) == (right(followed, node, of),) else None

    says = _("belongs to {name} ({title}), another network called {model}").format(**entry._asdict())
    return Slip("namesake", "network", lambda _asked: other_exercise(), lambda _asked: says)


def right(followed: Trace, node: int, of: str) -> int:
    """The one number that holds on all axes."""
    nodes, field = followed.network.nodes, {"rf": "size"}.get(of, of)
    values: list[Measure] = [getattr(axis_field(followed, axis, node), field) for axis in range(len(followed.fields))]
    last = last_sliding(followed, node)
    if last not in (node, None) and unknown_from(followed, node) is None:
        raise AnswerError(
            _("{name} does not slide over the input, so no answer can be judged: ask about {last} with --at").format(
                name=nodes[node].name, last=nodes[last].name
            )
        )
    if not isinstance(values[0], int) or any(value != values[0] for value in values):
        raise AnswerError(
            _("{of} of {name} is not one whole number, so no answer can be judged: ask about an earlier layer").format(
                of=of, name=nodes[node].name
            )
        )
    return values[0]


def exercise_of(followed: Trace, node: int, of: str) -> Exercise:
    """The windows on the way of a node, and all there are before it."""
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
