"""Random templates, and what the program says of one configuration when it is asked for that one alone."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from cnncalc.analysis import counts, shapes, trace
from cnncalc.dtypes import bytes_of
from cnncalc.errors import MisfitError, NotationError, ShapeError
from cnncalc.notation.parsing import parse
from cnncalc.notation.templates import Slot
from cnncalc.receptive.axisfield import Measure, axis_field, last_sliding
from cnncalc.shapes import Shape
from cnncalc.sweeps.compute import UNKNOWN, Coded, Frame, Sweep
from cnncalc.sweeps.family import Family

VALUES = {
    "K": (1, 2, 3, 5, 7),
    "L": (2, 3, 4),
    "C": (4, 6, 8, 12),
    "D": (4, 8, 16),
    "S": (1, 2, 3),
    "R": (1, 2, 4),
    "P": (0, 1, 2, 3),
    "N": (1, 2, 3),
    "G": (1, 2, 3),
    "I": (5, 8, 9, 16, 33),
    "Q": (0, 1, 2),
}
INPUTS = ("IxIx3", "IxIxC", "32x32x4", "Ix20x3", "IxIx6")


def template(random: Random) -> str:
    """A chain of one to five layers, now and then with branches, repeats, something that enlarges, and a head."""
    parts = [_layer(random) for _ in range(random.randint(1, 5))]
    for share, block in (
        (0.4, f"add( convK{random.choice(['', '-C'])},same | )"),
        (0.3, "concat( conv1-C | convK-D,same | conv3-4,p1,d1 )"),
        (0.2, "mul( | globalavgpool conv1 sigmoid )"),
        (0.1, random.choice(["convT2-C/2", "up2", "convTL/S,p1", "pad,p1"])),
        (0.1, "add( convK/2,same | convL/2,same up2 conv3/2 )"),
    ):
        if random.random() < share:
            parts.insert(random.randint(0, len(parts)), block)
    if random.random() < 0.5:
        parts.insert(random.randint(1, len(parts)), "xN")
    heads = ["", "", "globalavgpool fc10", "flatten fcC", "fc-D", "globalavgpool flatten fc-2C"]
    return " ".join([*parts, random.choice(heads)]).strip()


def _layer(random: Random) -> str:
    kernel, stride = random.choice("KLKL35"), random.choice(["", "", "/S", "/2"])
    filters = random.choice(["-C", "-D", "-2C", "-8", ""])
    padding = random.choice(["", ",same", ",pP", ",causal", ",same-lower", ",p1"])
    dilation = random.choice(["", "", ",dR", ",d2"])
    return random.choice(
        [
            f"conv{kernel}{filters}{stride}{padding}{dilation}",
            f"conv{kernel}{filters}{stride}{padding}{dilation}",
            f"conv{kernel}x3{filters}{padding}",
            f"conv{kernel}{filters}{stride}{padding},gG",
            f"dwconv{kernel}{stride}{padding}{dilation}",
            f"sepconv{kernel}{filters}{stride}{padding},mG",
            f"maxpool{random.choice('KL2')}{stride}{random.choice(['', ',pP', ',same', ',ceil'])}",
            f"avgpool{random.choice('L2')}",
            f"local{kernel}{filters}{stride}",
            *("relu", "bn", "gn,g2", "in", "ln,space", "prelu", "glu", "scale", "conv1-8", "convQ-4"),
        ]
    )


class Alone(NamedTuple):
    """The numbers of one configuration, or the place and the reason of its flaw; empty ones where those are not compared."""

    counts: tuple[int, ...] = ()
    seen: tuple[tuple[float, ...], ...] = ()
    output: tuple[int, ...] = ()
    flaw: tuple[str, str] | None = None


def alone(family: Family, values: dict[str, int]) -> Alone:
    """What the parser and the analysis say of the text with the numbers in it."""
    try:
        network = parse(family.write(values))
    except NotationError:
        return Alone(flaw=("", ""))
    sizes = [size.at(values) if isinstance(size, Slot) else size for size in family.input]
    try:
        input = Shape(tuple(sizes[:-1]), sizes[-1])
    except ShapeError as problem:
        return Alone(flaw=("input", str(problem)))
    try:
        outputs = shapes(network, input)
    except MisfitError as problem:
        return Alone(flaw=(problem.layer, problem.problem))
    counted = counts(network, input, outputs)
    followed = trace(network, input)
    node = last_sliding(followed, len(network) - 1)
    fields = [axis_field(followed, axis, node) for axis in range(len(input.space))] if node is not None else []
    unknown = (UNKNOWN,) * 3
    return Alone(
        (
            sum(count.parameters for count in counted),
            sum(count.macs for count in counted),
            sum(bytes_of(output.numbers) for output in outputs),
        ),
        tuple(
            (_least(field.size), _least(field.read), UNKNOWN if field.jump is None else field.jump) for field in fields
        )
        or (unknown,) * len(input.space),
        (*(outputs[-1].space or (UNKNOWN,) * len(input.space)), outputs[-1].channels),
    )


def _least(measure: Measure) -> float:
    least = measure["min"] if isinstance(measure, dict) else measure
    return UNKNOWN if least is None else least


def row_of(sweep: Sweep, frame: Frame, place: int) -> Alone:
    """The same of a row of a frame."""

    def at(name: str) -> int:
        column = frame[name]
        return (column.values if isinstance(column, Coded) else column).tolist()[place]  # type: ignore[no-any-return]

    if at("reason"):
        numbers = [name for name in frame if name not in ("index", "reason", "layer", *sweep.grid.variables)]
        assert all(at(name) == UNKNOWN for name in numbers)
        return Alone(flaw=(at("layer"), at("reason")))
    seen = tuple(
        tuple(at(name if name in frame else f"{name}_{axis}") for name in ("field", "read", "jump"))
        for axis in sweep.axes
    )
    return Alone(
        (at("parameters"), at("macs"), at("memory")), seen, (*(at(axis) for axis in sweep.axes), at("channels"))
    )
