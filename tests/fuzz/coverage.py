"""Let Atheris drive one target: it looks for inputs that reach new branches, and stops at the first that breaks.

``python -m tests.fuzz.coverage notation --seconds 600``; Atheris goes where it installs: ``pip install atheris``.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial

import atheris

with atheris.instrument_imports(include=["cnncalc"]):
    from cnncalc.layers import KINDS, kind
    from tests.fuzz.targets import TARGETS

    for name in KINDS:
        kind(name)

from tests.fuzz.__main__ import broken, driven


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.coverage", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    seen = [b""]
    drive = driven(TARGETS[asked.target], seen)

    def test(buffer: bytes) -> None:
        if broken(asked.target, seen, partial(drive, buffer), set()):
            raise SystemExit(1)

    options = [f"-max_total_time={asked.seconds}", f"-seed={asked.seed}", "-rss_limit_mb=1024"]
    atheris.Setup([sys.argv[0], *options], test)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
