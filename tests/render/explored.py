"""Fifty networks and units of them, with what each unit reads as Python and plain masks know it: for `engine.js`."""

from __future__ import annotations

import os
import random
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

from cnncalc import zoo
from cnncalc.analysis import Trace, trace
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.receptive.scene import scene
from cnncalc.receptive.units import UnitReads, unit_reads
from cnncalc.report.scene import Scene
from cnncalc.shapes import Shape
from tests import masks
from tests.networks import graphs

UNITS = int(os.environ.get("CNNCALC_UNITS", "5000"))
"""So many units are asked; `CNNCALC_UNITS=20000` is the long run."""

ZOO = (
    ("lenet5", ""),
    ("alexnet", "127x95x3"),
    ("vgg16", "64x96x3"),
    ("resnet18", "96x64x3"),
    ("resnet152", "96x128x3"),
    ("unet", "188x236x1"),
    ("googlenet", "96x96x3"),
    ("densenet121", "64x96x3"),
    ("efficientnet-b0", "96x64x3"),
    ("mobilenet-v3-small", "64x64x3"),
    ("shufflenet-v2", "64x96x3"),
    ("convnext-tiny", "96x64x3"),
    ("dcgan-generator", ""),
    ("tcn", "300x1"),
)
"""Networks that people know, some at sizes at which the masks don't take long."""

WRITTEN = (
    ("pad,p2,reflect conv3,d2 pad,p3,circular conv3-4/2 pad,p1,replicate maxpool3/2,p1 conv3", "14x11x2"),
    ("convT2-4/3 pad,p2,circular add( conv5,p4,d2 | ) gn conv3 pad,p1,reflect avgpool2", "7x9x4"),
    ("add( conv3-4,p1 conv3-4,p2,d2 | conv1-4 ) pad,p1,reflect conv2/3", "6x7x5x4"),
    ("add( conv1x5-4,p0x2 | conv5x1-4,p2x0 ) conv3/2 convT2/2 conv1x3,p0x1", "13x12x4"),
    ("pad,p3,circular conv3-4/2 a: convT3-4/4 pad,p2,reflect conv3-4,d3", "15x4"),
    ("convT2-4/2 convT3-4/3,p1 pad,p2,replicate conv3,d2 in conv5-4/4", "5x4x4"),
)
"""Borders in the middle, decoders whose units read nothing, crosses, three axes: what random graphs hold too rarely."""

RANDOM = 30
"""Random graphs beside them, of every kind."""


class Question(NamedTuple):
    """A unit of a network, and what it reads: ``reads`` and ``windows`` are Python's, all of it and what slides.

    ``masked`` and ``masked_windows`` are (box, number, volume) of the masks, or `None`.
    """

    network: int
    node: int
    unit: tuple[int, ...]
    reads: UnitReads
    windows: UnitReads
    masked: tuple[Any, Any, int] | None
    masked_windows: tuple[Any, Any, int] | None


@lru_cache(maxsize=1)
def networks() -> tuple[Trace, ...]:
    """The zoo's first, then the random ones; the same in every run."""
    known = [trace(zoo.load(name), Shape.parse(size) if size else None) for name, size in ZOO]
    known += [trace(parse(words), Shape.parse(size)) for words, size in WRITTEN]
    drawn: list[tuple[Network, Shape]] = []

    @seed(11)
    @settings(max_examples=3 * RANDOM, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(graphs(most=8))
    def collect(one: tuple[Network, Shape]) -> None:
        drawn.append(one)

    collect()
    largest = sorted(drawn, key=lambda one: -len(one[0]))[:RANDOM]
    return (*known, *(trace(network, input) for network, input in largest))


@lru_cache(maxsize=1)
def scenes() -> tuple[Scene, ...]:
    return tuple(scene(followed, f"network {number}") for number, followed in enumerate(networks()))


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """As many units of every network, anywhere in it; a random network has fewer and is asked for all the rest."""
    dice = random.Random(7)
    of_zoo = max(UNITS // 200, 1)
    asked = []
    for number, followed in enumerate(networks()):
        count = of_zoo if number < len(ZOO) else (UNITS - of_zoo * len(ZOO)) // (len(WRITTEN) + RANDOM) + 1
        asked += [_question(number, followed, dice) for _unit in range(count)]
    return tuple(asked)


def _question(number: int, followed: Trace, dice: random.Random) -> Question:
    network, input, shapes = followed.network, followed.input, followed.shapes
    assert input is not None
    assert shapes is not None
    node = dice.randrange(len(network))
    unit = tuple(dice.choice((0, size - 1, dice.randrange(size), dice.randrange(size))) for size in shapes[node].space)
    sizes = [input.space, *(shape.space for shape in shapes)]
    return Question(
        number,
        node,
        unit,
        unit_reads(followed, node, unit),
        unit_reads(followed.through_windows(), node, unit),
        told(masks.reads(network, sizes, node, unit)),
        told(masks.reads(network, sizes, node, unit, windows=True)),
    )


def told(mask: np.ndarray | None) -> tuple[Any, Any, int] | None:
    """First and last, number per axis, and number of places in a mask; `None` if it is empty."""
    if mask is None or not mask.any():
        return None
    lines = [sorted(set(line.tolist())) for line in np.nonzero(mask)]
    return [[line[0], line[-1]] for line in lines], [len(line) for line in lines], int(mask.sum())


def network_of(scene: Scene) -> dict[str, Any]:
    """A scene as `engine.js` takes it."""
    layers = [{"space": layer.output[:-1], "edges": layer.edges} for layer in scene.layers]
    return {"space": scene.input[:-1], "reaches": scene.reaches, "layers": layers, "picks": scene.picks}


def differences(answers: list[dict[str, Any]]) -> list[str]:
    """Where the engine's answers are not Python's, and not the masks', in words."""
    wrong = []
    for question, answer in zip(questions(), answers, strict=True):
        picks = answer["exact"] is False and scenes()[question.network].picks
        windows = answer["windows"] or {"box": None, "number": []}
        for name, python, script in (("reads", question.reads, answer), ("windows", question.windows, windows)):
            box = [list(ends) for ends in python.box] if python.box else None
            if python.exact and not picks and (script["box"], script["number"]) != (box, list(python.number)):
                wrong.append(f"{question}: {name} {script}, but not in Python")
        for name, masked, script in (
            ("reads", question.masked, answer),
            ("windows", question.masked_windows, windows | {"volume": windows.get("volume", 0)}),
        ):
            if (not answer["exact"] and not picks) or (script["box"], script["number"], script["volume"]) != (
                masked or (None, [], 0)
            ):
                wrong.append(f"{question}: {name} {script}, but not with masks")
    return wrong
