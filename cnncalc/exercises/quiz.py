"""Exercises with worked solutions, and wrong options made from the slips that people make.

The same seed gives the same exercises on every machine: all choices come from ``random.Random.random``, whose sequence
for a seed is the one thing that Python promises never to change (documentation of `random`, "Notes on
Reproducibility").
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from cnncalc.comparison.rows import Spec
from cnncalc.errors import CnncalcError
from cnncalc.exercises import answers, counts, fields
from cnncalc.exercises.answers import Value
from cnncalc.exercises.fields import Step
from cnncalc.exercises.slips import Mistake, Slip, mistakes
from cnncalc.language import N_, NN_, _, ngettext
from cnncalc.shapes import Shape

TOPICS = ("params", "rf", "shapes")
"""What can be asked about; ``all`` takes them in turn."""
LETTERS = "abcd"
LATER = {
    "three_channels",
    "local_over_input",
    "sum_of_kernels",
    "own_stride",
    "last_stride",
    "adds_padding",
    "adds_padding_once",
    "adds_paddings",
    "adds_paddings_once",
    "area",
}
"""Slips that are younger than the dice: were these thrown for them too, an old seed would ask something else."""
MOST_QUESTIONS = 1000
MOST_SEED = 2**63 - 1

Drawn = TypeVar("Drawn")


class QuizError(CnncalcError, ValueError):
    """A quiz that can't be made, or answers that can't be read."""


class Dice:
    """Choices that depend on the seed alone.

    >>> dice = Dice(7)
    >>> [dice.pick("abcd") for _time in range(5)], dice.shuffled("abcd")
    (['b', 'a', 'c', 'a', 'c'], ['c', 'd', 'a', 'b'])
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, count: int) -> int:
        return int(self._random.random() * count)

    def pick(self, choices: Sequence[Drawn]) -> Drawn:
        return choices[self.below(len(choices))]

    def shuffled(self, things: Sequence[Drawn]) -> list[Drawn]:
        """Fisher and Yates."""
        mixed = list(things)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed


class Task(NamedTuple):
    """What is asked: the words and the numbers in them, the exercise, and how it and its slips are worked out.

    Words that depend on a number have two forms, and that number is called ``filters``.
    """

    template: str | tuple[str, str]
    numbers: dict[str, str]
    command: str
    exercise: Any
    slips: tuple[Slip[Any], ...]
    solve: Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose; ``slips`` lead to it, none if it is right."""

    letter: str
    value: Value
    mistake: Mistake[Any, Value] | None


@dataclass(frozen=True, slots=True)
class Question:
    """One exercise with its options, in their order."""

    number: int
    topic: str
    task: Task
    options: tuple[Option, ...]

    @property
    def text(self) -> str:
        """The question in the language in use."""
        template, numbers = self.task.template, self.task.numbers
        words = _(template) if isinstance(template, str) else ngettext(*template, int(numbers["filters"]))
        return words.format(**numbers)

    @property
    def right(self) -> Option:
        return next(option for option in self.options if option.mistake is None)


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with its answer, `None` if there was none."""

    question: Question
    answer: str | None
    correct: bool
    slips: tuple[str, ...]
    line: str


def quiz(topic: str, count: int, seed: int) -> tuple[Question, ...]:
    """``count`` questions about a topic, or about all.

    >>> first = quiz("params", 1, 7)[0]
    >>> len(first.options), answers.show(first.right.value)
    (4, '32·(1·1·32 + 1) = 1,056')

    Raises `QuizError` for an unknown topic, and a count or a seed out of range.
    """
    if topic != "all" and topic not in TOPICS:
        raise QuizError(
            _("no topic {topic}: take one of {known}").format(topic=topic, known=", ".join((*TOPICS, "all")))
        )
    if not 1 <= count <= MOST_QUESTIONS:
        raise QuizError(
            _("{count} questions can't be asked: take 1 to {most}").format(count=count, most=f"{MOST_QUESTIONS:,}")
        )
    if not 0 <= seed <= MOST_SEED:
        raise QuizError(_("seed {seed} is out of range: take 0 to 2^63 − 1").format(seed=seed))
    dice, other, asked = Dice(seed), Dice(MOST_SEED - seed), list[Question]()
    for number in range(1, count + 1):
        about = TOPICS[(number - 1) % len(TOPICS)] if topic == "all" else topic
        asked.append(_question(dice, other, number, about, {question.text for question in asked[-20:]}))
    return tuple(asked)


def _question(dice: Dice, other: Dice, number: int, topic: str, before: set[str]) -> Question:
    """Draw until there are three wrong options and the question is a new one."""
    while True:
        task = dice.pick(MAKERS[topic])(dice)
        wrong = _wrong(dice, task)
        if len(wrong) < len(LETTERS) - 1:
            continue
        wrong = _renewed(other, task, wrong)
        options = dice.shuffled([Mistake((), task.exercise, task.solve(task.exercise)), *wrong])
        question = Question(
            number,
            topic,
            task,
            tuple(
                Option(letter, option.value, option if option.slips else None)
                for letter, option in zip(LETTERS, options, strict=True)
            ),
        )
        if question.text not in before:
            return question


