"""``docs/diff.md`` is true: every command in a console block prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents import DOCS
from tests.test_readme import agree, printed, sessions

STEPS = sessions((DOCS / "diff.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("command", "said"), STEPS, ids=[command for command, _said in STEPS])
def test_the_page_is_true(tmp_path: Path, command: str, said: str) -> None:
    """What a terminal shows, as people see it."""
    assert agree(said, printed(command, tmp_path))
