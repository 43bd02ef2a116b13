#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the sources of the mutants: `mutate.py list`, `mutate.py write NAME FROM_DIR FILE`."""

import argparse
import sys
import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("mutants.toml")


def mutants() -> list[dict[str, str]]:
    """The mutants, in the order of the list."""
    return tomllib.loads(LIST.read_text())["mutant"]


def mutated(mutant: dict[str, str], source: str) -> str:
    """The source with the mistake in it, which must have a place there, and only one."""
    places = source.count(mutant["text"])
    if places != 1:
        sys.exit(
            f"{LIST}: {mutant['name']}: {mutant['file']} has its text {places} times; "
            "it must be there once: has the agent changed?"
        )
    return source.replace(mutant["text"], mutant["mutated"])


def main() -> None:
    """Does what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print the name and file of each, a line each")
    write = commands.add_parser("write", help="write the source of one")
    write.add_argument("name")
    write.add_argument("folder", type=Path, help="where the agent's sources are")
    write.add_argument("output", type=Path)
    arguments = parser.parse_args()

    if arguments.command == "list":
        for mutant in mutants():
            print(mutant["name"], mutant["file"])
        return
    mutant = next(m for m in mutants() if m["name"] == arguments.name)
    source = (arguments.folder / mutant["file"]).read_text()
    arguments.output.write_text(mutated(mutant, source))


if __name__ == "__main__":
    main()
