"""Write ``docs/commands.md`` and the manual page, the help of every command, or check both (``--check``)."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
INTRODUCTION = {
    "en": """\
# The commands

What `cnncalc --help` and the help of every command say. Made by `python tools/commands.py`; a test compares.
""",
    "zh": """\
# 命令一览

`cnncalc --help` 与每条命令的帮助，由程序自己写出。
""",
}


def help_of(*words: str, language: str = "en") -> str:
    """What ``cnncalc … --help`` prints in a language, 100 columns wide."""
    os.environ.update(COLUMNS="100", LC_ALL="C.UTF-8", CNNCALC_LANG=language)
    from cnncalc.cli.program import run

    with redirect_stdout(io.StringIO()) as printed:
        run([*words, "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().splitlines())


def reference(language: str = "en") -> str:
    """The whole page."""
    from cnncalc.cli import COMMANDS

    commands = [(f"cnncalc {name}", help_of(name, language=language)) for name in COMMANDS]
    pages = [("cnncalc", help_of(language=language)), *commands]
    return INTRODUCTION[language] + "".join(f"\n## {title}\n\n```text\n{text}\n```\n" for title, text in pages)


def main() -> int:
    """Write both, or compare them; 1 if one is out of date."""
    from manpage import MANUAL, page

    stale = 0
    for path, text in ((REFERENCE, reference()), (MANUAL, page())):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
            continue
        print(f"docs/{path.name} is out of date: run python tools/commands.py")
        stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