def _wrong(dice: Dice, task: Task) -> list[Mistake[Any, Value]]:
    """Three wrong answers that look like answers: of single slips if there are enough, the common ones first."""
    first = [slip for slip in task.slips if slip.name not in LATER]
    wrong: dict[Value, Mistake[Any, Value]] = {}
    for mistake in mistakes(task.exercise, first, task.solve):
        alone = len(mistake.slips) == 1
        if not alone and len(wrong) >= len(LETTERS) - 1:
            break
        if _looks_right(mistake, task):
            wrong.setdefault(mistake.value, mistake)
    return dice.shuffled(list(wrong.values())[:5])[: len(LETTERS) - 1]


def _renewed(dice: Dice, task: Task, wrong: list[Mistake[Any, Value]]) -> list[Mistake[Any, Value]]:
    """Every second time a slip of `LATER` in the place of one, by dice of its own: a seed asks what it always asked."""
    later = [slip for slip in task.slips if slip.name in LATER]
    values = {mistake.value for mistake in wrong}
    new = [
        mistake
        for mistake in mistakes(task.exercise, later, task.solve, most=1)
        if _looks_right(mistake, task) and mistake.value not in values
    ]
    if not new or dice.below(2):
        return wrong
    place = dice.below(len(wrong))
    return [*wrong[:place], dice.pick(new), *wrong[place + 1 :]]


def _looks_right(mistake: Mistake[Any, Value], task: Task) -> bool:
    return len(mistake.value) == len(task.solve(task.exercise)) and min(mistake.value) > 0


def _counting(template: str | tuple[str, str], numbers: dict[str, Any], spec: Spec, of: str) -> Task:
    """A question about one layer."""
    shown = {name: str(value) for name, value in numbers.items()}
    return Task(template, shown, _params(spec, of), counts.exercise(spec, of), counts.MISCOUNTS, counts.solve)


def _params(spec: Spec, of: str) -> str:
    """The command that answers the question too."""
    row, _dot, field = of.partition(".")
    if spec.kernel is None:
        words = ["--units", spec.units]
    else:
        words = ["--kernel", spec.kernel, "--filters", spec.filters]
        words += ["--stride", spec.stride] if spec.stride not in (1, (1,)) else []
        words += ["--padding", spec.padding] if spec.padded else []
        words += ["--compare", row]
    get = field if field == "positions" else f"{row}.{field or 'parameters'}"
    return " ".join(map(str, ["cnncalc params --input", spec.shape, *words, "--get", get]))


def _conv_parameters(dice: Dice) -> Task:
    side, channels = dice.pick((28, 32, 64, 128, 224)), dice.pick((3, 3, 16, 32, 64))
    kernel, filters = dice.pick((1, 3, 3, 5, 7)), dice.pick((8, 16, 32, 64, 128))
    return _counting(
        NN_(
            "A convolution with {filters} filter of {kernel}×{kernel} and its bias reads an input of {input}. How many parameters does it have?",
            "A convolution with {filters} filters of {kernel}×{kernel} and biases reads an input of {input}. How many parameters does it have?",
        ),
        {"filters": filters, "kernel": kernel, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters),
        "conv",
    )


def _dense_parameters(dice: Dice) -> Task:
    side, channels, units = (
        dice.pick((7, 14, 28, 32)),
        dice.pick((3, 16, 64, 512)),
        dice.pick((10, 100, 128, 1000, 4096)),
    )
    return _counting(
        N_(
            "A fully connected layer with {units} units and biases reads an input of {input}. How many parameters does it have?"
        ),
        {"units": units, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), units=units),
        "dense",
    )


def _local_parameters(dice: Dice) -> Task:
    side, channels = dice.pick((5, 8, 16, 28, 32)), dice.pick((1, 3, 3, 16))
    kernel, filters = dice.pick((3, 5)), dice.pick((1, 4, 8, 16))
    return _counting(
        NN_(
            "A locally connected layer (nothing is shared; a bias per filter and position) with {filters} filter of "
            "{kernel}×{kernel} reads an input of {input}, stride 1, no padding. How many parameters does it have?",
            "A locally connected layer (nothing is shared; a bias per filter and position) with {filters} filters of "
            "{kernel}×{kernel} reads an input of {input}, stride 1, no padding. How many parameters does it have?",
        ),
        {"filters": filters, "kernel": kernel, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters),
        "local",
    )


def _conv_macs(dice: Dice) -> Task:
    side, channels = dice.pick((14, 28, 32, 64)), dice.pick((1, 3, 16, 32))
    kernel, filters, stride = dice.pick((3, 3, 5)), dice.pick((8, 16, 32)), dice.pick((1, 1, 2))
    return _counting(
        NN_(
            "A convolution with {filters} filter of {kernel}×{kernel}, stride {stride}, no padding, reads an input of "
            "{input}. How many MACs (multiplications with their additions) does it take?",
            "A convolution with {filters} filters of {kernel}×{kernel}, stride {stride}, no padding, reads an input of "
            "{input}. How many MACs (multiplications with their additions) does it take?",
        ),
        {"filters": filters, "kernel": kernel, "stride": stride, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters, stride),
        "conv.macs",
    )


