"""Statements about shifted pictures, to be judged true or false with a reason: the questions on equivariance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from cnncalc.exercises.answers import Value
from cnncalc.exercises.slips import Slip
from cnncalc.exercises.tasks import Dice, Maker, Task
from cnncalc.language import N_, _


class Reason(NamedTuple):
    """A verdict with its reason, as an option to choose; and what somebody does who chooses it where it is wrong."""

    text: str
    says: str


REASONS: Mapping[str, Reason] = {
    "moves": Reason(
        N_("true: the same weights look at every place, so what moves in the picture moves in the map"),
        N_("expects the map to move along, and does not see what breaks that here"),
    ),
    "multiple": Reason(
        N_("true: the shift is a multiple of the stride, so the same windows are looked at again"),
        N_("takes the shift for a multiple of the stride"),
    ),
    "invariant": Reason(
        N_("true: the weights are shared, so it does not matter where something is"),
        N_("takes equivariance for invariance"),
    ),
    "mean": Reason(
        N_("true: the map moves along, and the mean of all its cells does not care where they are"),
        N_("takes a mean where there is none"),
    ),
    "pooled": Reason(
        N_("true: pooling makes the map invariant to small shifts"),
        N_("expects of a small pool that it never notices"),
    ),
    "along": Reason(
        N_("false: the map does change, it moves along with the picture"),
        N_("expects every answer to move along"),
    ),
    "unchanged": Reason(
        N_("false: the map stays exactly as it was"),
        N_("takes equivariance for invariance"),
    ),
    "own": Reason(
        N_("false: every place has weights of its own, and the next place answers by others"),
        N_("gives every position weights of its own"),
    ),
    "pixels": Reason(
        N_("false: every output has a weight of its own for every pixel"),
        N_("gives every output a weight for every pixel"),
    ),
    "border": Reason(
        N_("false: near the border one sees zeros where the other sees picture"),
        N_("blames zeros at the border, and there are none"),
    ),
    "between": Reason(
        N_("false: the shift is no multiple of the stride, so other windows are looked at"),
        N_("takes the shift for one between two strides"),
    ),
    "block": Reason(
        N_("false: only while the largest value stays in its block"),
        N_("thinks of the blocks of a pool, and there are none"),
    ),
}
"""Every reason that there is to choose among."""

NAMES = tuple(REASONS)


class Judged(NamedTuple):
    """A statement: the reason that is right, and the one that is taken."""

    right: str
    taken: str


def solve(asked: Judged) -> Value:
    """The number of the reason that is taken, from 1."""
    return (NAMES.index(asked.taken) + 1,)


def words(value: Value) -> str:
    """A reason by its number.

    >>> words((7,))
    'false: the map stays exactly as it was'
    """
    return _(REASONS[NAMES[value[0] - 1]].text)


def _slip(name: str) -> Slip[Judged]:
    return Slip(
        f"says_{name}", "reason", lambda asked: asked._replace(taken=name), lambda _asked: _(REASONS[name].says)
    )


def _task(template: str, numbers: Mapping[str, int], right: str, *wrong: str) -> Task:
    shown = {name: str(number) for name, number in numbers.items()}
    return Task(
        template, shown, "cnncalc learn equivariance", Judged(right, right), tuple(map(_slip, wrong)), solve, words
    )


class Setting(NamedTuple):
    """The numbers of a statement: width of the picture, kernel, and by how many pixels, at least 2, it is shifted."""

    side: int
    kernel: int
    shift: int


def _setting(dice: Dice) -> Setting:
    return Setting(dice.pick((16, 24, 32, 64)), dice.pick((3, 5, 7)), 2 + dice.below(4))


CIRCULAR = N_(
    "A picture of {side}×{side} goes on at its other side (circular padding). It is shifted by {shift} pixels. Of a "
    "convolution of {kernel}×{kernel}, stride 1, somebody says: its map is the same map, shifted by {shift} cells."
)
ZEROS = N_(
    "A picture of {side}×{side} is padded with zeros, so that a convolution of {kernel}×{kernel}, stride 1, keeps its size. It "
    "is shifted by {shift} pixels. Somebody says: every cell of the map is the same, shifted by {shift}."
)
UNCHANGED = N_(
    "A picture of {side}×{side} goes on at its other side (circular padding). It is shifted by {shift} pixels. Of a "
    "convolution of {kernel}×{kernel}, stride 1, somebody says: its map does not change."
)
MEAN = N_(
    "A picture of {side}×{side} goes on at its other side (circular padding). It is shifted by {shift} pixels. A convolution "
    "of {kernel}×{kernel}, stride 1, is followed by the mean over the whole map. Somebody says: that number does not change."
)
POOLED = N_(
    "The map of a {kernel}×{kernel} convolution on a picture of {side}×{side} goes through max pooling 2×2, stride 2. "
    "Somebody says: when the picture is shifted by 1 pixel, the pooled map never changes."
)
LOCAL = N_(
    "A picture of {side}×{side} goes on at its other side (circular padding). It is shifted by {shift} pixels. Of a locally "
    "connected layer of {kernel}×{kernel}, stride 1, somebody says: its map is the same map, shifted by {shift} cells."
)
DENSE = N_(
    "A picture of {side}×{side} is shifted by {shift} pixels. Of a fully connected layer with {side}·{side} units somebody "
    "says: its outputs are the same, shifted by {shift}."
)
STRIDED = N_(
    "A picture of {side}×{side} goes on at its other side (circular padding). It is shifted by {shift} pixels. Of a "
    "convolution of {kernel}×{kernel}, stride {stride}, somebody says: its map is the same map, shifted by some cells."
)


def _plain(template: str, reasons: tuple[str, ...], dice: Dice) -> Task:
    return _task(template, _setting(dice)._asdict(), *reasons)


def _strided(dice: Dice) -> Task:
    setting, stride = _setting(dice), dice.pick((2, 4))
    fits = setting.shift % stride == 0
    right, wrong = ("multiple", "between") if fits else ("between", "multiple")
    return _task(STRIDED, {**setting._asdict(), "stride": stride}, right, wrong, "unchanged", "own")


FIXED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "circular": (CIRCULAR, ("moves", "unchanged", "own", "border")),
    "zeros": (ZEROS, ("border", "moves", "unchanged", "own")),
    "unchanged": (UNCHANGED, ("along", "invariant", "own", "border")),
    "mean": (MEAN, ("mean", "along", "own", "border")),
    "pooled": (POOLED, ("block", "pooled", "invariant", "own")),
    "local": (LOCAL, ("own", "moves", "unchanged", "border")),
    "dense": (DENSE, ("pixels", "moves", "unchanged", "border")),
}
"""Statements whose truth does not depend on their numbers: the right reason first."""

MAKERS: tuple[Maker, ...] = (
    *(partial(_plain, template, reasons) for template, reasons in FIXED.values()),
    _strided,
)
"""Every kind of statement."""
