"""``python -m cnncalc`` and the console script ``cnncalc``."""

import sys


def main() -> None:
    """Answer the command line and exit with its code."""
    try:
        from cnncalc.cli.program import run  # here, so that Ctrl-C is also clean while modules are imported

        sys.exit(run())
    except KeyboardInterrupt:
        print("cnncalc: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
