"""What is said of a network, layer by layer, by cnncalc and by PyTorch, in one form that can be compared, and falsified."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.analysis import counts, shapes, trace
from cnncalc.errors import CnncalcError
from cnncalc.network import INPUT, Network
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape
from tests.oracle import by_torch

UNITS = 4
"""So many units of every layer are asked."""

Unit = tuple[int, ...]
Span = tuple[int, int, int] | None
"""First and last input that is read on an axis, and how many are; `None` for nothing."""


class Answer(NamedTuple):
    """One layer: its shape, channels last, its parameters and MACs, and what units of it read on every axis."""

    shape: tuple[int, ...]
    parameters: int
    macs: int
    reads: dict[Unit, tuple[Span, ...]]


def chosen(dice: random.Random, space: tuple[int, ...]) -> list[Unit]:
    """The units that are asked: the first, the last, and some between."""
    drawn = [tuple(dice.randrange(size) for size in space) for _unit in range(UNITS - 2)]
    return list(dict.fromkeys([(0,) * len(space), tuple(size - 1 for size in space), *drawn]))


def said(network: Network, input: Shape, dice: random.Random) -> list[Answer]:
    """What cnncalc says; units whose inputs are not followed, or at most those said, are left out."""
    followed, made = trace(network, input), shapes(network, input)
    numbers = counts(network, input, made)
    answers = []
    for node, (shape, count) in enumerate(zip(made, numbers, strict=True)):
        reads = {unit: read for unit in chosen(dice, shape.space) if (read := spans(followed, node, unit)) is not None}
        answers.append(Answer((*shape.space, shape.channels), int(count.parameters), int(count.macs), reads))
    return answers


def spans(followed: Any, node: int, unit: Unit) -> tuple[Span, ...] | None:
    """What is said of one unit; `None` where that is nothing, or at most so much."""
    try:
        reads = unit_reads(followed, node, unit)
    except CnncalcError:
        return None
    if not reads.exact or None in reads.number:
        return None
    if reads.box is None:
        return (None,) * len(followed.input.space)
    return tuple((first, last, number) for (first, last), number in zip(reads.box, reads.number, strict=True))


def done(network: Network, input: Shape, asked: list[list[Unit]]) -> list[Answer]:
    """What PyTorch does: runs every layer on a batch with one pixel that is not a number each, in all channels."""
    made = {INPUT: _poisoned(input)}
    answers = []
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        for index, node in enumerate(network.nodes):
            maps = [made[source] for source in node.inputs]
            module = _module(node.layer, maps)
            before = counter.get_total_flops()
            out = module(*maps)
            # half the FLOPs that PyTorch counts in its own operators, of one of the images
            macs = (counter.get_total_flops() - before) // 2 // len(out)
            # what is not a number goes on, and all others are ones again, so that no number grows out of bounds
            made[index] = torch.where(out.isnan(), out, torch.ones((), dtype=out.dtype))
            reached = out.isnan().any(1)
            reads = {unit: _read(reached[(slice(None), *unit)].view(input.space)) for unit in asked[index]}
            parameters = sum(parameter.numel() for parameter in module.parameters())
            answers.append(Answer((*out.shape[2:], out.shape[1]), parameters, macs, reads))
    return answers


def _poisoned(input: Shape) -> Any:
    pixels = torch.eye(input.positions, dtype=torch.bool).view(input.positions, 1, *input.space)
    batch = torch.ones(input.positions, input.channels, *input.space)
    return batch.masked_fill(pixels, float("nan"))


def _module(layer: Any, maps: list[Any]) -> Any:
    if len(maps) > 1:
        return by_torch.merge(layer)
    return by_torch.KINDS[type(layer).__name__](layer, maps[0].shape[1], tuple(maps[0].shape[2:]))


def _read(reached: Any) -> tuple[Span, ...]:
    places = reached.nonzero()
    if not len(places):
        return (None,) * reached.ndim
    return tuple((int(line.min()), int(line.max()), len(line.unique())) for line in places.T)


def differences(network: Network, claimed: list[Answer], observed: list[Answer]) -> list[str]:
    """Where the two are not the same, in words."""
    return [
        f"{node.name} {name}: said {getattr(one, name)}, done {getattr(other, name)}"
        for node, one, other in zip(network.nodes, claimed, observed, strict=True)
        for name in Answer._fields
        if getattr(one, name) != getattr(other, name)
    ]


def falsified(claimed: list[Answer], dice: random.Random) -> list[Answer]:
    """The same with one number of one layer wrong by a little."""
    index = dice.randrange(len(claimed))
    answer = claimed[index]
    name = dice.choice(Answer._fields if answer.reads else Answer._fields[:3])
    wrong = list(claimed)
    wrong[index] = answer._replace(**{name: _wrong(getattr(answer, name), dice)})
    return wrong


def _wrong(value: Any, dice: random.Random) -> Any:
    if isinstance(value, int):
        return value + dice.choice((1, -1, value or 1))
    if value is None:
        return (0, 0, 1)
    key = dice.choice(list(value) if isinstance(value, dict) else range(len(value)))
    if isinstance(value, dict):
        return {**value, key: _wrong(value[key], dice)}
    return (*value[:key], _wrong(value[key], dice), *value[key + 1 :])
