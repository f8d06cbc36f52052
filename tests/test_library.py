"""The public names: listed, sorted, importable, lazy; and the examples of ``docs/library.md``."""

from __future__ import annotations

import ast
import doctest
import subprocess
import sys
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc import analysis, library, peers
from cnncalc.layers import KINDS
from cnncalc.notation import writing
from cnncalc.receptive import report
from cnncalc.summary import report as summary
from cnncalc.verify import compare, forward
from cnncalc.zoo import text
from tests.documents import DOCS


def test_public_names_are_sorted_and_there() -> None:
    """Every listed name can be asked for, knows where it lives, and stands in order."""
    assert cnncalc.__all__ == sorted(set(cnncalc.__all__))
    for name in cnncalc.__all__:
        assert getattr(cnncalc, name) is not None
        assert name in dir(cnncalc)


def test_every_kind_is_public() -> None:
    """No layer kind is left out."""
    assert set(KINDS) <= set(cnncalc.__all__)


def test_type_checkers_see_the_same_names() -> None:
    """What is imported for type checkers is what is imported when asked for."""
    tree = ast.parse(Path(str(cnncalc.__file__)).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    given = {target.id for node in block.body if isinstance(node, ast.Assign) for target in node.targets}  # type: ignore[attr-defined]
    assert {name for name in seen if not str(name).startswith("_")} | given == set(cnncalc.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    """A misspelt name fails as in any module."""
    with pytest.raises(AttributeError, match="module 'cnncalc' has no attribute 'Convolution'"):
        cnncalc.Convolution  # noqa: B018


def test_importing_the_package_imports_nothing_else() -> None:
    """``import cnncalc`` alone brings no other module of ours, and no array or terminal library."""
    program = "import sys, cnncalc; print(*sorted(m for m in sys.modules if m.split('.')[0] in WATCHED))"
    watched = {"cnncalc", "numpy", "rich", "typer", "torch", "onnx", "keras"}
    done = subprocess.run(
        [sys.executable, "-c", f"WATCHED = {watched}; {program}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(str(cnncalc.__file__)).parent.parent,
    )
    assert done.stdout.split() == ["cnncalc"]


@pytest.mark.parametrize(
    "name", ["trace", "receptive_fields", "summary_report", "verify", "run", "show", "as_counted_by"]
)
def test_what_takes_any_network_has_the_parameters_of_what_it_calls(name: str) -> None:
    """A parameter that is added below is added here too, with the same default."""
    homes = (analysis, report, summary, compare, forward, writing, peers)
    inner = next(
        vars(home)[name] for home in homes if name in vars(home) and vars(home)[name].__module__ == home.__name__
    )
    parameters = [signature(function).parameters.values() for function in (getattr(library, name), inner)]
    own, below = ([(each.name, each.kind, each.default) for each in values] for values in parameters)
    assert own == below
    assert getattr(cnncalc, name) is getattr(library, name) or name == "verify"  # which is a package too


@pytest.mark.parametrize(
    "network",
    ["vgg16", ["vgg16"], cnncalc.parse(text("vgg16")), Path(str(cnncalc.__file__)).parent / "zoo" / "vgg16.cnn"],
    ids=["name", "words", "network", "path"],
)
@pytest.mark.parametrize(
    "input", ["224x224x3", "224,224,3", (224, 224, 3), [224, 224, 3], cnncalc.Shape((224, 224), 3)]
)
def test_a_network_and_its_input_are_taken_in_every_way(network: Any, input: Any) -> None:
    """VGG-16 by its name, as the command line's words, as a value and as a file, on an input written in five ways."""
    assert cnncalc.summary_report(network, input).get("total.parameters") == 138_357_544
    assert cnncalc.receptive_fields(network, input, cnncalc.Asked(at="maxpool5")).get("rf") == 212


def test_layers_are_a_network_too() -> None:
    """One alone, or several in a list."""
    assert cnncalc.receptive_fields([cnncalc.Conv(3), cnncalc.Conv(3)]).get("rf") == 5
    assert cnncalc.show(cnncalc.Conv(3, 64)) == "conv3-64"
    assert cnncalc.parameters(cnncalc.Conv(3, 64), "224x224x3") == 1792
    assert cnncalc.compare(cnncalc.Spec("224x224x3", 3, 64)).get("conv.parameters") == 1792  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (
            lambda: cnncalc.receptive_fields(5),
            "int is not a network: give a Network, layers, notation, a file or a name",
        ),
        (lambda: cnncalc.receptive_fields([]), "there is no layer"),
        (lambda: cnncalc.summary_report(None, "5x5x1"), "NoneType is not a network"),
        (lambda: cnncalc.load(3.5), "float is not a network"),
        (lambda: cnncalc.load([1, 2]), "list is not a network"),
        (lambda: cnncalc.show({"conv": 3}), "dict is not a network"),
        (lambda: cnncalc.verify(b"conv3", "5x5x1"), "bytes is not a network"),
        (lambda: cnncalc.parse(5), "int is not text: write a network as in conv3-64 relu maxpool2"),
        (lambda: cnncalc.receptive_fields("conv3", 5), 'int is not a shape: give a Shape, a text such as "224x224x3"'),
        (lambda: cnncalc.receptive_fields("conv3", (3, 224, 224)), "did you mean 224x224x3"),
        (lambda: cnncalc.summary_report("conv3", {}), "dict is not a shape"),
        (lambda: cnncalc.parameters(cnncalc.Conv(3), 7), "int is not a shape"),
        (lambda: cnncalc.worked("conv3", "5x5x1"), r"str is not a layer: give one such as Conv\(3, 64\)"),
        (lambda: cnncalc.buffers(None, "5x5x1"), "NoneType is not a layer"),
        (lambda: cnncalc.Spec(None), "NoneType is not a shape"),
    ],
)
def test_a_wrong_type_is_refused_in_one_line(call: Callable[[], Any], line: str) -> None:
    """With what is taken; it is a `CnncalcError`, and where only the type is wrong a `TypeError` too."""
    with pytest.raises(cnncalc.CnncalcError, match=line) as caught:
        call()
    assert isinstance(caught.value, TypeError) == (" is not " in str(caught.value))
    assert "is not" not in str(caught.value) or "\n" not in str(caught.value)


def test_the_examples_of_the_library_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example in ``docs/library.md`` gives what stands below it."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    found = doctest.testfile(str(DOCS / "library.md"), module_relative=False, encoding="utf-8")
    assert (found.failed, found.attempted > 25) == (0, True)
