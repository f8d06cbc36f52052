"""One of the two networks that are compared: what is counted of it, and the lines that are aligned."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

from cnncalc.analysis import counts, shapes, trace
from cnncalc.counting import Count
from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.network import INPUT, Network
from cnncalc.notation.words import write
from cnncalc.receptive.axisfield import axis_field, last_sliding
from cnncalc.receptive.cells import agreed
from cnncalc.shapes import Shape
from cnncalc.summary.report import Line, lines_of, totals


class Output(NamedTuple):
    """An output of a network: its layer and shape, and the field of the last layer before it that slides."""

    name: str
    output: str
    at: str | None
    rf: Any
    jump: Any


class Side(NamedTuple):
    """A network on an input: shapes and counts of its nodes, what they add up to, and its layers or blocks as ``lines``.

    ``words[node]`` is what a layer is; ``home[node]`` the line that it stands in.
    """

    title: str
    network: Network
    input: Shape
    outputs: tuple[Shape, ...]
    counted: tuple[Count, ...]
    lines: tuple[Line, ...]
    words: tuple[str, ...]
    home: tuple[int, ...]
    total: dict[str, int]
    ends: tuple[Output, ...]

    @property
    def exact(self) -> bool:
        return self.network.counted

    def source(self, node: int) -> Shape:
        """The shape that a node gets, of its first input."""
        before = self.network.nodes[node].inputs[0]
        return self.input if before == INPUT else self.outputs[before]

    def to_dict(self) -> dict[str, Any]:
        return {
            "network": self.title,
            "input": str(self.input),
            "exact": self.exact,
            "outputs": [end._asdict() for end in self.ends],
        }


def side(network: Network, input: Shape | None, dtype: str, depth: int, title: str) -> Side:
    """A network ready to be compared; `NetworkError` where no input shape is known."""
    shape = input or network.input
    if shape is None:
        raise NetworkError(
            _("{network} does not name its input: give --input 224x224x3").format(network=title or _("the network"))
        )
    outputs = shapes(network, shape)
    counted = counts(network, shape, outputs)
    lines = tuple(lines_of(network, outputs, counted, dtype, depth))
    home = tuple(index for index, line in enumerate(lines) for _node in range(line.first, line.last + 1))
    total = totals(network, shape, outputs, counted, dtype)
    ends = tuple(_ends(network, shape, outputs))
    return Side(title, network, shape, outputs, counted, lines, _words(network), home, total, ends)


def _words(network: Network) -> tuple[str, ...]:
    """What every layer is, however it is called; a merge is one of so many branches."""
    known: dict[int, str] = {}
    words = []
    for node in network.nodes:
        word = known.get(id(node.layer)) or known.setdefault(id(node.layer), write(node.layer))
        words.append(f"{word} {len(node.inputs)}" if len(node.inputs) > 1 else word)
    return tuple(words)


def _ends(network: Network, shape: Shape, outputs: tuple[Shape, ...]) -> Iterator[Output]:
    """The outputs of a network, the last layer last."""
    followed = trace(network, shape) if shape.space else None
    for node in sorted(network.outputs):
        last = last_sliding(followed, node) if followed else None
        axes = range(len(followed.fields)) if followed and last is not None else ()
        fields = [axis_field(followed, axis, last) for axis in axes]  # type: ignore[arg-type]
        yield Output(
            network.nodes[node].name,
            str(outputs[node]),
            None if last is None else network.nodes[last].name,
            agreed(field.size for field in fields) if fields else None,
            agreed(field.jump for field in fields) if fields else None,
        )


class Unit(NamedTuple):
    """A line of one of the sides, for aligning."""

    side: Side
    line: Line

    def what(self) -> Hashable:
        """What it is: the words of its layers."""
        return self.side.words[self.line.first : self.line.last + 1]

    def name(self) -> Hashable:
        """What it is called, and its kind."""
        return self.line.name, self.kind()

    def kind(self) -> Hashable:
        """The class of a layer; a block is of no other kind than a block."""
        return None if self.line.first < self.line.last else type(self.side.network.nodes[self.line.first].layer)
