"""Design: one answer, with the numbers that the analysis gives of it, whoever found it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.analysis import Trace, counts, shapes, trace_through
from cnncalc.counting import Count
from cnncalc.designs.goal import FIELD
from cnncalc.dtypes import bytes_of
from cnncalc.language import N_, _
from cnncalc.layers.base import at
from cnncalc.layers.sliding import Sliding
from cnncalc.network import Network
from cnncalc.notation.writing import show
from cnncalc.receptive.axisfield import AxisField, Measure, axis_field, last_sliding, node_called
from cnncalc.receptive.cells import agreed
from cnncalc.shapes import Shape


class Warned(NamedTuple):
    """Something about a design that is no use: a sentence in the language of who reads it.

    >>> str(Warned("it reads {read} of the {field} inputs of its field", (("read", 3), ("field", 5))))
    'it reads 3 of the 5 inputs of its field'
    """

    words: str
    numbers: tuple[tuple[str, int | float | str], ...]

    def __str__(self) -> str:
        return _(self.words).format(**dict(self.numbers))


HOLES = N_("it reads {read} of the {field} inputs of its field")
WIDE = N_("the window of {name} spans {span}, wider than its map of {size}")


class Design(NamedTuple):
    """A network that was found: its ``notation``, the ``edits`` that make it, and its numbers.

    ``field``, ``read`` and ``jump`` are those of the layer asked; a list of them where axes differ, a range where units do.
    """

    notation: str
    edits: tuple[str, ...]
    parameters: int
    macs: int
    memory: int
    layers: int
    field: Measure | list[Measure]
    read: Measure | list[Measure]
    jump: Measure | list[Measure]
    output: tuple[int, ...]
    warnings: tuple[Warned, ...] = ()


class Facts(NamedTuple):
    """What is known of a network on its input: all that a `Design` says, and a goal is held against."""

    network: Network
    outputs: tuple[Shape, ...]
    counted: Count
    memory: int
    trace: Trace
    node: int

    @property
    def axes(self) -> list[AxisField]:
        """The field of the layer asked, axis by axis."""
        axes = range(len(self.trace.input.space)) if self.trace.input else range(1)
        return [axis_field(self.trace, axis, self.node) for axis in axes]

    @property
    def measures(self) -> dict[str, float]:
        """The numbers that requirements are held against: of several fields the least."""
        axes = self.axes
        return {
            FIELD: min(_least(axis.size) for axis in axes),
            "jump": min(_least(axis.jump) for axis in axes),
            "parameters": self.counted.parameters,
            "macs": self.counted.macs,
            "memory": self.memory,
            "layers": len(self.network),
        }

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What a field has that is no use: holes, and windows wider than their maps, which read padding."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[Warned]:
        for axis in self.axes[:1]:
            if axis.read != axis.size and not isinstance(axis.size, dict) and axis.read is not None:
                yield Warned(HOLES, (("read", str(axis.read)), ("field", str(axis.size))))
        for node in self.network.nodes:
            layer = node.layer
            if isinstance(layer, Sliding):
                space = self.trace.shape(node.inputs[0]).space
                spans = [
                    formulas.window(at(layer.kernel, axis), at(layer.dilation, axis)) for axis in range(len(space))
                ]
                if any(span > size for span, size in zip(spans, space, strict=True)):
                    numbers = ("name", node.name), ("span", max(spans)), ("size", "x".join(map(str, space)))
                    yield Warned(WIDE, numbers)

    def design(self, edits: tuple[str, ...] = (), warnings: tuple[Warned, ...] = ()) -> Design:
        """The answer that it makes."""
        axes, last = self.axes, self.outputs[-1]
        return Design(
            show(self.network),
            edits,
            self.counted.parameters,
            self.counted.macs,
            self.memory,
            len(self.network),
            agreed(axis.size for axis in axes),
            agreed(axis.read for axis in axes),
            agreed(axis.jump for axis in axes),
            (*last.space, last.channels),
            warnings,
        )


def _least(measure: Measure) -> float:
    least = measure["min"] if isinstance(measure, dict) else measure
    return 0 if least is None else least


def facts(network: Network, input: Shape, at: str = "", dtype: str = "fp32") -> Facts:
    """What the analysis says of a network; ``at`` is the layer whose field counts, otherwise the last one that slides.

    >>> from cnncalc.notation.parsing import parse
    >>> facts(parse("conv3-8 conv3-8 globalavgpool"), Shape((16, 16), 3)).measures["rf"]
    5
    """
    outputs = shapes(network, input)
    counted = counts(network, input, outputs)
    followed = trace_through(network, input, outputs)
    node = node_called(followed, at)
    sliding = node if at else last_sliding(followed, node)
    return Facts(
        network,
        outputs,
        Count(*map(sum, zip(*counted, strict=True))),
        sum(bytes_of(output.numbers, dtype) for output in outputs),
        followed,
        node if sliding is None else sliding,
    )
