# SPDX-License-Identifier: MIT
"""The command line of the package.

    python -m understudy advise --trace rtt.txt --outage 2s --false-failovers "1 per 10 years"
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from understudy._virtual import BadInput
from understudy.advice_report import as_dict, as_text
from understudy.advise import advise
from understudy.distribution import span_in_seconds
from understudy.networks import NETWORKS
from understudy.wording import rate_from_text

_ADVISE = """\
Says how to ping, so that outages are short and false failovers are rare: the [pair] table to write
into a scenario or into the daemon's file, with what is to be expected of it. The figures come from
simulation, and take some ten seconds of a processor. Exit 0 if the wish can be had, 1 if not.

Record the path between the servers for hours, as often as they may ping:
  ping -D -O -i 0.1 HOST > rtt.txt
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as all programs of the project do."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 if the wish can be had, 1 if it cannot, 2 for bad input."""
    parser = _Parser("python -m understudy", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_advise(commands)
    said = parser.parse_args(arguments)
    try:
        return _advise(said)
    except (BadInput, OSError) as error:
        print(f"python -m understudy advise: {error}", file=sys.stderr)
        return 2


def _add_advise(commands: Any) -> None:
    parser = commands.add_parser(
        "advise",
        help="find the [pair] table for a network and a wish",
        description=_ADVISE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    network = parser.add_mutually_exclusive_group(required=True)
    network.add_argument(
        "--trace", metavar="FILE", help="a recording: what `ping -D` prints, or a CSV"
    )
    network.add_argument(
        "--network", metavar="NAME", help=f"a published one: {', '.join(NETWORKS)}"
    )
    parser.add_argument("--outage", required=True, metavar="SPAN", help='at most, such as "2s"')
    parser.add_argument(
        "--quantile", type=float, default=0.99, metavar="P", help="in this share of crashes"
    )
    parser.add_argument(
        "--false-failovers", required=True, metavar="RATE", help='at most, such as "1 per 10 years"'
    )
    for name, default, meaning in (
        ("boot", '{ normal = ["20s", "2s"] }', "from power-on to a running agent"),
        ("fence", "500ms", "from an order to the power channel until the other is off"),
        ("confirmation", "0s", "from then until it is confirmed"),
    ):
        parser.add_argument(
            f"--{name}", default=default, metavar="SPAN", help=f"{meaning} (%(default)s)"
        )
    parser.add_argument(
        "--takeover", choices=("fence-first", "immediate", "restart-first"), default="fence-first"
    )
    parser.add_argument("--fence-mode", choices=("off-on", "reboot"), default="off-on")
    parser.add_argument("--copy", metavar="SPAN", help="between two copies of the memory")
    parser.add_argument(
        "--trace-interval", metavar="SPAN", help="between two pings, if the recording has no times"
    )
    parser.add_argument("--runs", type=int, help="crashes of each candidate")
    parser.add_argument("--seed", type=int, default=1, help="of all draws (%(default)s)")
    parser.add_argument("--jobs", type=int, help="processors to use (all)")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--plot", metavar="FILE.png", type=Path, help="draw the trade-off, too")


def _advise(said: argparse.Namespace) -> int:
    if said.network is not None and said.network not in NETWORKS:
        raise BadInput(f'--network: there is no "{said.network}"; there are {", ".join(NETWORKS)}')
    if said.plot and not said.plot.resolve().parent.is_dir():
        raise BadInput(f"--plot: {said.plot}: there is no folder {said.plot.parent}")
    trade_off = _trade_off() if said.plot else None
    advice = advise(
        said.network or Path(said.trace),
        outage=_option(said, "outage", span_in_seconds),
        false_failovers_per_s=_option(said, "false_failovers", rate_from_text),
        quantile=said.quantile,
        boot_time=said.boot,
        fence_latency=said.fence,
        confirmation=said.confirmation,
        takeover=said.takeover,
        fence_mode=said.fence_mode,
        copy_interval=_option(said, "copy", span_in_seconds),
        trace_interval=_option(said, "trace_interval", span_in_seconds),
        runs=said.runs,
        seed=said.seed,
        jobs=said.jobs,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
    )
    answer = as_dict(advice)
    if trade_off:
        trade_off.draw(answer, said.plot)
    print(json.dumps(answer, indent=2) if said.json else as_text(advice).rstrip())
    return 0 if advice.feasible else 1


def _option(said: argparse.Namespace, name: str, read: Any) -> Any:
    text = getattr(said, name)
    if text is None:
        return None
    try:
        return read(text)
    except BadInput as error:
        raise BadInput(f"--{name.replace('_', '-')}: {error}") from None


def _trade_off() -> ModuleType:
    """The script that draws it: of the source tree, whose figures are a family."""
    script = Path(__file__).resolve().parents[2] / "analysis" / "trade_off.py"
    if not script.is_file():
        raise BadInput(f"--plot: {script} is not there; keep --json and draw it in a source tree")
    sys.path.insert(0, str(script.parent))
    return importlib.import_module(script.stem)


if __name__ == "__main__":
    sys.exit(main())
