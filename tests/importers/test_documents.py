"""docs/models.md says what the importers do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tables_of_operators_are_those_of_the_importers() -> None:
    """Every operator that is read is listed, and no other."""
    done = subprocess.run(
        [sys.executable, "tools/models.py", "--check"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_check_of_the_tables_can_fail(tmp_path: Path) -> None:
    """A page with one operator less is noticed."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "tools" / "models.py").write_text((ROOT / "tools" / "models.py").read_text())
    (tmp_path / "docs" / "models.md").write_text((ROOT / "docs" / "models.md").read_text().replace("`Conv`, ", ""))
    (tmp_path / "cnncalc").symlink_to(ROOT / "cnncalc")
    done = subprocess.run(
        [sys.executable, "tools/models.py", "--check"], capture_output=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 1
