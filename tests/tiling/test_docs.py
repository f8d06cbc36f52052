"""The page on tiles is true: its commands print what it says, its code runs in PyTorch and MONAI, its table holds."""

from __future__ import annotations

import doctest
import re
from importlib.util import find_spec

import pytest

from tests.conftest import Called
from tests.documents import DOCS, WIDTH, Example, examples, printed

PAGE = DOCS / "tiling.md"
BLOCKS = re.findall(r"^```pycon\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", examples(PAGE), ids=lambda example: example[0][:60])
def test_every_example_prints_what_the_page_says(
    example: Example, cnncalc: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run as written, every command of the page prints the lines below it; differences of sums may be rounded otherwise."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    command, output = example
    shown = "\n".join(line.rstrip() for line in printed(cnncalc, command).splitlines())
    assert shown == output


def test_the_code_of_the_page_runs() -> None:
    """Tiles of a real U-Net in PyTorch are the whole, and MONAI's windows are with the weights of the page."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    names: dict[str, object] = {}
    monai = find_spec("monai") is not None
    blocks = [block for block in BLOCKS if monai or "monai" not in block]
    assert len(blocks) >= 3
    for number, block in enumerate(blocks):
        test = doctest.DocTestParser().get_doctest(block, names, f"{PAGE.name} {number}", str(PAGE), 0)
        runner = doctest.DocTestRunner()
        runner.run(test, clear_globs=False)
        names.update(test.globs)
        assert runner.summarize(verbose=False).failed == 0
