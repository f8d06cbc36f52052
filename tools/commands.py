"""Write ``docs/commands.md``, the help of every command, or check that it is up to date (``--check``)."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
INTRODUCTION = """\
# The commands

What `cnncalc --help` and the help of every command say. Made by `python tools/commands.py`; a test compares.
"""


def help_of(*words: str) -> str:
    """What ``cnncalc … --help`` prints, in English and 100 columns wide."""
    os.environ.update(COLUMNS="100", LC_ALL="C.UTF-8", CNNCALC_LANG="en")
    from cnncalc.cli.program import run

    with redirect_stdout(io.StringIO()) as printed:
        run([*words, "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().splitlines())


def reference() -> str:
    """The whole page."""
    from cnncalc.cli import COMMANDS

    pages = [("cnncalc", help_of()), *((f"cnncalc {name}", help_of(name)) for name in COMMANDS)]
    return INTRODUCTION + "".join(f"\n## {title}\n\n```text\n{text}\n```\n" for title, text in pages)


def main() -> int:
    """Write the page, or compare it; 1 if it is out of date."""
    if "--check" not in sys.argv:
        REFERENCE.write_text(reference(), encoding="utf-8")
        return 0
    if REFERENCE.exists() and REFERENCE.read_text(encoding="utf-8") == reference():
        return 0
    print("docs/commands.md is out of date: run python tools/commands.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
