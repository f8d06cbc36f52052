"""``python -m cnncalc`` and the console script ``cnncalc``."""

import sys

from cnncalc.cli.program import run


def main() -> None:
    """Answer the command line and exit with its code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
