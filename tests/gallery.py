"""The pictures of ``tools/gallery.py``, for the tests that look at all of them."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.programs import load_program

FIGURES: dict[str, str] = load_program("tools/gallery.py").FIGURES


def needs_chinese_face() -> None:
    """Skip where letters would look different, or be boxes; fail where pictures have to be looked at."""
    program = shutil.which("fc-list")
    if not program or not subprocess.run([program, ":lang=zh"], capture_output=True, check=True).stdout:
        (pytest.fail if os.environ.get("CNNCALC_BROWSER") else pytest.skip)("no face with Chinese is installed")
