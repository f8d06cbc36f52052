"""The page on pictures does what it says: its commands write their files, and its Python runs."""

from __future__ import annotations

import base64
import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import Called
from tests.documents import DOCS

PAGE = (DOCS / "pictures.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line.partition(" #")[0] for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
COMMANDS = [command for command in COMMANDS if not command.startswith("pip ")]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

BEGINNINGS = {".html": b"<!doctype html>", ".svg": b"<svg ", ".png": b"\x89PNG", ".pdf": b"%PDF", ".gif": b"GIF89a"}
"""What files of each suffix begin with."""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_writes_its_picture(
    command: str, cnncalc: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run as written, in a folder with the files that a reader has, each gives one picture and says nothing."""
    monkeypatch.chdir(tmp_path)
    Path("digit.png").write_bytes(base64.b64decode(PIXEL))
    program, *words = shlex.split(command)
    words = ["conv3-8" if word == "model.onnx" else word for word in words]  # a reader's own network
    assert program == "cnncalc"
    assert cnncalc(*words) == (0, "", "")
    picture = words[-1]
    assert Path(picture).read_bytes().startswith(BEGINNINGS[Path(picture).suffix])


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block of Python writes the page that the command does."""
    monkeypatch.chdir(tmp_path)
    [block] = [block for kind, block in BLOCKS if kind == "python"]
    exec(block, {})
    assert "<title>resnet18</title>" in Path("resnet18.html").read_text()
