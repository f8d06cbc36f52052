"""A family of networks: the same layers in the same places, some of whose numbers are variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnncalc.errors import LayerError, MisfitError, NetworkError, ShapeError
from cnncalc.language import _
from cnncalc.network import Network, Node
from cnncalc.notation.templates import Open, Slot, Template, sizes
from cnncalc.shapes import Shape


@dataclass(frozen=True)
class Family:
    """``build`` gives the network for values of ``repeats``, its other numbers open; ``input`` are the sizes of its input.

    ``write`` gives the notation of one of its networks, ``names`` are its variables; ``template`` is the text, if it has one.
    """

    names: tuple[str, ...]
    repeats: frozenset[str]
    input: tuple[int | Slot, ...]
    build: Callable[[Mapping[str, int]], Network]
    write: Callable[[Mapping[str, int]], str]
    template: Template | None = None
    _networks: dict[tuple[int, ...], Network] = field(default_factory=dict)
    _layers: dict[Any, Any] = field(default_factory=dict)
    _variables: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def open(self, values: Mapping[str, int]) -> Network:
        """The network whose numbers are open, for the values of how often its steps are repeated."""
        key = tuple(values[name] for name in sorted(self.repeats))
        if key not in self._networks:
            self._networks[key] = self.build(values)
        return self._networks[key]

    def network(self, values: Mapping[str, int]) -> Network:
        """One network of the family; `MisfitError` names the layer that there is not with these numbers."""
        network = self.open(values)
        return replace(network, nodes=tuple(self.filled(node, values) for node in network.nodes))

    def shape(self, values: Mapping[str, int]) -> Shape:
        """The shape of its input; `ShapeError` for one that there is not, or that the network is not for."""
        *space, channels = (size.at(values) if isinstance(size, Slot) else size for size in self.input)
        shape = Shape(tuple(space), channels)
        self.open(values).check(shape)
        return shape

    def filled(self, node: Node, values: Mapping[str, int]) -> Node:
        """A node with the values put in; `MisfitError` where they make no layer."""
        layer = node.layer
        if not isinstance(layer, Open):
            return node
        if id(layer) not in self._variables:
            self._variables[id(layer)] = tuple(sorted(layer.variables))
        key = (id(node), *(values[name] for name in self._variables[id(layer)]))
        if key not in self._layers:
            if len(self._layers) > MOST_LAYERS_KEPT:
                self._layers.clear()
            try:
                self._layers[key] = replace(node, layer=layer.at(values))
            except (LayerError, ShapeError) as problem:
                raise MisfitError(str(problem), node.name, str(problem)) from None
        filled: Node = self._layers[key]
        return filled


MOST_LAYERS_KEPT = 100_000
"""So many layers are kept for when they come again."""


def template_family(text: str, input: str | None = None) -> Family:
    """The family of a template; ``input`` is the shape of its input, unless the text begins with one.

    >>> family = template_family("convK-64", "IxIx3")
    >>> family.names, family.network({"K": 3, "I": 32}).nodes[0].layer.kernel, str(family.shape({"K": 3, "I": 32}))
    (('I', 'K'), (3,), '32x32x3')

    Raises `NotationError` for what is no template, `NetworkError` without an input.
    """
    template = Template(text)
    shape = sizes(input) if input is not None else template.input
    if shape is None:
        raise NetworkError(_("a sweep needs the shape of the input: give --input 224x224x3, or IxIx3"))
    names = tuple(dict.fromkeys((*(size.name for size in shape if isinstance(size, Slot)), *template.names)))
    return Family(names, template.repeats, shape, template.family, template.at, template)
