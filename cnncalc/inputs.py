"""The inputs of a network that has several: their names and shapes, and the network as it looks from each of them.

`INPUT` is always the one input that fields are of; every other is a node of the kind `Placeholder`, which reads
nothing. `seen_from` lets another input be that one, so nothing else has to know how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cnncalc.errors import NetworkError, ShapeError, near
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.layers.placeholder import Placeholder
from cnncalc.network import INPUT, Network, Node
from cnncalc.shapes import AnyShape, Shape, shorten

MOST_INPUTS = 64
"""A network may not have more inputs than this: what follows from each is a pass of its own."""

AnyInputs = AnyShape | Mapping[str, AnyShape]
"""One shape, of a network with one input, or the shape of each by its name."""


def shapes_of(network: Network, input: Shape | None = None) -> dict[str, Shape | None]:
    """The shape of every input by its name, the first one's first; `None` where it is not known.

    >>> from cnncalc.notation.parsing import parse
    >>> {name: str(shape) for name, shape in shapes_of(parse("input 8x8x3 add( | mask: placeholder,to8x8x1 )")).items()}
    {'input': '8x8x3', 'mask': '8x8x1'}
    """
    others = {network.nodes[index].name: _layer(network, index).shape for index in network.placeholders}
    return {network.entry: input or network.input, **others}


def fed(network: Network, input: AnyInputs | None) -> tuple[Network, Shape | None]:
    """The network with the shapes of its inputs, and that of the first.

    >>> from cnncalc.notation.parsing import parse
    >>> fed(parse("add( | mask: placeholder )"), {"input": "8x8x3", "mask": "8x8x1"})[0].nodes[0].layer
    Placeholder(to=(8, 8, 1))

    Raises `NetworkError` for a name that no input has and for an input without a shape, `ShapeError` for what is no
    shape, or not that of an input whose channels the weights are for.
    """
    if len(network.placeholders) >= MOST_INPUTS:
        raise NetworkError(
            _("{count} inputs are more than the {most} that are allowed").format(
                count=len(network.placeholders) + 1, most=MOST_INPUTS
            )
        )
    if input is None:
        return network, None
    if not isinstance(input, Mapping) or not input:
        if any(shape is None for shape in list(shapes_of(network).values())[1:]):
            raise NetworkError(
                _("the network has {count} inputs ({names}): say which, as in {name}=224x224x3").format(
                    count=len(network.placeholders) + 1, names=_listed(network), name=network.entry
                )
            )
        return network, Shape.of(input)  # type: ignore[arg-type] # which refuses what is no shape
    shapes = shapes_of(network)
    for name, given in input.items():
        if name not in shapes:
            raise NetworkError(_unnamed(network, name))
        shapes[name] = Shape.of(given)
    missing = [name for name, shape in shapes.items() if shape is None]
    if missing:
        raise NetworkError(
            _("the size of the input {name} is not known: add {name}=224x224x3").format(name=shorten(missing[0]))
        )
    nodes = list(network.nodes)
    for index in network.placeholders:
        shape = shapes[nodes[index].name]
        assert shape is not None  # noqa: S101 — none is missing
        nodes[index] = replace(nodes[index], layer=_of_shape(nodes[index], shape))
    return replace(network, nodes=tuple(nodes), input=shapes[network.entry]), shapes[network.entry]


def seen_from(network: Network, name: str) -> Network:
    """The same network, looked at from another of its inputs: this becomes `INPUT`, and the first a placeholder.

    >>> from cnncalc.notation.parsing import parse
    >>> one = parse("input 8x8x3 conv3-4,p1 add( | mask: placeholder,to8x8x1 conv5-4,p2 )")
    >>> [(node.name, node.inputs) for node in seen_from(one, "mask").nodes]
    [('input', (-1,)), ('conv1', (0,)), ('conv2', (-1,)), ('add1', (1, 2))]

    Raises `NetworkError` for a name that no input has.
    """
    if name == network.entry:
        return network
    chosen = next((index for index in network.placeholders if network.nodes[index].name == name), None)
    if chosen is None:
        raise NetworkError(_unnamed(network, name))
    places = {index: index + (index < chosen) for index in range(len(network))} | {INPUT: 0, chosen: INPUT}
    first = Node(Placeholder(_sizes(network.input)), (INPUT,), _free(network))
    others = (node for index, node in enumerate(network.nodes) if index != chosen)
    return replace(
        network,
        nodes=(first, *(_moved(node, places) for node in others)),
        input=_layer(network, chosen).shape,
        takes=None,
        channels=None,
        outputs=tuple(places[output] for output in network.outputs if output != chosen),
        entry=name,
    )


def check_alone(network: Network, question: str) -> None:
    """`NetworkError` for a question that is answered for networks with one input only."""
    if network.placeholders:
        raise NetworkError(
            _("{question} is answered for networks with one input, and this one has {count} ({names})").format(
                question=question, count=len(network.placeholders) + 1, names=_listed(network)
            )
        )


def _moved(node: Node, places: Mapping[int, int]) -> Node:
    inputs = (INPUT,) if node.layer.stands_in else tuple(places[source] for source in node.inputs)
    return replace(node, inputs=inputs)


def _free(network: Network) -> str:
    """The name of the first input, where no layer is called so."""
    name, taken = network.entry, {node.name for node in network.nodes}
    while name in taken:
        name += "_"
    return name


def _layer(network: Network, index: int) -> Placeholder:
    layer: Layer = network.nodes[index].layer
    assert isinstance(layer, Placeholder)  # noqa: S101 — no other kind stands in for an input
    return layer


def _of_shape(node: Node, shape: Shape) -> Placeholder:
    """The placeholder with this shape; `ShapeError` where its channels are known and others."""
    to = getattr(node.layer, "to", ())
    if to and (len(to) != len(shape.space) + 1 or to[-1] not in (0, shape.channels)):
        raise ShapeError(
            _("the input {name} is {known} in the model: {shape} is not").format(
                name=shorten(node.name), known="x".join(str(size or "?") for size in to), shape=shape
            )
        )
    return Placeholder(_sizes(shape))


def _sizes(shape: Shape | None) -> tuple[int, ...]:
    return (*shape.space, shape.channels) if shape else ()


def _listed(network: Network) -> str:
    return ", ".join(map(shorten, shapes_of(network)))


def _unnamed(network: Network, name: str) -> str:
    names = list(shapes_of(network))
    match = near(name, names)
    message = (
        _("there is no input {name}: did you mean {near}?")
        if match
        else _("there is no input {name}: the network has {names}")
    )
    return message.format(name=shorten(name), near=match, names=", ".join(map(shorten, names)))
