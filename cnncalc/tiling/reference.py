"""The image that numbers about tiles hold for: one that is given, or one that the network takes."""

from __future__ import annotations

from cnncalc import analysis
from cnncalc.analysis import Trace
from cnncalc.errors import CnncalcError, NetworkError
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.shapes import Shape
from cnncalc.tiling.asked import per_axis

PROBES = (240, 15_360)
"""Sizes of an input that most networks take, tried where none was given."""
CHANNELS = (3, 1, *(2**power for power in range(1, 13)))


def reference(network: Network, input: Shape | None, image: tuple[int, ...] = ()) -> Trace:
    """The trace of the image that is cut, of the input, of the network's own, or of one that it takes.

    >>> from cnncalc.notation.parsing import parse
    >>> reference(parse("conv3,p1 maxpool2"), None).input
    Shape(space=(240,), channels=3)

    Raises `NetworkError` where no input is known that the network takes.
    """
    shape = input or network.input
    if image:
        known = None if shape is None else len(shape.space)
        space = per_axis("--plan", image, len(image) if known is None else known)
        channels = (shape.channels,) if shape else CHANNELS
        return _first(network, [Shape(space, count) for count in channels])
    if shape:
        return analysis.trace(network, shape)
    rank, channels = analysis.rank(network), CHANNELS if network.channels is None else (network.channels,)
    return _first(network, [Shape((size,) * rank, count) for size in PROBES for count in channels])


def _first(network: Network, shapes: list[Shape]) -> Trace:
    """The trace of the first shape that the network takes."""
    problems = []
    for shape in shapes:
        try:
            return analysis.trace(network, shape)
        except CnncalcError as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    raise NetworkError(_("how tiles lie depends on the input: give --input")) from problems[0]
