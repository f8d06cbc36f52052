"""Notebooks: what they show of reports, networks and layers, by itself and executed for real."""

from __future__ import annotations

import json
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cnncalc import zoo
from cnncalc.comparison.report import compare
from cnncalc.comparison.rows import Spec
from cnncalc.errors import MissingExtraError
from cnncalc.lessons import learn
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.receptive.report import receptive_fields
from cnncalc.render import Page, render
from cnncalc.report import Column, Report, Table
from cnncalc.shapes import Shape
from cnncalc.summary.report import summary_report

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
KILOBYTE = 1000
SHOWN = {
    "resnet152": zoo.load("resnet152"),
    "lenet5": zoo.load("lenet5"),
    "without an input": parse("conv3-4 relu maxpool2 conv3-8"),
    "params": compare(Spec(Shape((224, 224), 3), 3, 64)),
    "rf": receptive_fields(zoo.load("vgg16"), title="vgg16"),
    "lesson": learn("stamp"),
    "layer": parse("conv3-64").nodes[0].layer,
}


def shown(value: Any) -> dict[str, str]:
    bundle: dict[str, str] = value._repr_mimebundle_()
    return bundle


@pytest.mark.parametrize("name", SHOWN)
def test_html_is_whole_small_and_takes_the_colours_around_it(name: str) -> None:
    """Well-formed, at most 60 kB (a network 15), without script, style sheet, id, paper, or a colour for text of its own."""
    page = shown(SHOWN[name])["text/html"]
    ElementTree.fromstring(page)
    assert len(page.encode()) < (15 if isinstance(SHOWN[name], Network) else 60) * KILOBYTE
    assert not re.search(r"<script|<style|\bid=|prefers-color-scheme|background:(?!none)|#1c1e21|#ffffff", page)


@pytest.mark.parametrize("name", SHOWN)
def test_there_is_text_for_every_reader(name: str) -> None:
    """Plain text and Markdown for all, and LaTeX for reports, which PDF is made of."""
    bundle = shown(SHOWN[name])
    assert {"text/plain", "text/markdown", "text/html"} <= bundle.keys()
    assert all(bundle.values())
    assert ("text/latex" in bundle) is (name != "layer")


def test_a_network_is_folded_until_it_can_be_looked_at() -> None:
    """ResNet-152's 514 layers stand in 10 rows whose numbers are those of the summary; LeNet-5 in all of its 11."""
    page = shown(SHOWN["resnet152"])["text/html"]
    assert "514 layers in 10 rows" in page
    assert f"{summary_report(zoo.load('resnet152')).get('total.parameters'):,}" in page
    assert "11 layers" in shown(SHOWN["lenet5"])["text/html"]


def test_a_network_without_blocks_ends_somewhere() -> None:
    """Of 500 rows 30 are shown, and how many there are more."""
    page = shown(parse("input 9x9x1 " + "conv3-1,p1 " * 500))["text/html"]
    assert page.count("<tr>") < 40
    assert "and 470 rows more" in page
    assert len(page) < 40 * KILOBYTE


def test_a_foreign_name_is_only_text() -> None:
    """A layer that a model file calls like code is text in the page."""
    network = parse("input 9x9x1 conv3-4")
    node = Node(network.nodes[0].layer, network.nodes[0].inputs, "<img src=x onerror=alert(1)>")
    page = shown(Network((node,), network.input))["text/html"]
    assert "<img" not in page
    assert "&lt;img" in page


def test_what_can_t_be_summed_up_is_shown_all_the_same() -> None:
    """A network whose input fits none of its layers is named layer by layer, and raises nothing."""
    network = parse("conv9-4 fc3")
    bundle = shown(Network(network.nodes, Shape((3, 3), 1)))
    assert "conv1; fc1" in bundle["text/markdown"]


# ---- frames


def test_the_main_table_is_a_frame_of_numbers() -> None:
    """Columns by key, whole numbers whole, unknown unknown: as in the JSON, layer by layer."""
    pytest.importorskip("pandas")
    report = summary_report(zoo.load("vgg16"))
    frame = report.to_pandas()
    assert list(frame["name"]) == [layer["name"] for layer in report.data["layers"]]
    assert int(frame["parameters"].sum()) == 138357544  # Simonyan, Zisserman 2014
    assert str(frame["parameters"].dtype) == "Int64"


def test_arrow_has_the_same() -> None:
    """The same names and the same sum."""
    pytest.importorskip("pyarrow")
    table = summary_report(zoo.load("vgg16")).to_arrow()
    assert sum(table["parameters"].to_pylist()) == 138357544
    assert table.column_names[0] == "name"


def test_cells_that_no_column_holds_are_text() -> None:
    """A number of 20 digits, numbers beside words, and unknowns: nothing is rounded, cut, or made up."""
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    columns = (Column("large", "", "count"), Column("mixed", ""), Column("unknown", "", "count"))
    report = Report("any", {}, (Table(columns, ((10**20, "9x11", None), (1, 7, None))),))
    assert list(report.to_pandas()["large"]) == [str(10**20), "1"]
    assert report.to_arrow()["mixed"].to_pylist() == ["9x11", "7"]
    assert report.to_arrow()["unknown"].to_pylist() == [None, None]
    assert Report("any", {}).to_pandas().empty


@pytest.mark.parametrize("library", ["pandas", "pyarrow"])
def test_a_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setitem(sys.modules, library, None)
    report = Report("any", {}, (Table((Column("name", ""),), (("conv",),)),))
    with pytest.raises(MissingExtraError, match=f"^this needs {library}: pip install {library}$"):
        report.to_pandas() if library == "pandas" else report.to_arrow()


# ---- a notebook


def test_the_notebook_runs_and_shows_what_it_shows() -> None:
    """Executed in a kernel of its own, docs/notebook.ipynb gives without an error the text that is committed, and pictures
    where there are some; ``python tools/notebook.py`` writes it anew."""
    if not (find_spec("nbclient") and find_spec("ipykernel") and find_spec("pandas")):
        (pytest.fail if os.environ.get("CNNCALC_BROWSER") else pytest.skip)("nbclient, ipykernel or pandas is missing")
    import nbformat
    from nbclient import NotebookClient

    committed = json.loads(NOTEBOOK.read_text("utf-8"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    expected = [cell for cell in committed["cells"] if cell["cell_type"] == "code"]
    assert len(codes) >= 5
    for cell, before in zip(codes, expected, strict=True):
        assert [_told(output) for output in cell.outputs] == [_told(output) for output in before["outputs"]]
    pages = [
        output.data["text/html"] for cell in codes for output in cell.outputs if "text/html" in output.get("data", {})
    ]
    assert sum("<svg" in page for page in pages) >= 3


def _told(output: Any) -> tuple[list[str], str, bool]:
    """The kinds of an output, its text, and whether there is a picture in it."""
    data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
    return sorted(data), data.get("text/plain", ""), "<svg" in data.get("text/html", "")


def test_a_report_at_a_prompt_is_its_text() -> None:
    """In Python's own prompt and in ``print`` as in a notebook: what ``--format plain`` writes."""
    report = compare(Spec(Shape((5, 5), 1), 3, names=("conv", "local")))
    assert repr(report) == str(report) == render(report, "plain", Page(100))
    assert "sharing divides parameters by 9" in repr(report)
