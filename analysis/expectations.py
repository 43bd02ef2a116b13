# SPDX-License-Identifier: MIT
"""What to expect of a scenario: prints such tables, and keeps those in the files true.

    ./dev python analysis/expectations.py NAME [--runs N] [--set TABLE.KEY=VALUE]...
    ./dev python analysis/expectations.py --rewrite [NAME]...

The first prints a table of a scenario, changed by `--set`, to be put into its heading and trimmed.
The second makes the runs of every table in scenarios/*.toml, or in those named, and writes the
figures that differ. tests/scenarios/test_expectations.py holds all files to it.

The tables stand in the comment that a file opens with. One looks like this:

    # What to expect (build/scenarios/crash --runs 5000 --set pair.misses=2, seed 1, virtual):
    #
    #                      median    5 % .. 95 %
    #   detection_s         0.201   0.155 .. 0.245   a ping interval less
    #   takeover_s          0.500   always           the power channel's latency
    #   lost_writes           100   mean             what the primary wrote since the last copy
    #   boots > 1             0.0   % of runs        words may go on in the next lines, as far in
    #                                                as they began

The paragraph above it ends with the command that makes its runs, which prints them as it stands,
and with where it made them. The line of titles stands where a row has a median. Then a row a line:
what is measured, a figure, what the figure is, and words, which no test checks. A figure has as
many digits after the point as its author gives it, and is rounded to them.

    COLUMN             MEDIAN  LOW .. HIGH   of the runs where it is not null; 5 % of them are
                                             below LOW, 5 % above HIGH (Hyndman and Fan's
                                             definition 7, as the programs' own summary has it)
    COLUMN             VALUE   always        the same in all runs, to the digits shown
    COLUMN             MEAN    mean          of the runs where it is not null
    COLUMN = VALUE     SHARE   % of runs     in which this is so; also > and <, and `= null`

COLUMN is one of `--format json`; `final_roles.first` is a part of one. What `--rare` prints is no
such table: theory holds it to its figures (tests/scenarios/test_scenario_files.py).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = ROOT / "scenarios"
BUILD = Path(os.environ.get("UNDERSTUDY_BUILD", ROOT / "build")).resolve()

WIDTH = 100  # of a line
INDENT = "#   "
TITLES = ("median", "5 %", "95 %")

Runs = Sequence[dict[str, Any]]


class Mistake(ValueError):
    """A table that cannot be read, or a command that fails."""


# ---- what is measured ----------------------------------------------------------------------------


def value_of(run: dict[str, Any], column: str) -> Any:
    """The value of a column, or of a part of it, in one run."""
    value: Any = run
    for part in column.split("."):
        if not isinstance(value, dict) or part not in value:
            raise Mistake(f"{column}: the programs print no such column")
        value = value[part]
    return value


def numbers_of(runs: Runs, column: str) -> list[float]:
    """The values of a column that are not null, in order."""
    values = [value_of(run, column) for run in runs]
    if any(isinstance(value, (str, list, dict)) for value in values):
        raise Mistake(f"{column}: has no numbers; say {column} = VALUE")
    numbers = sorted(float(value) for value in values if value is not None)
    if not numbers:
        raise Mistake(f"{column}: is null in all runs; say {column} = null")
    return numbers


def quantile(ordered: Sequence[float], p: float) -> float:
    """Between two values, the line that connects them."""
    place = p * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def holds(run: dict[str, Any], condition: str) -> bool:
    """Whether `COLUMN = VALUE`, or with > or <, is so in a run."""
    column, operator, wanted = condition.split(" ")
    value = value_of(run, column)
    if operator == "=":
        return bool(json.dumps(value).strip('"') == wanted)
    if value is None:
        return False
    return bool(value > float(wanted) if operator == ">" else value < float(wanted))


# ---- rows ----------------------------------------------------------------------------------------

_FIGURE = r"-?\d+(?:\.\d+)?"
_ROW = re.compile(
    rf"(?P<name>\S+(?: [=<>] \S+)?) {{2,}}(?P<figure>{_FIGURE}) {{2,}}"
    rf"(?P<kind>(?P<low>{_FIGURE}) \.\. (?P<high>{_FIGURE})|always|mean|% of runs)"
    r"(?: {2,}(?P<words>\S.*))?"
)


def digits(figure: str) -> int:
    """After the point."""
    return len(figure.partition(".")[2])


@dataclass(frozen=True)
class Row:
    """One line of a table, as text."""

    name: str
    figure: str
    kind: str  # "", always, mean, % of runs
    low: str = ""
    high: str = ""
    words: tuple[str, ...] = ()

    def measured(self, runs: Runs) -> Row:
        """The same row with the figures of these runs."""
        if self.kind == "% of runs":
            share = 100.0 * sum(holds(run, self.name) for run in runs) / len(runs)
            return replace(self, figure=f"{share:.{digits(self.figure)}f}")
        numbers = numbers_of(runs, self.name)
        shown = partial("{:.{}f}".format)
        after = digits(self.figure)
        if self.kind == "mean":
            return replace(self, figure=shown(math.fsum(numbers) / len(numbers), after))
        median = shown(quantile(numbers, 0.5), after)
        if self.kind == "always":
            if {shown(number, after) for number in numbers} == {median}:
                return replace(self, figure=median)
            return replace(self, kind="", low=median, high=median).measured(runs)
        return replace(
            self,
            figure=median,
            low=shown(quantile(numbers, 0.05), digits(self.low)),
            high=shown(quantile(numbers, 0.95), digits(self.high)),
        )


def rows_of(lines: Sequence[str]) -> Iterator[Row]:
    """The rows of a table, without its line of titles."""
    row: Row | None = None
    for line in lines:
        inner = line.removeprefix("#")
        if row is not None and re.match(r" {8}", inner):
            row = replace(row, words=(*row.words, inner.strip()))
            continue
        if row is not None:
            yield row
        found = _ROW.fullmatch(inner[3:].rstrip()) if inner.startswith("   ") else None
        if found is None:
            raise Mistake(f"{line!r}: a row is COLUMN  FIGURE  LOW .. HIGH|always|mean|% of runs")
        row = Row(
            found["name"],
            found["figure"],
            "" if found["low"] else found["kind"],
            found["low"] or "",
            found["high"] or "",
            (found["words"],) if found["words"] else (),
        )
    if row is not None:
        yield row


def layout(rows: Sequence[Row]) -> list[str]:
    """The lines of a table, titles included."""
    spread = any(not row.kind for row in rows)
    titles = TITLES if spread else ("", "", "")
    names = max(len(row.name) for row in rows)
    figures = max(len(cell) for cell in (titles[0], *(row.figure for row in rows)))
    lows = max(len(cell) for cell in (titles[1], *(row.low for row in rows)))

    def cells(name: str, figure: str, kind: str, low: str, high: str) -> str:
        last = kind or f"{low:>{lows}} .. {high}"
        return f"{INDENT}{name:<{names}}   {figure:>{figures}}   {last}".rstrip()

    lines = [cells(row.name, row.figure, row.kind, row.low, row.high) for row in rows]
    heading = [cells("", titles[0], "", *titles[1:])] if spread else []
    place = max(len(line) for line in lines + heading) + 3
    result = heading
    for row, line in zip(rows, lines):
        words = row.words or ("",)
        result.append(f"{line:<{place}}{words[0]}".rstrip())
        result += [f"#{'':{place - 1}}{more}" for more in words[1:]]
    return result


# ---- tables --------------------------------------------------------------------------------------

_COMMAND = re.compile(r"\((build/scenarios/[^()]+), seed 1, virtual\):$")


@dataclass(frozen=True)
class Table:
    """A table of a file, and where it stands there."""

    command: str
    first: int  # line, from 0: that of the titles or of the first row
    rows: tuple[Row, ...]
    length: int  # in lines


def heading_of(text: str) -> list[str]:
    """The lines of the comment that a file opens with."""
    lines = text.splitlines()
    end = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return lines[:end]


def tables_of(text: str) -> list[Table]:
    """All tables of a file's heading."""
    lines = heading_of(text)
    blocks = []  # of lines between empty ones: where they begin, and what they are
    for i, line in enumerate(lines):
        if line == "#":
            continue
        if i == 0 or lines[i - 1] == "#":
            blocks.append((i, [line]))
        else:
            blocks[-1][1].append(line)
    tables = []
    for (_, paragraph), (first, body) in zip(blocks, blocks[1:]):
        said = " ".join(line.removeprefix("#").strip() for line in paragraph)
        found = _COMMAND.search(said)
        if found is None:
            continue
        has_titles = body[0].removeprefix("#").split() == ["median", "5", "%", "..", "95", "%"]
        rows = tuple(rows_of(body[1:] if has_titles else body))
        if not rows:
            raise Mistake(f"{found[1]}: its table has no rows")
        tables.append(Table(found[1], first, rows, len(body)))
    return tables


