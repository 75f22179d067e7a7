"""The program `morsel`: `python -m bot` is the same. Only the command line knows every part."""

import sys


def main() -> None:
    """Runs the command line, and ends the process with its exit code."""
    from bot.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
