"""Recording: a module is run once on tensors without numbers, and every operator that it calls is written down.

In inference mode PyTorch hands operators to a dispatch mode before it takes them apart, so they are those of a graph of
``torch.export``, with their schemas; regions without gradients, in another precision or to be done again are none here.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from itertools import count
from typing import Any

from cnncalc.importers.torch.folding import Fixed, constant, on, placed
from cnncalc.importers.torch.plain import plain
from cnncalc.importers.torch.program import Call, Program, Ref
from cnncalc.importers.values import Constant


def recorded(torch: Any, module: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Program:
    """What a module calls for these inputs; whatever can't be done on tensors without numbers raises what PyTorch raises.

    A copy is run that has no weights, so that the module is left as it was whatever its ``forward`` does.
    """
    notes = _Notes(torch)
    memo = {id(old): new for old, new in notes.stored(module)}
    entries = {name: notes.entered(name, value) for name, value in _by_name(module, arguments, named).items()}
    places = [entries[name] for name in list(entries)[: len(arguments)]]
    with _as_exported(torch), _mode(torch, notes), _indices(torch):
        copy = deepcopy(module, memo)
        for path, part in copy.named_modules():
            part.register_forward_pre_hook(notes.enter(path))
            part.register_forward_hook(notes.leave, always_call=True)
        result = copy(*places, **{name: entries[name] for name in named})
    leaves = torch.utils._pytree.tree_leaves(result)
    outputs = tuple(notes.ref(notes.twin(leaf)).name for leaf in leaves if isinstance(leaf, torch.Tensor))
    inputs = {name: tuple(entry.shape) for name, entry in entries.items()}
    return Program(notes.constants, inputs, tuple(notes.calls), outputs, notes.registered)


def _by_name(module: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """What is passed, by the names that ``forward`` gives it."""
    bound = inspect.signature(module.forward).bind(*arguments, **named).arguments
    passed: dict[str, Any] = {}
    for name, value in bound.items():
        if isinstance(value, tuple):
            passed.update({f"{name}_{place}": one for place, one in enumerate(value)})
        elif isinstance(value, dict):
            passed.update(value)
        else:
            passed[name] = value
    return passed


@contextmanager
def _as_exported(torch: Any) -> Iterator[None]:
    """Without gradients, without one operator for a whole encoder, and with nothing compiled on the way."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    compiler = "torch._dynamo" in sys.modules  # it takes seconds to import, and nothing is compiled without it
    eager = torch.compiler.set_stance("force_eager") if compiler else nullcontext()
    try:
        with torch.inference_mode(), eager:
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        if not compiler and "torch._dynamo" in sys.modules:  # what it compiled here would stand in torch.export's way
            torch.compiler.reset()


