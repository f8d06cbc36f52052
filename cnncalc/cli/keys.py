"""Stepping through frames on a terminal with the arrow keys."""

import os
import sys
from collections.abc import Callable

from cnncalc.language import _

CLEAR = "\x1b[H\x1b[J"
BACK, ON, FIRST, LAST, LEAVE = -1, 1, -(10**6), 10**6, 0
KEYS = {
    **dict.fromkeys((b"\x1b[C", b"\x1bOC", b"\x1b[B", b"\x1bOB", b" ", b"n"), ON),
    **dict.fromkeys((b"\x1b[D", b"\x1bOD", b"\x1b[A", b"\x1bOA", b"\x7f", b"p"), BACK),
    **dict.fromkeys((b"\x1b[H", b"\x1bOH"), FIRST),
    **dict.fromkeys((b"\x1b[F", b"\x1bOF"), LAST),
    **dict.fromkeys((b"q", b"\r", b"\n", b"\x1b", b"\x04", b""), LEAVE),
}
"""What a key does, as terminals send it; every other one does nothing."""


def can_step() -> bool:
    """Whether somebody sits at a terminal whose keys can be read one by one."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        return False
    try:
        import termios  # noqa: F401 - not there on Windows
    except ImportError:
        return False
    return True


def step_through(count: int, draw: Callable[[int], str]) -> int:
    """Show frame after frame as keys say, from 1 to ``count``; the one that was left at."""
    import termios
    import tty

    terminal, step = sys.stdin.fileno(), 1
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        while True:
            print(CLEAR, draw(step), _("arrow keys: step, q: leave"), sep="", end="", flush=True)
            move = KEYS.get(os.read(terminal, 8))
            if move == LEAVE:
                return step
            step = min(max(step + (move or 0), 1), count)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        print(CLEAR, end="", flush=True)
