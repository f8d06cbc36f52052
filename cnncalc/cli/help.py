"""The help as Typer lays it out, but measured in columns of a terminal: a Chinese sign takes two."""

from __future__ import annotations

from collections.abc import Sequence

from typer._click.formatting import HelpFormatter

from cnncalc.language import _
from cnncalc.render.cells import columns, wrap

LEAST = 10
"""The room that an explanation is given however narrow the terminal."""


class Formatter(HelpFormatter):
    """Typer's layout of the help; only what measures text is its own."""

    def write_heading(self, heading: str) -> None:
        line = _("{heading}:").format(heading=heading)
        self.write(f"{'':>{self.current_indent}}{line}\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
        self.write("\n\n".join(_indented(wrap(words, self.width - len(indent)), indent) for words in paragraphs) + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        rows = list(rows)
        first = min(max((columns(term) for term, _words in rows), default=0), col_max) + col_spacing
        begin = " " * self.current_indent
        for term, words in rows:
            lines = wrap(words, max(self.width - first - 2, LEAST))
            room = first - columns(term)
            fits = room >= col_spacing
            self.write(f"{begin}{term}{' ' * room}" if fits else f"{begin}{term}\n{begin}{' ' * first}")
            self.write(_indented(lines, begin + " " * first).lstrip() + "\n")


def _indented(lines: Sequence[str], indent: str) -> str:
    return "\n".join(f"{indent}{line}" for line in lines)
