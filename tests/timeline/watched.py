"""What PyTorch itself holds: bytes saved for the backward pass, and live bytes after every operator, on meta tensors."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import fx, nn  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402
from torch.utils._pytree import tree_leaves  # noqa: E402

FLOAT = 4


def meta(*sizes: int, learning: bool = False) -> Any:
    return torch.empty(*sizes, device="meta", requires_grad=learning)


def storage(tensor: Any) -> Any:
    return tensor.untyped_storage()


def own(model: Any) -> set[int]:
    """The storages of what a model stores."""
    return {storage(tensor)._cdata for tensor in [*model.parameters(), *model.buffers()]}


def saved(run: Callable[[Any], Any], x: Any, others: set[int]) -> int:
    """The bytes that the saved-tensor hooks see, every storage once, without those of ``others``."""
    seen: dict[int, Any] = {}

    def pack(tensor: Any) -> Any:
        if storage(tensor)._cdata not in others:
            seen[storage(tensor)._cdata] = storage(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        run(x)
    return sum(one.nbytes() for one in seen.values())


class Watch(TorchDispatchMode):  # type: ignore[misc]
    """Counts the bytes of every storage that an operator makes, from then until nobody holds it."""

    def __init__(self, others: set[int]) -> None:
        super().__init__()
        self.others, self.live = others, dict[int, int]()
        self.now = self.most = 0

    def __torch_dispatch__(self, operator: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        outputs = operator(*args, **(kwargs or {}))
        # a trained batch norm hands out statistics that nobody uses
        scraps = operator is torch.ops.aten.native_batch_norm.default and not torch.is_grad_enabled()
        for tensor in tree_leaves(outputs[0] if scraps else outputs):
            if isinstance(tensor, torch.Tensor):
                self._see(storage(tensor))
        self.most = max(self.most, self.now)
        return outputs

    def _see(self, made: Any) -> None:
        key = made._cdata
        if key not in self.others and key not in self.live:
            self.live[key] = made.nbytes()
            self.now += made.nbytes()
            weakref.finalize(made, self._free, key)

    def _free(self, key: int) -> None:
        self.now -= self.live.pop(key)


class Seen(NamedTuple):
    """The most bytes on the way forward, those that are left at its end, and the most of all."""

    forward: int
    between: int
    most: int


def watched(model: Any, sizes: tuple[int, ...], *, learning: bool) -> Seen:
    """A run of a model in which everything is let go after its last use, as the graph of the model says it."""
    graph = fx.symbolic_trace(model)
    for node in graph.graph.nodes:
        if node.target is nn.functional.relu:  # in place in one model, whatever its modules are told
            node.args, node.kwargs = node.args[:1], {}
    with Watch(own(model)) as watch, torch.set_grad_enabled(learning):
        inputs = [meta(*sizes)]
        output = _run(graph, inputs)
        forward, between = watch.most, watch.now
        if learning:
            torch.autograd.backward([output], [torch.empty_like(output)])
    return Seen(forward, between, watch.most)


def _run(graph: Any, inputs: list[Any]) -> Any:
    """What `torch.fx.Interpreter` does, but nobody holds the input or the arguments of a call."""
    last = {source: node for node in graph.graph.nodes for source in node.all_input_nodes}
    calls, values = fx.Interpreter(graph), dict[Any, Any]()
    for node in graph.graph.nodes:
        if node.op == "placeholder":
            values[node] = inputs.pop()
            continue
        if node.op == "output":
            return fx.node.map_arg(node.args[0], values.get)
        values[node] = getattr(calls, node.op)(
            node.target, fx.node.map_arg(node.args, values.get), fx.node.map_arg(node.kwargs, values.get)
        )
        for source in [source for source in values if last.get(source) is node]:
            del values[source]
    raise AssertionError("a graph without an output")