def runs_of(command: str) -> Runs:
    """What a command as in a heading prints, as records."""
    program, *arguments = shlex.split(command)
    path = BUILD / Path(program).relative_to("build")
    if not path.is_file():
        raise Mistake(f"{path}: no such program; ./dev build programs makes it")
    done = subprocess.run(
        [path, *arguments, "--format", "json"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:  # a warning is none of our business
        raise Mistake(f"{command}: {done.stderr.strip() or f'exit status {done.returncode}'}")
    runs: Runs = json.loads(done.stdout)["runs"]
    return runs


def refreshed(text: str) -> str:
    """The text of a file with the figures that its commands give now."""
    lines = text.splitlines()
    for table in reversed(tables_of(text)):
        runs = runs_of(table.command)
        rows = [row.measured(runs) for row in table.rows]
        lines[table.first : table.first + table.length] = layout(rows)
    return "\n".join(lines) + "\n"


# ---- a table to begin with -----------------------------------------------------------------------

SECONDS = ("detection_s", "takeover_s", "outage_s", "redundancy_s", "dual_primary_s",
           "no_primary_s")  # fmt: skip
COUNTS = ("false_failovers", "boots", "lost_requests", "lost_writes")


def first_rows(runs: Runs) -> Iterator[Row]:
    """A row for every column that has numbers."""
    for column in SECONDS + COUNTS:
        if all(run[column] is None for run in runs):
            continue
        figure = "0.000" if column in SECONDS else "0"
        row = Row(column, figure, "always").measured(runs)
        yield row
        if any(run[column] is None for run in runs):
            yield Row(f"{column} = null", "0.0", "% of runs").measured(runs)
        if not row.kind and column in ("dual_primary_s", "false_failovers", "boots"):
            yield Row(column, "0.000", "mean").measured(runs)
            yield Row(f"{column} > 0", "0.0", "% of runs").measured(runs)


def proposal(name: str, runs: int, settings: Sequence[str]) -> str:
    """A table of a scenario, changed so, with the paragraph above it."""
    sets = "".join(f" --set {shlex.quote(setting)}" for setting in settings)
    command = f"build/scenarios/{name} --runs {runs}{sets}"
    rows = list(first_rows(runs_of(command)))
    return "\n".join([f"# What to expect ({command}, seed 1, virtual):", "#", *layout(rows)])


# ---- as a command --------------------------------------------------------------------------------


def file_of(name: str) -> Path:
    path = SCENARIOS / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in SCENARIOS.glob("*.toml")))
        raise Mistake(f'"{name}": no such scenario; there are {known}')
    return path


def rewrite(names: Sequence[str]) -> None:
    """Write the files whose figures have changed, and say which."""
    paths = [file_of(name) for name in names] or sorted(SCENARIOS.glob("*.toml"))
    for path in paths:
        text = path.read_text()
        try:
            now = refreshed(text)
        except Mistake as mistake:
            raise Mistake(f"{path.relative_to(ROOT)}: {mistake}") from mistake
        if now != text:
            path.write_text(now)
        print(f"{path.relative_to(ROOT)}: {'as it was' if now == text else 'rewritten'}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of scenarios/NAME.toml")
    parser.add_argument("--rewrite", action="store_true", help="the tables in the files")
    parser.add_argument("--runs", type=int, default=2000, help="of the table (default: 2000)")
    parser.add_argument("--set", action="append", default=[], metavar="TABLE.KEY=VALUE")
    options = parser.parse_args(arguments)
    if not options.rewrite and len(options.names) != 1:
        parser.error("name one scenario, or say --rewrite")
    try:
        if options.rewrite:
            rewrite(options.names)
        else:
            print(proposal(file_of(options.names[0]).stem, options.runs, options.set))
    except Mistake as mistake:
        print(f"expectations.py: {mistake}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