def _mode(torch: Any, notes: _Notes) -> Any:
    from torch.utils._python_dispatch import TorchDispatchMode

    def dispatched(mode: Any, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return notes.call(func, args, kwargs or {})

    kind: Any = type("Recording", (TorchDispatchMode,), {})
    kind.__torch_dispatch__ = (
        dispatched  # one that a class is made with is wrapped by the compiler, whose import takes 3 s
    )
    return kind()


def _indices(torch: Any) -> Any:
    """Makes tensors of numbers that pick places, as in ``x[:, [2, 1, 0]]``: PyTorch would make them without numbers."""
    from torch.overrides import TorchFunctionMode

    picking = (torch.Tensor.__getitem__, torch.Tensor.__setitem__)

    def tensors(index: Any) -> Any:
        if isinstance(index, tuple):
            return tuple(map(tensors, index))
        numbers = isinstance(index, list) and index and all(isinstance(one, int) for one in index)
        return torch.tensor(index) if numbers or hasattr(index, "__array_interface__") else index  # one of NumPy's

    def called(mode: Any, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in picking:
            args = (args[0], tensors(args[1]), *args[2:])
        return func(*args, **(kwargs or {}))

    kind: Any = type("Indices", (TorchFunctionMode,), {"__torch_function__": called})
    return kind()


class _Notes:
    """What was called, tensor by tensor; all of them are kept, so that what Python says of their identity holds."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.calls: list[Call] = []
        self.constants: dict[str, Constant] = {}
        self.registered: tuple[Constant, ...] = ()
        self._fixed = Fixed(torch)
        self._kept: list[Any] = []
        self._twins: dict[int, Any] = {}
        self._names: dict[int, str] = {}
        self._aliases: dict[int, list[Any]] = {}
        self._written: dict[int, list[str]] = {}
        self._scope: list[str] = []
        self._number = count(1)

    # Tensors that have numbers, and those that stand for them.

    def stored(self, module: Any) -> Iterator[tuple[Any, Any]]:
        """Every tensor that a module holds, and one without numbers for it; the registered ones get their names."""
        torch = self.torch
        for name, weight in module.named_parameters():
            twin = torch.nn.Parameter(self._bare(weight), requires_grad=weight.requires_grad)
            self._store(name, weight, twin, Constant(tuple(weight.shape), None, name, True, not weight.requires_grad))
            yield weight, twin
        for name, buffer in module.named_buffers():
            twin = self._bare(buffer)
            self._store(name, buffer, twin, self._constant(name, buffer))
            self._fixed.borrow(twin, buffer)
            yield buffer, twin
        self.registered = tuple(self.constants.values())
        for path, part in module.named_modules():
            for name, value in vars(part).items():
                if isinstance(value, torch.Tensor) and id(value) not in self._twins:
                    yield value, self._given(value, f"{path}.{name}".strip("."))

    def _bare(self, value: Any) -> Any:
        return self.torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")

    def _constant(self, name: str, value: Any) -> Constant:
        fixed = constant(self.torch, value)
        return (fixed or Constant(tuple(value.shape)))._replace(values=None, weight=name)

    def _store(self, name: str, value: Any, twin: Any, stored: Constant) -> None:
        self.constants[f"stored {name}"] = stored
        self._pair(value, twin)
        self._names[id(twin)] = f"stored {name}"

    def _pair(self, value: Any, twin: Any) -> None:
        self._twins[id(value)] = twin
        self._kept.append(value)
        self._keep(twin)

    def _given(self, value: Any, name: str = "") -> Any:
        """What stands for a tensor that nobody registered."""
        twin = self._bare(value)
        self._pair(value, twin)
        self._fixed.borrow(twin, value)
        if name or twin not in self._fixed:
            title = name or f"given {next(self._number)}"
            self.constants[f"stored {title}"] = self._constant(title, value)
            self._names[id(twin)] = f"stored {title}"
        return twin

    def entered(self, name: str, value: Any) -> Any:
        """What stands for an input."""
        twin = self._bare(value)
        self._pair(value, twin)
        self._names[id(twin)] = name
        return twin

    def twin(self, value: Any) -> Any:
        """A tensor itself if it was met before, or else what stands for it."""
        if not isinstance(value, self.torch.Tensor) or id(value) in self._names or value in self._fixed:
            return value
        return self._twins[id(value)] if id(value) in self._twins else self._given(value)

    def _keep(self, tensor: Any) -> None:
        self._kept.append(tensor)
        self._aliases.setdefault(tensor.untyped_storage()._cdata, []).append(tensor)

    # Modules.

    def enter(self, path: str) -> Any:
        """A hook before a module."""
        return lambda module, args: self._scope.append(path)

    def leave(self, module: Any, args: Any, result: Any) -> None:
        """A hook behind a module."""
        self._scope.pop()

    # Calls.

    def call(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Do a call on tensors without numbers, and write it down unless its result is fixed."""
        tree = self.torch.utils._pytree
        if func.namespace == "prim":
            return func(*args, **kwargs)
        args, kwargs = tree.tree_map(self.twin, (args, kwargs))
        read = [leaf for leaf in tree.tree_leaves((args, kwargs)) if isinstance(leaf, self.torch.Tensor)]
        written = list(_written(func, args, kwargs))
        result, fixed = self._done(func, args, kwargs)
        if not tree.tree_leaves(result) or not isinstance(tree.tree_leaves(result)[0], self.torch.Tensor):
            return result
        several = isinstance(result, (list, tuple))
        outputs = [self._own(one, read, written) for one in (result if several else (result,))]
        if fixed:
            self._know(outputs, fixed, written)
        else:
            self._note(func, self._arguments(func, args, kwargs), read, outputs, written)
        return type(result)(outputs) if several else outputs[0]

    def _done(self, func: Any, args: Any, kwargs: Any) -> tuple[Any, tuple[Any, ...]]:
        """The result without its numbers, and the one with them, if it is fixed.

        Where the numbers say how large it is, or are asked for, the fixed one says it.
        """
        torch = self.torch
        try:
            bare = on(torch, "meta", args)
            result = plain(torch, func, bare, kwargs)
            if result is None:
                result = func(*bare, **placed(torch, "meta", func, args, kwargs))
        except (NotImplementedError, RuntimeError):
            fixed = self._fixed.compute(func, args, kwargs)
            if not fixed:
                raise
            return torch.utils._pytree.tree_map_only(torch.Tensor, self._bare, fixed[0]), fixed
        small = self._fixed.is_small(result)
        return result, self._fixed.compute(func, args, kwargs) if small else ()

    def _own(self, output: Any, read: list[Any], written: list[Any]) -> Any:
        """An output as an object of its own, unless it is what was written into."""
        if not isinstance(output, self.torch.Tensor):
            return output
        if not any(output is one for one in written):
            if any(output is one for one in read):
                output = output.view(output.shape)
            self._keep(output)
        return output

    def _know(self, outputs: list[Any], fixed: Any, written: list[Any]) -> None:
        values = fixed[0] if isinstance(fixed[0], (list, tuple)) else fixed
        for output, value in zip(outputs, values, strict=True):
            self._fixed.know(output, value)
        for tensor in written:
            for alias in self._alike(tensor):
                self._names.pop(id(alias), None)

    def _note(
        self, func: Any, arguments: dict[str, Any], read: list[Any], outputs: list[Any], written: list[Any]
    ) -> None:
        """Write a call down, and what its outputs are called; what is copied as a whole is called as it was."""
        for tensor in written:
            self._overwrite(tensor)
        if func is self.torch.ops.aten.copy_.default and read[1].shape == outputs[0].shape:
            names: tuple[str, ...] = (arguments["src"].name,)
        else:
            names = tuple(f"{func.__name__} {next(self._number)}" for _output in outputs)
            self._write(str(func), arguments, names, outputs)
        self._names.update({id(output): name for output, name in zip(outputs, names, strict=True)})
        for tensor in written:
            for alias in self._alike(tensor):
                if alias is not tensor:
                    self._written.setdefault(id(alias), []).append(self._names[id(tensor)])

    def _write(self, target: str, arguments: dict[str, Any], names: tuple[str, ...], outputs: Sequence[Any]) -> None:
        sizes = tuple(tuple(one.shape) if isinstance(one, self.torch.Tensor) else None for one in outputs)
        self.calls.append(Call(target, arguments, names, self._scope[-1] if self._scope else "", sizes))

    def _overwrite(self, tensor: Any) -> None:
        """Nothing that shares numbers with a tensor is fixed any more."""
        for alias in self._alike(tensor):
            self.ref(alias)
            self._fixed.forget(alias)

    def _alike(self, tensor: Any) -> list[Any]:
        return self._aliases.get(tensor.untyped_storage()._cdata, [])

    def _arguments(self, func: Any, args: Any, kwargs: Any) -> dict[str, Any]:
        places = (argument.name for argument in func._schema.arguments)
        return {name: self._plain(value) for name, value in {**dict(zip(places, args, strict=False)), **kwargs}.items()}

    def _plain(self, value: Any) -> Any:
        if isinstance(value, self.torch.Tensor):
            return self.ref(value)
        return [self._plain(one) for one in value] if isinstance(value, (list, tuple)) else value

    def ref(self, tensor: Any) -> Ref:
        """The name of what a tensor holds now: a constant if it is fixed, with what was written into it otherwise."""
        if id(tensor) not in self._names:
            name = self._names[id(tensor)] = f"fixed {next(self._number)}"
            value = self._fixed[tensor].clone()
            self.constants[name] = constant(self.torch, value) or Constant(tuple(tensor.shape))
        for source in self._written.pop(id(tensor), ()):
            name = f"as_strided_scatter {next(self._number)}"
            old = {"self": Ref(self._names[id(tensor)]), "src": Ref(source)}
            self._write("aten.as_strided_scatter.default", old, (name,), (tensor,))
            self._names[id(tensor)] = name
        return Ref(self._names[id(tensor)])


def _written(func: Any, args: Any, kwargs: Any) -> Iterator[Any]:
    """What a call writes into."""
    if func._schema.is_mutable:
        for place, argument in enumerate(func._schema.arguments):
            if argument.alias_info is not None and argument.alias_info.is_write:
                value = args[place] if place < len(args) else kwargs.get(argument.name)
                yield from value if isinstance(value, list) else () if value is None else (value,)
