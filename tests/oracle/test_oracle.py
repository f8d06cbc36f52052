"""The oracle itself: a few networks of every run of the tests, and whether it notices what is wrong."""

from __future__ import annotations

import random
import re

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("keras", reason="Keras is not installed")

from cnncalc.layers import KINDS
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from tests.oracle.__main__ import looked_at, main, noticed
from tests.oracle.by_torch import KINDS as DONE
from tests.oracle.checks import CHECKS, torch_does
from tests.oracle.drawing import DRAWS, draw, smooth

NETWORKS = 60
"""So many networks are looked at here; ``.ci/run`` takes two minutes for it."""


def test_nothing_differs() -> None:
    """Random networks of all kinds are what PyTorch does, what is read of their notation, and the sum of their parts."""
    assert [line for number in range(NETWORKS) for line in looked_at(7, number)[0]] == []


def test_a_falsified_answer_is_noticed() -> None:
    """One number wrong by a little, in one layer: noticed in at least 95 % of networks."""
    assert sum(noticed(7, number) for number in range(40)) >= 38


def test_every_kind_is_drawn_and_done() -> None:
    """All kinds but merges, which are drawn with their branches, and operators that nobody knows."""
    assert set(DRAWS) == set(DONE) == set(KINDS) - {"Merge", "CrossAttend", "Join", "Unknown"}
    drawn = {type(node.layer).__name__ for number in range(800) for node in draw(random.Random(number))[0].nodes}
    assert drawn == set(KINDS) - {"Unknown"}


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ("cnncalc.formulas.fan_in", lambda _kernel, channels, groups=1: channels),
        ("cnncalc.formulas.positions", lambda size, padding, kernel, stride, dilation=1: (size + padding) // stride),
    ],
)
def test_broken_formulas_are_noticed(target: str, wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts without the kernel, windows that hang over the end: some network shows it."""
    monkeypatch.setattr(target, wrong)
    assert any(looked_at(7, number)[0] for number in range(NETWORKS))


def test_channels_that_are_not_followed_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pixels are not numbers in whole maps with all their channels, so what picks some of them is seen."""
    network, input = parse("concat( conv3-4,p1 | ) slice,from4"), Shape((8, 8), 4)
    assert list(torch_does(network, input, random.Random(0))) == []
    monkeypatch.setattr("cnncalc.analysis.channels.routes", lambda *_all, **_options: None)
    assert [line.split()[0] for line in torch_does(network, input, random.Random(0))] == ["slice1"]


def test_a_network_is_the_same_in_every_run(capsys: pytest.CaptureFixture[str]) -> None:
    """What differs can be seen again by its seed and number; the last line has the figures."""
    one, other = (draw(random.Random("1 5")) for _run in range(2))
    assert one == other
    assert main(["--seed", "7", "--only", "3"]) == 0
    assert main(["--seed", "7", "--networks", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "nothing differs"
    assert sum(map(int, re.findall(r"\d+", lines[-2].removeprefix("layers drawn: ")))) == sum(
        len(draw(random.Random(f"7 {number}"))[0]) for number in range(5)
    )
    assert lines[-1].startswith("seed 7: 5 networks in ")
    assert lines[-1].endswith("0 differ; 1 of 1 falsified answers noticed")


def test_networks_that_were_wrong_once_stay_right() -> None:
    """A layer for two axes of three was followed along the third; what was flattened and added was read whole; and
    a vector written in one row was taken apart without end. In `verify`, relative attention on a vector was no sum, and
    what one place was written on was thought to slide. Queries were taken for keys."""
    for text, input in (
        ("unflatten1x3 conv2-2/2x3,p2/0x1/0,g2", Shape((3, 2, 4), 1)),
        ("flatten add( relu | tanh ) unflatten2", Shape((4, 4), 2)),
        ("flatten unflatten2 conv1-2", Shape((4, 4), 2)),
        ("fc-8 unflatten2x2 conv3,p1", Shape((4, 4), 2)),
        ("flatten tokens,x2", Shape((4, 4), 2)),
        ("crop,p1x0/1 unflatten2", Shape((3, 7), 4)),
        ("flatten windowattend1,h2,relative", Shape((2, 3), 4)),
        ("conv3x4 unflatten2x2 in", Shape((3, 4), 4)),
        ("concat( | roll,s0x1 | @roll1 ) windowattend3x4,s0x2,h2", Shape((3, 4), 8)),
        ("crop,p1 pad,p1 concat( @input | @pad1 | @pad1 ) attend", Shape((4, 4), 2)),
    ):
        for check in CHECKS:
            assert list(check(parse(text), input, random.Random(0))) == []


def test_interpolation_is_what_pytorch_weighs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linear and cubic, with aligned corners or without, between convolutions and pools, on one to three axes."""
    monkeypatch.setitem(DRAWS, "Upsample", smooth)
    for number in range(60):
        dice = random.Random(number)
        network, input = draw(dice, ("Upsample", "Upsample", "Conv", "Pool"))
        assert list(torch_does(network, input, dice)) == []


def test_directions_of_a_recurrent_layer_are_followed_apart() -> None:
    """The first half of the channels reads what came before, the second what comes after."""
    for text in ("rnn-1,bi pixelshuffle2", "lstm-2,bi slice,to2", "gru-2,bi slice,from1", "rnn-1,bi conv3-4,g2"):
        assert list(torch_does(parse(text), Shape((8,), 4), random.Random(0))) == []
