"""Programs run for the tests: in a pipe, or on a pseudo-terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import cnncalc

DEMO = [sys.executable, str(Path(__file__).with_name("demo.py"))]
PROGRAM = [sys.executable, "-m", "cnncalc"]


def environment(**changes: str | None) -> dict[str, str]:
    """An environment in which the cnncalc under test is found, in English and without colour wishes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "CNNCALC"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONIOENCODING", "PYTHONUTF8"):
        kept.pop(name, None)
    wanted = {"PYTHONPATH": str(Path(cnncalc.__file__).parent.parent), "TERM": "xterm", "LC_ALL": "C.UTF-8", **changes}
    return kept | {name: value for name, value in wanted.items() if value is not None}


def piped(command: Sequence[str], *, cwd: Path | None = None, **env: str | None) -> tuple[int, bytes, bytes]:
    """Exit code, standard output and standard error of a program whose output goes into a pipe."""
    done = subprocess.run(command, capture_output=True, env=environment(**env), cwd=cwd, check=False)
    return done.returncode, done.stdout, done.stderr


def on_terminal(command: Sequence[str], *, cwd: Path | None = None, **env: str | None) -> tuple[int, str]:
    """Exit code and everything a program writes to a terminal."""
    leader, follower = pty.openpty()
    program = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower, env=environment(**env), cwd=cwd
    )
    os.close(follower)
    written = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # what Linux says when the other side is closed
            break
        if not part:
            break
        written += part
    os.close(leader)
    return program.wait(), written.decode().replace("\r\n", "\n")


def typed_at(command: Sequence[str], prompt: str, *keys: str, **env: str | None) -> tuple[int, str]:
    """The same of a program that waits for keys: one is pressed each time that it says ``prompt``."""
    leader, follower = pty.openpty()
    program = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment(**env))
    os.close(follower)
    written, pressed = b"", 0
    while True:
        if pressed < min(len(keys), written.count(prompt.encode())):
            os.write(leader, keys[pressed].encode())
            pressed += 1
            continue
        try:
            written += os.read(leader, 65536)
        except OSError:  # what Linux says when the other side is closed
            break
    os.close(leader)
    return program.wait(timeout=60), written.decode().replace("\r\n", "\n")
