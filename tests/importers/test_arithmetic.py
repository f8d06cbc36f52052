"""The few numbers of an ONNX graph and its messages, beside NumPy and onnx's own classes, which do the same."""

from __future__ import annotations

import operator
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import ModelFileError
from cnncalc.importers import protobuf
from cnncalc.importers.onnx import arithmetic
from cnncalc.importers.onnx.arithmetic import Array
from cnncalc.importers.onnx.stored import constant
from cnncalc.importers.values import UnsupportedError
from tests.cli.terminal import environment

CORPUS = Path(__file__).parent / "corpus"
SIZES = st.lists(st.integers(0, 4), max_size=3).map(tuple)
FULL = st.lists(st.integers(1, 4), max_size=3).map(tuple)
"""Sizes of arrays that have a number: NumPy is not of one mind about an axis of none."""
NUMBERS = st.integers(-9, 9)


def drawn(data: st.DataObject, sizes: tuple[int, ...]) -> Array:
    length = int(np.prod(sizes))
    return arithmetic.array(sizes, data.draw(st.lists(NUMBERS, min_size=length, max_size=length)))


def numpys(one: Array) -> Any:
    return np.array(one.values, dtype=np.int64).reshape(one.sizes)


def agree(ours: Callable[[], Array], theirs: Callable[[], Any]) -> None:
    """Both give the same numbers in the same sizes, or both refuse."""
    try:
        wanted = theirs()
    except (ValueError, IndexError):
        with pytest.raises((ValueError, IndexError, UnsupportedError)):
            ours()
        return
    found = ours()
    assert found.sizes == wanted.shape
    assert list(found.values) == wanted.ravel().tolist()


