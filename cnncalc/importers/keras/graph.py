"""The graph in a configuration of Keras: the layers of a model, what each reads, and an order to compute them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import check_number, plain
from cnncalc.language import _
from cnncalc.shapes import shorten

Config = Mapping[str, Any]
Use = tuple[str, int]
"""A layer by its name, and which of its uses."""

MODELS = ("Functional", "Model", "Sequential")
"""Classes of layers that are models themselves."""


def layers_of(model: Config) -> list[Config]:
    """The layers of a model, in the order of its configuration."""
    config = model["config"]
    layers = config if isinstance(config, list) else config["layers"]
    check_number(len(layers))
    return list(layers)


def ordered(
    waiting: Mapping[Use, tuple[Config, list[tuple[str, int, int]], Any]],
    there: Mapping[Use, object],
) -> Iterator[Use]:
    """The waiting calls, each after what it reads; `ModelFileError` where that never is made."""
    readers: dict[Use, list[Use]] = {}
    missing: dict[Use, int] = {}
    for call, (_layer, read, _node) in waiting.items():
        sources = {reference[:2] for reference in read} - set(there)
        missing[call] = len(sources)
        for source in sources:
            readers.setdefault(source, []).append(call)
    ready = [call for call, count in missing.items() if not count][::-1]
    done = 0
    while ready:
        call = ready.pop()
        done += 1
        yield call
        for reader in reversed(readers.get(call, ())):
            missing[reader] -= 1
            if not missing[reader]:
                ready.append(reader)
    if done < len(waiting):
        stuck = next(name for (name, _number), count in missing.items() if count)
        raise ModelFileError(
            _("{name} reads a layer that is never made: the graph has a cycle, or a layer is missing").format(
                name=shorten(plain(stuck))
            )
        )


class References:
    """Which use of a layer is meant, of a model: a model inside it counts a use of its own, when it was built, or does not.

    Keras counts it for a functional model, and takes what is left modulo the uses there are.
    """

    def __init__(self, model: Config) -> None:
        layers = layers_of(model)
        self._uses = {str(one["name"]): len(one["inbound_nodes"]) for one in layers if one["class_name"] in MODELS}
        read = [*(one["inbound_nodes"] for one in layers), model["config"]["output_layers"]]
        latest: dict[str, int] = {}
        for name, number, _tensor in references(read):
            latest[name] = max(number, latest.get(name, 0))
        functional = {str(one["name"]) for one in layers if one["class_name"] != "Sequential"}
        self._own = {name for name, uses in self._uses.items() if name in functional or latest.get(name, 0) >= uses}

    def of(self, node: Any) -> Iterator[tuple[str, int, int]]:
        """Every reference in a node."""
        for name, number, tensor in references(node):
            uses = self._uses.get(name, 0)
            yield name, (number - (name in self._own)) % uses if uses else number, tensor


def references(node: Any) -> Iterator[tuple[str, int, int]]:
    """Every ``[layer, node, tensor]`` in a node of Keras 2 or 3, in order."""
    left = [node]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            history = value.get("config", {}).get("keras_history") if "config" in value else None
            if history:
                yield str(history[0]), int(history[1]), int(history[2])
            else:
                left.extend(list(value.values())[::-1])
        elif isinstance(value, list):
            if (
                len(value) >= 3
                and isinstance(value[0], str)
                and isinstance(value[1], int)
                and isinstance(value[2], int)
            ):
                yield value[0], value[1], value[2]
            else:
                left.extend(value[::-1])
