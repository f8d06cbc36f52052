"""A dozen pictures look as they did when somebody looked at them: small, and with a tolerance for letters."""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnncalc.render.raster import pixels
from tests.conftest import Called
from tests.gallery import needs_chinese_face
from tests.programs import load_program

TOOL = load_program("tools/gallery.py")
BLOCK = 3
"""Pixels are compared by blocks of so many, as no two machines smooth letters alike."""


def blocks(content: bytes) -> Any:
    image = Image.open(io.BytesIO(content)).convert("RGB")
    size = (image.width // BLOCK, image.height // BLOCK)
    return np.asarray(image.resize(size, Image.Resampling.BOX), dtype=np.int16)


def different(one: bytes, other: bytes) -> float:
    """The share of blocks that look different; all of them where sizes differ."""
    shown, kept = blocks(one), blocks(other)
    return float((np.abs(shown - kept).max(axis=2) > 48).mean()) if shown.shape == kept.shape else 1.0


def drawn(cnncalc: Called, folder: Path, name: str, *more: str) -> bytes:
    path = folder / "figure.svg"
    words = [*shlex.split(TOOL.FIGURES[name]), "--theme", "light", "-o", str(path), *more]
    assert cnncalc(*words) == (0, "", "")
    return pixels(path.read_text("utf-8"), TOOL.SMALL)


@pytest.mark.parametrize("name", TOOL.GOLDEN)
def test_a_picture_looks_as_it_did(name: str, cnncalc: Called, tmp_path: Path) -> None:
    """Less than 1 % of it differs; after a change that is meant, ``python tools/gallery.py --golden`` draws it anew."""
    needs_chinese_face()
    assert different(drawn(cnncalc, tmp_path, name), (TOOL.KEPT / f"{name}.png").read_bytes()) < 0.01


def test_another_picture_would_be_noticed(cnncalc: Called, tmp_path: Path) -> None:
    """The waterfall in Chinese, and of another kernel, differs by more."""
    needs_chinese_face()
    kept = (TOOL.KEPT / "waterfall.png").read_bytes()
    assert different(drawn(cnncalc, tmp_path, "waterfall", "--lang", "zh"), kept) > 0.02
    assert different(drawn(cnncalc, tmp_path, "waterfall", "--kernel", "7"), kept) > 0.01