@settings(max_examples=300)
@given(data=st.data(), left=SIZES, right=SIZES)
def test_numbers_of_two_arrays_meet_as_numpys_do(
    data: st.DataObject, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    """Sizes are spread to each other, or refused, by NumPy's rule; sums, products and comparisons follow."""
    one, other = drawn(data, left), drawn(data, right)
    for function in (operator.add, operator.mul, operator.eq, operator.lt):
        agree(lambda f=function: arithmetic.each(f)(one, other), lambda f=function: f(numpys(one), numpys(other)))


@settings(max_examples=300)
@given(data=st.data(), sizes=FULL)
def test_parts_of_an_array_are_numpys(data: st.DataObject, sizes: tuple[int, ...]) -> None:
    """Transposed, cut, taken by indices, joined and reduced, also along axes that are not there."""
    one, axis = drawn(data, sizes), data.draw(st.integers(-4, 3))
    array = numpys(one)
    order = tuple(data.draw(st.permutations(range(len(sizes)))))
    agree(lambda: arithmetic.moved(one, order), lambda: array.transpose(order))
    bounds = st.none() | st.integers(-6, 6)
    part = slice(data.draw(bounds), data.draw(bounds), data.draw(st.sampled_from((None, 1, 2, -1, -3))))
    if not sizes:  # NumPy takes one number for a row of it, where ONNX has no axis
        return
    agree(lambda: arithmetic.cut(one, [(0, part)]), lambda: array[part])
    indices = drawn(data, data.draw(st.sampled_from(((), (1,), (2, 2), (0,)))))
    agree(lambda: arithmetic.taken(one, indices, axis), lambda: np.take(array, numpys(indices), axis=axis))
    agree(lambda: arithmetic.joined([one, one], axis), lambda: np.concatenate([array, array], axis=axis))
    for fold, name in ((sum, "sum"), (max, "max")):
        for keep in (False, True):
            agree(
                lambda f=fold, k=keep: arithmetic.reduced(one, [axis], f, k),
                lambda n=name, k=keep: getattr(array, n)(axis=axis, keepdims=k),
            )


@given(left=st.floats(width=32), right=st.floats(width=32))
def test_quotients_and_roots_are_numpys(left: float, right: float) -> None:
    """Infinities and what is no number included."""
    with np.errstate(all="ignore"):
        pairs = [
            (arithmetic.quotient(left, right), np.float64(left) / np.float64(right)),
            (arithmetic.root(left), np.sqrt(np.float64(left))),
            (arithmetic.DOWN(left), np.floor(left)),
            (arithmetic.UP(left), np.ceil(left)),
            (arithmetic.NEAREST(left), np.round(left)),
        ]
    assert all(ours == theirs or (ours != ours and theirs != theirs) for ours, theirs in pairs)


@given(left=st.integers(-(2**60), 2**60), right=st.integers(-50, 50).filter(bool))
def test_a_quotient_of_whole_numbers_is_exact(left: int, right: int) -> None:
    """Rounded towards zero, and what remains has the sign of the dividend."""
    remains = left - arithmetic.quotient(left, right) * right
    assert abs(remains) < abs(right)
    assert remains * left >= 0


def test_ranges_are_numpys() -> None:
    """From a start, before a limit, in steps of either sign."""
    for start, limit, step in ((0, 7, 2), (5, -3, -3), (3, 3, 1), (4, 1, 1), (0.5, 3.0, 0.75)):
        ours = arithmetic.steps(*(arithmetic.array((), [number]) for number in (start, limit, step)))
        assert list(ours.values) == np.arange(start, limit, step).tolist()


TYPES = {"f": 1, "d": 11, "e": 10, "i": 6, "q": 7, "?": 9}


@given(data=st.data(), sign=st.sampled_from(list(TYPES)), raw=st.booleans())
def test_stored_numbers_are_those_that_were_stored(data: st.DataObject, sign: str, raw: bool) -> None:
    """Of each type, as bytes and as a list of numbers, written by onnx and read without it."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    array = np.array(data.draw(st.lists(st.integers(-3, 3), min_size=1, max_size=6))).astype(np.dtype(sign))
    made = onnx.numpy_helper.from_array(array, "numbers")
    if not raw:
        made = onnx.helper.make_tensor("numbers", TYPES[sign], array.shape, array.tolist())
    graph = onnx.helper.make_graph([], "graph", [], [], [made])
    [read] = protobuf.without_weights(onnx.helper.make_model(graph).SerializeToString()).graph.initializer
    assert constant(read) == constant(made)
    assert constant(read).values == tuple(array.tolist())


def test_fields_have_the_numbers_and_names_of_onnx() -> None:
    """Every field that is read is one of onnx's own, with its number, its type, and whether there are many."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    types = {"int": (3, 5, 14), "float": (2,), "double": (1,), "text": (9,), "bytes": (12,)}
    left, seen = [("model", onnx.ModelProto.DESCRIPTOR)], set()
    while left:
        kind, descriptor = left.pop()
        seen.add(kind)
        for number, text in protobuf.SCHEMA[kind].items():
            what, name = text.split()
            field = descriptor.fields_by_number[number]
            assert field.name == name
            assert field.is_repeated == what.endswith("*")
            what = what.rstrip("*")
            if what in types:
                assert field.type in types[what]
            elif what not in seen:
                left.append((what, field.message_type))
    assert seen == set(protobuf.SCHEMA)


def plain(message: Any, kind: str) -> Any:
    """A message as dictionaries, of the fields that are read."""
    found = {}
    for text in protobuf.SCHEMA[kind].values():
        what, name = text.split()
        value, inner = getattr(message, name), what.rstrip("*")
        if inner in protobuf.LEAVES:
            found[name] = list(value) if what.endswith("*") else value
        elif what.endswith("*"):
            found[name] = [plain(one, inner) for one in value]
        elif inner != "graph" or len(value.node):  # a graph within would have a graph within
            found[name] = plain(value, inner)
    return found


def test_a_file_is_read_as_onnx_reads_it() -> None:
    """Every field of the corpus and of a model with branches, default values and odd text."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    helper = onnx.helper
    branch = helper.make_graph([helper.make_node("Neg", ["w"], ["y"])], "then", [], [])
    node = helper.make_node(
        "If", ["c"], ["y"], then_branch=branch, value=-1, factor=0.5, names=["a", "é"], axes=[-1, 2**40]
    )
    model = helper.make_model(helper.make_graph([node], "graph", [], []))
    for content in (model.SerializeToString(), *(file.read_bytes() for file in CORPUS.glob("small*.onnx"))):
        assert plain(protobuf.without_weights(content), "model") == plain(onnx.ModelProto.FromString(content), "model")


def test_messages_that_lie_too_deep_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and no recursion without end."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    graph = onnx.helper.make_graph([], "leaf", [], [])
    for _time in range(31):  # each is a graph with a node with an attribute with the graph before
        node = onnx.helper.make_node("If", [], [], then_branch=graph)
        graph = onnx.helper.make_graph([node], "graph", [], [])
    deep = onnx.helper.make_model(graph).SerializeToString()
    assert protobuf.without_weights(deep).graph.node[0].op_type == "If"
    monkeypatch.setattr(protobuf, "DEEPEST", 90)
    with pytest.raises(ModelFileError, match="messages lie more than 90 deep in each other"):
        protobuf.without_weights(deep)


@pytest.mark.parametrize("suffix", ["onnx", "pt2", "keras", "json", "cfg", "prototxt"])
def test_a_file_is_read_without_any_library(suffix: str) -> None:
    """The command line answers for every kind of file where NumPy and the frameworks can't be imported at all."""
    program = (
        "import sys\nfor name in ('numpy', 'onnx', 'google', 'torch', 'keras', 'tensorflow'): sys.modules[name] = None\n"
        "from cnncalc.cli.program import run; sys.exit(run(sys.argv[1:]))"
    )
    words = ["summary", str(CORPUS / f"small.{suffix}"), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, env=environment(), check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
