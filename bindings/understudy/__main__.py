# SPDX-License-Identifier: MIT
"""The command line of the package.

    python -m understudy report sweep.sqlite --output sweep.html
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from understudy.report import add_to as add_report
from understudy._virtual import BadInput


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as all programs of the project do."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns what the command does, and 2 for bad input."""
    parser = _Parser("python -m understudy", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_report(commands)
    said = parser.parse_args(arguments)
    try:
        return int(said.act(said))
    except (BadInput, OSError) as error:
        print(f"python -m understudy {said.command}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
