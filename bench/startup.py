"""How long the command line takes to answer, as a ratio to the smallest Typer program there is.

Run ``python bench/startup.py [repetitions]`` with the Python that has cnncalc. CPU time (user + system) of child
processes, the programs taking turns so that a busy machine slows all of them; the median of each.
"""

from __future__ import annotations

import os
import pty
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SMALLEST = """
import typer

app = typer.Typer()

@app.command()
def main(number: int = 1) -> None:
    print(number)

app()
"""

QUESTION = ["params", "--input", "224x224x3", "--kernel", "3", "--filters", "64"]
PROGRAMS: dict[str, tuple[list[str], bool, float | None]] = {
    "params --json": ([*QUESTION, "--json"], False, 1.25),
    "params (TSV)": (QUESTION, False, 1.25),
    "params --get": ([*QUESTION, "--get", "conv.parameters"], False, 1.25),
    "params (table on a terminal)": (QUESTION, True, 1.8),
    "rf resnet152 --json": (["rf", "resnet152", "--json"], False, 1.25),
    "params --help": (["params", "--help"], False, None),
    "--help": (["--help"], False, None),
}
"""What is measured: the arguments, whether standard output is a terminal, and the ratio aimed at."""


SURROUNDINGS = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As installed: where byte code may not be written, every run would compile all that it imports."""


def cpu(command: list[str], terminal: bool) -> float:
    """CPU seconds that one run of ``command`` takes; `CalledProcessError` if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if terminal:
        leader, follower = pty.openpty()
        subprocess.run(command, stdout=follower, check=True, env={**SURROUNDINGS, "TERM": "xterm-256color"})
        os.close(leader)
        os.close(follower)
    else:
        subprocess.run(command, stdout=subprocess.PIPE, check=True, env=SURROUNDINGS)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def measure(repetitions: int) -> dict[str, float]:
    """The median CPU seconds of the smallest program and of each of `PROGRAMS`."""
    with tempfile.TemporaryDirectory() as folder:
        smallest = Path(folder, "smallest.py")
        smallest.write_text(SMALLEST)
        commands = {"smallest Typer program": ([sys.executable, str(smallest)], False)}
        for name, (arguments, terminal, _aim) in PROGRAMS.items():
            commands[name] = ([sys.executable, "-m", "cnncalc", *arguments], terminal)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(repetitions + 1):
            for name, command in commands.items():
                seconds = cpu(*command)
                if turn:  # the first turn writes byte code and warms the disk's cache
                    times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Print the table of ratios."""
    medians = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
    smallest = medians["smallest Typer program"]
    print(f"{'program':<30} {'CPU':>8} {'ratio':>6}  aim")
    for name, seconds in medians.items():
        aim = PROGRAMS[name][2] if name in PROGRAMS else None
        print(f"{name:<30} {seconds * 1000:>5.0f} ms {seconds / smallest:>6.2f}  {f'≤ {aim}' if aim else ''}")


if __name__ == "__main__":
    main()
