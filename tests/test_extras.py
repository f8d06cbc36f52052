"""Libraries that are no part of the core: one line where they are missing, and where they are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.errors import MissingExtraError
from cnncalc.extras import extra


@pytest.mark.parametrize(
    "problem", ["ImportError('no .so')", "RuntimeError('two\\nlines')", "AttributeError('x')", "OSError(5)"]
)
def test_a_library_that_does_not_load_is_named(problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built for another Python or another NumPy, libraries fail in every way there is: it is one line all the same."""
    (tmp_path / "broken_library.py").write_text(f"raise {problem}")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtraError, match="PNG needs broken, which is installed and does not load") as caught:
        extra("broken_library", "PNG", "broken")
    assert "\n" not in str(caught.value)


def test_a_library_that_is_not_there_is_named_with_its_package() -> None:
    """The way out is the command that brings it."""
    with pytest.raises(MissingExtraError, match="^PDF needs some-thing: pip install some-thing$"):
        extra("no_such_library", "PDF", "some-thing")
