"""The public names: listed, sorted, importable, lazy; and the examples of ``docs/library.md``."""

from __future__ import annotations

import ast
import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import cnncalc
from cnncalc.layers import KINDS
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


def test_the_examples_of_the_library_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example in ``docs/library.md`` gives what stands below it."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    found = doctest.testfile(str(DOCS / "library.md"), module_relative=False, encoding="utf-8")
    assert (found.failed, found.attempted > 25) == (0, True)