def _conv_output(dice: Dice) -> Task:
    side, channels = dice.pick((28, 32, 64, 112, 224, 227)), dice.pick((3, 16, 64))
    kernel, filters = dice.pick((3, 5, 7, 11)), dice.pick((8, 16, 32, 64))
    stride, padding = dice.pick((1, 2, 2, 4)), dice.pick((0, 1, 2, 3))
    return _counting(
        NN_(
            "A convolution with {filters} filter of {kernel}×{kernel}, stride {stride}, padding {padding}, reads an input "
            "of {input}. What is the shape of its output (height x width x channels)?",
            "A convolution with {filters} filters of {kernel}×{kernel}, stride {stride}, padding {padding}, reads an input "
            "of {input}. What is the shape of its output (height x width x channels)?",
        ),
        {"filters": filters, "kernel": kernel, "stride": stride, "padding": padding, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters, stride, padding),
        "conv.output",
    )


def _positions(dice: Dice) -> Task:
    side, kernel = dice.pick((5, 7, 10, 28, 32, 64, 224)), dice.pick((3, 3, 5))
    stride, padding = dice.pick((1, 1, 2)), dice.pick((0, 0, 1))
    return _counting(
        N_(
            "A {kernel}×{kernel} window slides over a picture of {side}×{side} pixels, stride {stride}, padding {padding}. "
            "How many positions does it take?"
        ),
        {"kernel": kernel, "side": side, "stride": stride, "padding": padding},
        Spec(Shape((side, side), 1), kernel, 1, stride, padding),
        "conv.positions",
    )


def _written(side: int, channels: int) -> str:
    return str(Shape((side, side), channels))


LAYERS: dict[str, Step] = {
    "conv3": Step(3, 1, 1, 0),
    "conv5": Step(5, 1, 1, 0),
    "conv3/2": Step(3, 2, 1, 0),
    "conv7/2": Step(7, 2, 1, 0),
    "conv3,d2": Step(3, 1, 2, 0),
    "conv3,d4": Step(3, 1, 4, 0),
    "maxpool2": Step(2, 2, 1, 0),
    "maxpool3/2": Step(3, 2, 1, 0),
}
"""What a stack is made of, as the notation writes it."""


def _seen(dice: Dice) -> Task:
    names = [dice.pick(tuple(LAYERS)) for _layer in range(3 + dice.below(3))]
    steps, stack = tuple(LAYERS[name] for name in names), " ".join(names)
    return Task(
        N_(
            "Layers one after the other: {stack}. How many input pixels across does one unit of the last layer see? "
            "(conv3 is a 3×3 convolution, maxpool2 a 2×2 pool with stride 2, /2 a stride, d2 a dilation.)"
        ),
        {"stack": stack},
        f"cnncalc rf {stack} --get rf",
        fields.Exercise("rf", steps, steps),
        RF_SLIPS,
        fields.solve,
    )


def _without_last(asked: fields.Exercise) -> fields.Exercise:
    return asked._replace(path=asked.path[:-1], all=asked.all[:-1])


RF_SLIPS: tuple[Slip[Any], ...] = (
    *fields.SLIPS,
    Slip("last_layer", "path", _without_last, lambda _asked: _("leaves out the last layer")),
)

Maker = Callable[[Dice], Task]
MAKERS: dict[str, tuple[Maker, ...]] = {
    "params": (_conv_parameters, _conv_parameters, _dense_parameters, _local_parameters, _conv_macs),
    "rf": (_seen,),
    "shapes": (_conv_output, _conv_output, _positions),
}
"""The kinds of questions of each topic; one that stands there twice comes twice as often."""


def judge(question: Question, answer: str | None) -> Judged:
    """Whether an answer, a letter or a number or a shape, is right, and if not, what went wrong.

    >>> first = quiz("params", 1, 7)[0]
    >>> judge(first, "1024").line
    '1,024 is not it: that forgets the bias (32·1·1·32); it is 32·(1·1·32 + 1) = 1,056'

    Raises `AnswerError` for what is none of these.
    """
    right = question.right.value
    if answer is None:
        return Judged(question, None, False, (), _("no answer; it is {right}").format(right=answers.show(right)))
    task = question.task
    judgement = answers.judged(read(question, answer), task.exercise, task.slips, task.solve)
    return Judged(question, answer, judgement.correct, judgement.slips, judgement.line)


def read(question: Question, answer: str) -> answers.Answer:
    """The number or shape that an answer stands for."""
    letters = {option.letter: option.value for option in question.options}
    letter = answer.strip().lower().rstrip(").")
    if letter in letters:
        value = letters[letter]
        return answers.Answer(answers.plain(value), value, value, value)
    return answers.read(answer, sizes=len(question.right.value))
