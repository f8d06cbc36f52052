"""Statements on shifted pictures: NumPy shifts pictures and says of each whether it is true."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cnncalc.exercises.quiz import judge, quiz
from cnncalc.exercises.statements import FIXED, NAMES, REASONS, Judged, _strided, words
from cnncalc.exercises.tasks import Dice
from cnncalc.lessons.window import slide

SIDE, KERNEL, SHIFT = 16, 3, 2
PICTURE = np.random.default_rng(0).normal(size=(SIDE, SIDE))
WEIGHTS = np.random.default_rng(1).normal(size=(KERNEL, KERNEL))
OWN = np.random.default_rng(2).normal(size=(SIDE, SIDE, KERNEL, KERNEL))
DENSE = np.random.default_rng(3).normal(size=(SIDE * SIDE, SIDE * SIDE))

Layer = Callable[[np.ndarray], np.ndarray]


def circular(picture: np.ndarray) -> np.ndarray:
    return slide(picture, WEIGHTS, KERNEL // 2, mode="wrap")


def zeros(picture: np.ndarray) -> np.ndarray:
    return slide(picture, WEIGHTS, KERNEL // 2)


def local(picture: np.ndarray) -> np.ndarray:
    padded = np.pad(picture, KERNEL // 2, mode="wrap")
    return np.einsum("yxab,yxab->yx", np.lib.stride_tricks.sliding_window_view(padded, (KERNEL, KERNEL)), OWN)


def dense(picture: np.ndarray) -> np.ndarray:
    return (DENSE @ picture.ravel()).reshape(SIDE, SIDE)


def mean(picture: np.ndarray) -> np.ndarray:
    return circular(picture).mean(keepdims=True)


def pooled(picture: np.ndarray) -> np.ndarray:
    return circular(picture).reshape(SIDE // 2, 2, SIDE // 2, 2).max(axis=(1, 3))


def moves(layer: Layer, shift: int) -> bool:
    """Whether the map of the shifted picture is the shifted map."""
    return bool(np.allclose(layer(np.roll(PICTURE, shift, 1)), np.roll(layer(PICTURE), shift, 1)))


def stays(layer: Layer, shift: int) -> bool:
    """Whether it is the map of the picture."""
    return bool(np.allclose(layer(np.roll(PICTURE, shift, 1)), layer(PICTURE)))


TRUE = {
    "circular": moves(circular, SHIFT),
    "zeros": moves(zeros, SHIFT),
    "unchanged": stays(circular, SHIFT),
    "mean": stays(mean, SHIFT),
    "pooled": stays(pooled, 1),
    "local": moves(local, SHIFT),
    "dense": moves(dense, SHIFT),
}


@pytest.mark.parametrize("name", FIXED)
def test_the_right_reason_has_the_verdict_of_the_experiment(name: str) -> None:
    """What is right begins with true where the shifted pictures agree, and with false where they do not."""
    right, *wrong = FIXED[name][1]
    assert REASONS[right].text.startswith("true" if TRUE[name] else "false")
    assert len({right, *wrong}) == 4


@pytest.mark.parametrize("seed", range(20))
def test_a_stride_fits_its_multiples_alone(seed: int) -> None:
    """The map of a strided layer is the shifted map for some shift of it exactly where the answer says so."""
    task = _strided(Dice(seed))
    shift, stride = int(task.numbers["shift"]), int(task.numbers["stride"])

    def strided(picture: np.ndarray) -> np.ndarray:
        return slide(picture, WEIGHTS, KERNEL // 2, stride, mode="wrap")

    after, before = strided(np.roll(PICTURE, shift, 1)), strided(PICTURE)
    fits = any(np.allclose(after, np.roll(before, cells, 1)) for cells in range(SIDE // stride))
    assert isinstance(task.exercise, Judged)
    assert REASONS[task.exercise.right].text.startswith("true" if fits else "false")


def test_the_experiment_can_say_both() -> None:
    """Some statements are true and some are false, so that agreeing with it means something."""
    assert set(TRUE.values()) == {True, False}


def test_a_letter_is_judged_with_its_reason() -> None:
    """The right letter is right; a wrong one is told as what it shows; a number is no answer to a sentence."""
    for question in quiz("equivariance", 20, 4):
        assert judge(question, question.right.letter).correct
        for option in question.options:
            judged = judge(question, option.letter)
            assert judged.correct == (option.mistake is None)
            assert judged.line.count(words(question.right.value)) == 1
        with pytest.raises(ValueError, match="give one of the letters a, b, c, d"):
            judge(question, "7")
        assert f"{question.right.letter}) " in judge(question, None).line


def test_every_reason_has_words() -> None:
    """Each begins with a verdict and ends with why."""
    for number, name in enumerate(NAMES, 1):
        verdict, _colon, reason = words((number,)).partition(": ")
        assert verdict in ("true", "false")
        assert reason
        assert REASONS[name].says
