# SPDX-License-Identifier: MIT
"""What the comparison with other daemons found, as tables for people."""

from __future__ import annotations

import statistics
from collections.abc import Mapping


def spread(values: list[float | None]) -> str:
    """Median (least..most) in ms; what did not happen is counted apart."""
    known = [1000 * value for value in values if value is not None]
    if not known:
        return "-"
    text = f"{figure(statistics.median(known))} ({figure(min(known))}..{figure(max(known))})"
    missing = len(values) - len(known)
    return text + (f" {missing} of {len(values)} never" if missing else "")


def figure(ms: float) -> str:
    return f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"


def print_table(title: str, head: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n== {title}")
    for row in [head, *rows]:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())


COLUMNS = {
    "switch_s": "new owner answers",
    "silent_s": "no answer meanwhile",
    "two_holders_s": "two holders",
    "silent_after_s": "no answer after it",
}


def tell(report: dict, faults: Mapping[str, str], states: Mapping[str, str], watched_s: float) -> None:
    """Prints a report: a table a fault, of which `faults` says what it is, and one of the time
    without any, for `watched_s` seconds in each of the `states`."""
    print("\n" + ", ".join(f"{name} {text}" for name, text in report["versions"].items()))
    print(", ".join(f"{name} {text}" for name, text in report["machine"].items()))
    print("Real-time priority: understudy, keepalived and ucarp 50, corosync its own, Pacemaker none, "
          "-plain none.")
    print("Times in ms: median (least..most).")
    contenders = report["contenders"]
    for fault, meaning in faults.items():
        rows = [
            [name, entry["settings"], str(len(entry[fault])), f"{entry['fault_lasts_s']:g} s",
             *(spread([run[column] for run in entry[fault]]) for column in COLUMNS)]
            for name, entry in contenders.items() if entry.get(fault)
        ]
        if rows:
            print_table(f"{fault}: {meaning}", ["", "settings", "runs", "fault", *COLUMNS.values()], rows)
    tell_own_times(contenders, faults)
    tell_false_failovers(contenders, states, watched_s)
    late = [run["lateness_s"] for entry in contenders.values() for fault in faults
            for run in entry.get(fault, [])]
    if late:
        usual = [run["lateness_median_s"] for entry in contenders.values() for fault in faults
                 for run in entry.get(fault, [])]
        print(f"\nThe client asks each ms; its requests were late by {spread(usual)} ms, the latest "
              f"of each run by {spread(late)} ms.")
    for name, entry in contenders.items():
        spoiled = sum(run["spoiled"] for fault in faults for run in entry.get(fault, []))
        if spoiled:
            print(f"{name}: {spoiled} runs were begun again, since it switched before the fault.")
    for name, entry in contenders.items():
        for failure in (entry.get("failed"), entry.get("watched", {}).get("failed")):
            if failure:
                print(f"\n{name} FAILED: {failure}")


def tell_false_failovers(contenders: dict, states: Mapping[str, str], watched_s: float) -> None:
    rows = [[name, entry["settings"], *(str(entry["watched"].get(state, "-")) for state in states)]
            for name, entry in contenders.items() if entry.get("watched")]
    if rows:
        print_table(f"false failovers in {watched_s:g} s without a fault, all pairs at once",
                    ["", "settings", *states], rows)
        for state, meaning in states.items():
            print(f"{state}: {meaning}")


def tell_own_times(contenders: dict, faults: Mapping[str, str]) -> None:
    rows = []
    for name, entry in contenders.items():
        for fault in faults:
            runs = [run for run in entry.get(fault, []) if run.get("beyond_s") is not None]
            if runs:
                rows.append([name, entry["settings"], fault,
                             *(spread([run[column] for run in runs])
                               for column in ("agent_s", "fence_s", "beyond_s"))])
    if rows:
        print_table("understudy's switches: an order to the fence agent without a daemon, for a "
                    "server that is off; with the daemon, from order to confirmation; the switch "
                    "beyond its timers and that",
                    ["", "settings", "fault", "agent alone", "fence", "beyond"], rows)
