"""The pictures of ``tools/gallery.py``, for the tests that look at all of them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

TOOL = Path(__file__).resolve().parent.parent / "tools" / "gallery.py"


def load() -> Any:
    """The tool as a module."""
    spec = importlib.util.spec_from_file_location("gallery", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FIGURES: dict[str, str] = load().FIGURES


def needs_chinese_face() -> None:
    """Skip where letters would look different, or be boxes; fail where pictures have to be looked at."""
    program = shutil.which("fc-list")
    if not program or not subprocess.run([program, ":lang=zh"], capture_output=True, check=True).stdout:
        (pytest.fail if os.environ.get("CNNCALC_BROWSER") else pytest.skip)("no face with Chinese is installed")
