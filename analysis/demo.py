# SPDX-License-Identifier: MIT
"""A failover, in ns-3, in virtual time and on real sockets: how long it takes, and who agrees.

    ./dev demo [--runs N] [--output DIR]

Sweeps scenarios/crash.toml over a few ping intervals on both substrates, with the same seed, so
that run 17 crashes at the same nanosecond on both. Prints the failover times side by side with how
far they are apart run by run, and draws the figure of failover_time.py. Where the lab can be built
(as root), two daemons fail over some times on real sockets, too.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import tree  # noqa: F401  (puts understudy in reach)

import failover_time
import lab_runs
import live_against_virtual
import pandas as pd

import understudy
from understudy import statistics
from understudy.labels import DETECTION, OUTAGE, TAKEOVER, Group, groups_of

PING_INTERVALS = {"pair.ping_interval": ["50ms", "100ms", "200ms", "500ms"]}
# Four seconds after the last crash all is over but the other server's boot.
LENGTH = {"run.duration": "35s"}

MEASURES = {"detection": DETECTION, "takeover": TAKEOVER, "outage": OUTAGE}
SUBSTRATES = {"virtual": "virtual time", "ns3": "ns-3"}


def sweep(runs: int, store: Path) -> pd.DataFrame:
    """Make all runs on both substrates, saying so."""
    crash = understudy.load(tree.ROOT / "scenarios" / "crash.toml").replace(LENGTH)
    for substrate, name in SUBSTRATES.items():
        begin = time.monotonic()
        total = runs * len(PING_INTERVALS["pair.ping_interval"])
        print(f"{total} failovers in {name}:", flush=True)
        understudy.sweep(crash, PING_INTERVALS, runs=runs, substrate=substrate, store=store)
        print(f"  done in {time.monotonic() - begin:.1f} s", flush=True)
    with understudy.Store(store) as opened:
        return opened.load()


def comparison(frame: pd.DataFrame) -> pd.DataFrame:
    """Failover times on both substrates side by side.

    Parameters
    ----------
    frame : DataFrame
        A loaded store with the same runs on ``"virtual"`` and ``"ns3"``.

    Returns
    -------
    DataFrame
        Indexed by setting and measure, all in seconds: ``(substrate, "median")`` and
        ``(substrate, "p99")`` for each substrate; ``("apart", "median")`` and ``("apart",
        "largest")`` of the absolute difference between the two, run by run; and ``("apart",
        "only one")``, the number of runs in which only one of them measured anything.
    """
    lines: dict[str, dict[str, Group]] = {}
    for line in groups_of(frame):
        lines.setdefault(line.label, {})[line.substrate] = line
    rows: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for label, by_substrate in lines.items():
        for name, measure in MEASURES.items():
            row = rows.setdefault((label, name), {})
            samples = [by_substrate[substrate].sample(measure) for substrate in SUBSTRATES]
            for substrate, sample in zip(SUBSTRATES, samples):
                row[substrate, "median"] = statistics.quantile(sample, 0.5).value
                row[substrate, "p99"] = statistics.quantile(sample, 0.99).value
            difference = statistics.paired_difference(*samples)
            row["apart", "median"] = difference.median
            row["apart", "largest"] = difference.largest
            row["apart", "only one"] = difference.only_one
    return pd.DataFrame.from_dict(rows, orient="index")


def table(numbers: pd.DataFrame) -> str:
    """The comparison as text, in milliseconds."""
    lines = [
        f"{'ping':>8}  {'':10}{'virtual time':>18}{'ns-3':>20}{'apart, run by run':>22}",
        f"{'interval':>8}  {'':10}{'median':>9}{'p99':>9}{'median':>11}{'p99':>9}"
        f"{'median':>13}{'largest':>9}   [ms]",
    ]
    before = None
    for (label, measure), row in numbers.iterrows():
        if label != before:
            lines.append("")
        cells = "".join(
            f"{1e3 * row[column]:{width}.{digits}f}"
            for column, width, digits in (
                (("virtual", "median"), 9, 1),
                (("virtual", "p99"), 9, 1),
                (("ns3", "median"), 11, 1),
                (("ns3", "p99"), 9, 1),
                (("apart", "median"), 13, 3),
                (("apart", "largest"), 9, 3),
            )
        )
        only_one = int(row["apart", "only one"])
        remark = f"   and {only_one} runs with one alone" if only_one else ""
        lines.append(f"{label if label != before else '':>8}  {measure:10}{cells}{remark}")
        before = label
    return "\n".join(lines)


# Some seconds, which pass here as they do on real servers.
SHORT = {
    "fault.0.at": '{ uniform = ["2s", "3s"] }',
    "server.boot_time": "1s",
    "run.duration": "7s",
}
LAB_RUNS = 4


def in_the_lab() -> str:
    """What failovers of two daemons on real sockets take, or why there are none: for people."""
    crash = understudy.load(tree.ROOT / "scenarios" / "crash.toml").replace(SHORT)
    said: list[str] = []
    found = lab_runs.both_ways({"crash": crash}, LAB_RUNS, LAB_RUNS, said.append)
    live = found["crash"].live if found else []
    if not live:
        return f"None on real sockets: {said[0]}"
    row = live_against_virtual.table(found).iloc[0]
    outage = pd.Series([run["outage_s"] for run in live], dtype=float).median()
    return (
        f"{len(live)} failovers of two daemons on real sockets, between namespaces: outage "
        f"{outage:.2f} s,\nrun by run from virtual time: detection "
        f"{row['detection [ms]']:+.1f} ms, outage {row['outage [ms]']:+.1f} ms (medians)"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=50, help="for each interval (default: 50)")
    parser.add_argument(
        "--output", type=Path, default=tree.ROOT / "build" / "demo", metavar="DIR",
        help="where the runs and the figure go (default: build/demo)",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    store = options.output / "crash.sqlite"
    try:
        for substrate in SUBSTRATES:
            understudy.check_substrate(substrate)
        options.output.mkdir(parents=True, exist_ok=True)
        # Made anew, so that it shows what is built now and not what was built last week.
        for path in options.output.glob("crash.sqlite*"):
            path.unlink()
        frame = sweep(options.runs, store)
        print(f"\n{table(comparison(frame))}\n")
        print(f"{in_the_lab()}\n", flush=True)
        for path in failover_time.write(frame, options.output):
            print(f"wrote {os.path.relpath(path)}")
    except (understudy.BadInput, understudy.RunFailed, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2 if isinstance(error, understudy.BadInput) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
