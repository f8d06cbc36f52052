"""Quizzes: exercises with worked solutions, wrong options made from the slips that people make, and judged answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnncalc.exercises import answers
from cnncalc.exercises.answers import AnswerError, Value
from cnncalc.exercises.makers import MAKERS
from cnncalc.exercises.slips import Mistake, mistakes, verdict
from cnncalc.exercises.tasks import Dice, Maker, QuizError, Task
from cnncalc.language import _, ngettext
from cnncalc.shapes import shorten

TOPICS = tuple(MAKERS)
"""What can be asked about."""
ALL = ("params", "rf", "shapes")
"""What ``all`` takes in turn: the topics of the first release, so that a seed asks what it always asked."""
MIXED = "mixed"
"""What several topics together are called in data."""
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
MOST_DRAWS, NEW_FOR = 1000, 200
"""So often a question is drawn at most, and so often in search of one that has not just been asked."""


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
        return self.task.text

    @property
    def right(self) -> Option:
        return next(option for option in self.options if option.mistake is None)

    def shown(self, option: Option) -> str:
        """An option in words or as its number."""
        return self.task.words(option.value)

    @property
    def solution(self) -> str:
        """The right answer as it is worked out."""
        return self.shown(self.right) if self.task.in_words else answers.show(self.right.value)

    def worked(self, option: Option) -> str:
        """How an option is computed, rightly or not."""
        return self.shown(option) if self.task.in_words else answers.written(option.value)


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
    topics = topics_of(topic)
    check_count(count)
    return seeded([(about, MAKERS[about]) for about in in_turn(topics, count)], seed)


def seeded(plan: Plan, seed: int) -> tuple[Question, ...]:
    """The questions of a plan for a seed that somebody gave.

    Raises `QuizError` for one out of range, and for a number of questions that can't be asked.
    """
    check_count(len(plan))
    if not 0 <= seed <= MOST_SEED:
        raise QuizError(_("seed {seed} is out of range: take 0 to 2^63 − 1").format(seed=seed))
    return drawn(plan, seed)


def check_count(count: int) -> None:
    """`QuizError` for a number of questions that can't be asked."""
    if not 1 <= count <= MOST_QUESTIONS:
        raise QuizError(
            ngettext(
                "{count} question can't be asked: take 1 to {most}",
                "{count} questions can't be asked: take 1 to {most}",
                count,
            ).format(count=count, most=f"{MOST_QUESTIONS:,}")
        )


def topics_of(topic: str) -> tuple[str, ...]:
    """The topics that are meant: one, ``all``, or several with commas between them.

    >>> topics_of("all"), topics_of("macs, local")
    (('params', 'rf', 'shapes'), ('macs', 'local'))

    Raises `QuizError` for an unknown one.
    """
    if topic == "all":
        return ALL
    names = tuple(dict.fromkeys(name.strip() for name in topic.split(",")))
    for name in names:
        if name not in TOPICS:
            raise QuizError(
                _("no topic {topic}: take one of {known}").format(
                    topic=shorten(name) or "''", known=", ".join((*TOPICS, "all"))
                )
            )
    return names


def called(topic: str) -> str:
    """What a topic is called in data."""
    return topic if topic == "all" or topic in TOPICS else MIXED


def in_turn(topics: Sequence[str], count: int) -> list[str]:
    """The topic of every question."""
    return [topics[number % len(topics)] for number in range(count)]


Plan = Sequence[tuple[str, Sequence[Maker]]]
"""For every question its topic, and the kinds that it may be of."""


def drawn(plan: Plan, seed: int) -> tuple[Question, ...]:
    """The questions of a plan with the numbers of a seed."""
    dice, other, asked = Dice(seed), Dice(MOST_SEED - seed), list[Question]()
    for number, (topic, makers) in enumerate(plan, 1):
        asked.append(_question(dice, other, number, topic, makers, {question.text for question in asked[-20:]}))
    return tuple(asked)


def _question(dice: Dice, other: Dice, number: int, topic: str, makers: Sequence[Maker], before: set[str]) -> Question:
    """Draw until there are three wrong options and the question is a new one, as far as there are new ones."""
    for attempt in range(MOST_DRAWS):
        task = dice.pick(makers)(dice)
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
        if question.text not in before or attempt >= NEW_FOR:
            return question
    raise QuizError(
        _("question {number} has no three wrong answers that anybody would give: ask about other numbers").format(
            number=number
        )
    )


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


def judge(question: Question, answer: str | None) -> Judged:
    """Whether an answer, a letter or a number or a shape, is right, and if not, what went wrong.

    >>> first = quiz("params", 1, 7)[0]
    >>> judge(first, "1024").line
    '1,024 is not it: that forgets the bias (32·1·1·32); it is 32·(1·1·32 + 1) = 1,056'

    Raises `AnswerError` for what is none of these.
    """
    if answer is None:
        return Judged(question, None, False, (), _("no answer; it is {right}").format(right=_told(question)))
    task = question.task
    if task.in_words:
        return _reasoned(question, answer)
    judgement = answers.judged(read(question, answer), task.exercise, task.slips, task.solve)
    return Judged(question, answer, judgement.correct, judgement.slips, judgement.line)


def _told(question: Question) -> str:
    """The right answer, with its letter where it is a sentence."""
    return f"{question.right.letter}) {question.solution}" if question.task.in_words else question.solution


def _reasoned(question: Question, answer: str) -> Judged:
    """The answer to a question whose options are sentences: one of the letters."""
    option = _option(question, answer)
    if option is None:
        raise AnswerError(
            _("{answer} is not an answer: give one of the letters {letters}").format(
                answer=shorten(answer), letters=", ".join(LETTERS)
            )
        )
    mistake, correct = option.mistake, option.mistake is None
    line = verdict(question.task.exercise, option.letter, _told(question), mistake, option.letter, correct=correct)
    return Judged(question, answer, correct, tuple(slip.name for slip in mistake.slips) if mistake else (), line)


def _option(question: Question, answer: str) -> Option | None:
    letter = answer.strip().lower().rstrip(").")
    return next((option for option in question.options if option.letter == letter), None)


def readable(question: Question, answer: str) -> bool:
    """Whether an answer can be judged."""
    try:
        judge(question, answer)
    except AnswerError:
        return False
    return True


def read(question: Question, answer: str) -> answers.Answer:
    """The number or shape that an answer stands for."""
    option = _option(question, answer)
    if option is not None:
        return answers.Answer(answers.plain(option.value), option.value, option.value, option.value)
    return answers.read(answer, sizes=len(question.right.value))
