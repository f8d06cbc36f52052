"""The younger topics: the calculator gives every solution, and every kind says all that it asks about."""

from __future__ import annotations

import json

import pytest

from cnncalc.exercises.makers import KINDS, MAKERS
from cnncalc.exercises.quiz import quiz
from cnncalc.exercises.tasks import Dice
from tests.conftest import Called


@pytest.mark.parametrize("topic", ["macs", "memory", "local"])
def test_the_calculator_gives_every_solution(topic: str, cnncalc: Called) -> None:
    """The command that goes with each question prints its answer."""
    for question in quiz(topic, 20, 5):
        program, *words = question.task.command.split()
        code, out, err = cnncalc(*words)
        assert (program, code, err) == ("cnncalc", 0, "")
        assert json.loads(out) == int(question.right.value[0])


def test_bytes_are_parameters_times_bytes() -> None:
    """Half precision takes two bytes a number, single four: counted from the numbers in the text."""
    for question in quiz("memory", 20, 1):
        numbers = question.task.numbers
        channels = int(numbers["input"].split("x")[2])
        parameters = int(numbers["filters"]) * (int(numbers["kernel"]) ** 2 * channels + 1)
        assert int(question.right.value[0]) == parameters * {"fp32": 4, "fp16": 2}[numbers["dtype"]]


def test_slips_of_memory_are_among_the_options() -> None:
    """Bits for bytes, numbers for bytes, another type, and every slip in counting."""
    options = [option for question in quiz("memory", 200, 2) for option in question.options if option.mistake]
    names = {slip.name for option in options for slip in option.mistake.slips}  # type: ignore[union-attr]
    assert {"no_bias", "one_input_channel", "as_local"} <= names


@pytest.mark.parametrize("topic", MAKERS)
def test_every_kind_makes_questions(topic: str) -> None:
    """Each kind of each topic, for a class too, gives a text without a field left open."""
    for maker in (*MAKERS[topic], *KINDS[topic]):
        for seed in range(5):
            assert "{" not in maker(Dice(seed)).text


def test_one_of_a_thing_is_not_several() -> None:
    """With 1 filter, never with 1 filters."""
    texts = [question.text for topic in MAKERS for question in quiz(topic, 100, 3)]
    assert any(" 1 filter " in text for text in texts)
    assert not any(" 1 filters" in text for text in texts)
