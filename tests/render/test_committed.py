"""The figures that the README shows are those that the program draws."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Called

ROOT = Path(__file__).resolve().parents[2]
SHOWN = {
    "waterfall": ("params", "--input", "224x224x3", "--kernel", "3", "--filters", "64"),
    "growth": ("rf", "conv3,p2,d2", "x3"),
    "blocks": ("summary", "vgg16"),
    "front": (
        *("sweep", "K=1..9", "C=4..128:4", "D=1..32", "N=1..6", "S=1,2", "convK-C/S,dD,same", "xN", "conv3-C"),
        *("--input", "256x256x3"),
    ),
}
"""Each file of docs/pictures with the command that draws it: add ``-o docs/pictures/NAME.svg`` to draw it again."""


@pytest.mark.parametrize("name", SHOWN)
def test_committed_figures_are_redrawn_byte_for_byte(name: str, cnncalc: Called, tmp_path: Path) -> None:
    """What is committed is what the command writes now."""
    path = tmp_path / f"{name}.svg"
    assert cnncalc(*SHOWN[name], "-o", str(path)) == (0, "", "")
    assert path.read_bytes() == (ROOT / "docs" / "pictures" / path.name).read_bytes()


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_shows_all_of_them(readme: str) -> None:
    """Each with words for those who don't see it, and no other file."""
    images = re.findall(r"!\[([^]]+)\]\(docs/pictures/(\w+)\.svg\)", (ROOT / readme).read_text("utf-8"))
    assert {name for _words, name in images} == set(SHOWN)
    assert all(len(words) > 8 for words, _name in images)
