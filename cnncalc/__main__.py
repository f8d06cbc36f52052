"""``python -m cnncalc`` and the console script ``cnncalc``."""

import gc
import sys


def main() -> None:
    """Answer the command line and exit with its code."""
    gc.set_threshold(100_000)  # what an answer is made of lives to the end; looking through it again and again is vain
    try:
        from cnncalc.cli.program import run  # here, so that Ctrl-C is also clean while modules are imported

        code = run()
    except KeyboardInterrupt:
        print("cnncalc: interrupted", file=sys.stderr)
        code = 130
    # The process ends: without this Python would first look for cycles in everything that is still there, which takes
    # a fifth of the time of a short answer.
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
