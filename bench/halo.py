"""How long ``cnncalc halo`` takes, as a ratio to ``cnncalc rf`` on the same network.

Run ``python bench/halo.py [repetitions]`` with the Python that has cnncalc. CPU time (user + system) of child processes,
the two taking turns so that a busy machine slows both; the median of each.
"""

from __future__ import annotations

import statistics
import sys

from startup import cpu

MOST = 1.5
"""The ratio aimed at."""

NETWORKS = (["unet"], ["resnet50", "--at", "layer4"], ["densenet201"], ["dncnn"], ["tcn"], ["inception-v3"])


def seconds(command: str, network: list[str]) -> float:
    """CPU seconds of one answer; both also answer no, which is an exit code of 1."""
    program = (
        "import sys; from cnncalc.cli.program import run; "
        f"code = run({[command, *network, '--json']!r}); sys.exit(0 if code in (0, 1) else code)"
    )
    return cpu([sys.executable, "-c", program], terminal=False)


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    for network in NETWORKS:
        turns = [(seconds("rf", network), seconds("halo", network)) for _turn in range(repetitions)]
        rf, halo = (statistics.median(times) for times in zip(*turns, strict=True))
        verdict = "" if halo <= MOST * rf else f"  more than {MOST}"
        print(f"{' '.join(network):24} rf {rf:.3f} s  halo {halo:.3f} s  ratio {halo / rf:.2f}{verdict}")


if __name__ == "__main__":
    main()
