# SPDX-License-Identifier: MIT
"""A store as one page for any browser: tables, figures, and its slowest and worst runs.

The page is a single file that loads nothing: its styles, its script and its data are in it. What
it looks like is in ``report_page/``.
"""

from __future__ import annotations

import argparse
import json
import os
import string
import warnings
from collections.abc import Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from understudy import palette
from understudy import report_summary as summary
from understudy._virtual import BadInput, __version__
from understudy.labels import Group, groups_of
from understudy.report_runs import MOST_SPANS, Kept, Notable, notable_runs, told
from understudy.scenario import Scenario, cell_of
from understudy.store import Store

__all__ = ["add_to", "main", "report"]

_MOST_SCENARIOS = 100  # whose text is in the page
_MADE_BY_ANOTHER = (
    "<p>Another version of the code made these runs, and that version makes them again: the "
    "scenarios are in the store.</p>"
)
_ALL_RUNS = range(1, 2**63 - 1)
_COLOURS = {
    "ink": palette.INK,
    "hairline": palette.HAIRLINE,
    "states": palette.STATES,
    "holds": palette.darker(palette.STATES["primary"]),
    "fault": palette.FAULT,
    "faultText": palette.darker(palette.FAULT),
    "unanswered": palette.UNANSWERED,
    "answered": palette.paler(palette.ANSWERED),
}
_OUTCOMES = {
    "outage_s": ("outage", " s"),
    "detection_s": ("detection", " s"),
    "dual_primary_s": ("two primaries", " s"),
    "lost_writes": ("lost writes", ""),
    "false_failovers": ("false failovers", ""),
}


def report(
    store: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    worst: int = 3,
) -> Path:
    """Write a store as one HTML file that works offline in any browser.

    It says what was run and how to make it again, holds tables with intervals, distributions to
    read, and the slowest and the worst runs as timelines to go through. These are run again to be
    told.

    Parameters
    ----------
    store : path-like
        A file that :func:`understudy.sweep` has filled.
    output : path-like, optional
        The page; the store's name with ``.html`` if not given.
    title : str, optional
        Its heading; the name of the store if not given.
    worst : int, optional
        How many runs are told of each kind: the slowest by outage; those with most time with two
        primaries, most lost writes, most false failovers.

    Returns
    -------
    Path
        The page that was written.

    Raises
    ------
    BadInput
        If there is no such store, it holds no runs, or `worst` is not from 0 to 100.

    Examples
    --------
    >>> understudy.report("sweep.sqlite", "sweep.html", title="Ping intervals on our LAN")
    """
    path = Path(store)
    page = Path(output) if output is not None else path.with_suffix(".html")
    if not 0 <= worst <= 100:
        raise BadInput(f"worst is {worst}; it must be from 0 to 100")
    if not path.is_file():
        raise BadInput(f"{path}: there is no such store")
    if page.exists() and page.samefile(path):
        raise BadInput(f"{page}: this is the store itself; name another file for the page")
    if not page.absolute().parent.is_dir():
        raise BadInput(f"{page}: there is no folder {page.parent}")
    with Store(path) as opened:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            groups = list(groups_of(opened.load()))
        kept = [Kept(e, opened.get(e, _ALL_RUNS)) for e in opened.experiments()]
    if not groups:
        raise BadInput(f"{path}: the store holds no runs")
    notes = list(dict.fromkeys(str(warning.message) for warning in caught))
    for note in notes:
        warnings.warn(note, stacklevel=2)
    page.write_text(_page(title or path.name, groups, kept, notes, worst), encoding="utf-8")
    return page


def _page(
    title: str, groups: Sequence[Group], kept: Sequence[Kept], notes: Sequence[str], worst: int
) -> str:
    titles = summary.titles_of(groups)
    notable = notable_runs(kept, worst)
    runs = [told(run) for run in notable]
    drawn = summary.distributions(groups, titles)
    data = {"colours": _COLOURS, "distributions": drawn, "runs": runs}
    total = sum(len(group.runs) for group in groups)
    names = " and ".join(dict.fromkeys(n for group in groups for n in group.runs["scenario"]))
    settings = len({group.place for group in groups})
    return string.Template(_part("page.html")).substitute(
        title=escape(title),
        version=escape(__version__),
        summary=escape(f"{total:,} runs of {names} in {_plural(settings, 'setting')}."),
        style=_part("page.css"),
        what=summary.table_of_groups(groups)
        + "".join(f'<p class="note">{escape(note)}</p>' for note in notes),
        tables=summary.table_of_times(groups, titles) + summary.table_of_counts(groups, titles),
        thinned=_what_is_left_out(groups),
        runs=_runs(notable, runs, groups, titles) if kept else _MADE_BY_ANOTHER,
        again=_again(kept),
        data=_in_a_script(data),
        script="\n".join(map(_part, ("svg.js", "distribution.js", "run.js", "start.js"))),
    )


def _part(name: str) -> str:
    return (resources.files("understudy") / "report_page" / name).read_text(encoding="utf-8")


def _in_a_script(data: Any) -> str:
    """JSON that does not end the element it is in, whatever it says."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _what_is_left_out(groups: Sequence[Group]) -> str:
    said = (
        f"A line has at most {summary.MOST_POINTS} of its stairs: the share is exact at each of "
        "them, and by less than 0.6 % of the runs too low elsewhere."
    )
    if len(groups) > summary.MOST_LINES:
        said += f" The first {summary.MOST_LINES} of {len(groups):,} settings are drawn."
    return said


def _runs(
    notable: Sequence[Notable],
    runs: Sequence[dict[str, Any]],
    groups: Sequence[Group],
    titles: Sequence[str],
) -> str:
    if not notable:
        return "<p>None had an outage or anything worse.</p>"
    headings = [
        f"Run {run.run} of {_title_of(run, groups, titles)}, {run.experiment.substrate}, "
        f"seed {run.experiment.seed}"
        for run in notable
    ]
    links = "".join(
        f'<li><a href="#run-{number}">{escape(heading)}</a>: {escape(", ".join(run.reasons))}</li>'
        for number, (run, heading) in enumerate(zip(notable, headings), start=1)
    )
    hint = (
        "Drag in a picture, or move its slider, to go through a run; Page Up and Page Down go from "
        "line to line, + and − and, once the picture was clicked, the wheel zoom."
    )
    articles = [
        _article(number, run, heading, data)
        for number, (run, heading, data) in enumerate(zip(notable, headings, runs), start=1)
    ]
    return f'<ol>{links}</ol>\n<p class="hint">{hint}</p>\n' + "\n".join(articles)


def _article(number: int, run: Notable, heading: str, data: dict[str, Any]) -> str:
    figures = ", ".join(
        f"{name} {run.outcome[column]:.6g}{unit}"
        for column, (name, unit) in _OUTCOMES.items()
        if run.outcome[column] == run.outcome[column]
    )
    notes = [", ".join(run.reasons) + ".", figures[0].upper() + figures[1:] + "."]
    if run.outcome["censored"] == 1:
        notes.append("The outage lasted to the end of the run.")
    if "untold" in data:
        notes.append(f"It cannot be told here: {data['untold']}.")
    elif data["is_part"]:
        low, high = data["whole"]
        notes.append(
            f"So much happens in it that it is drawn from {low:.6g} s to {high:.6g} s only: "
            f"{MOST_SPANS:,} changes."
        )
    name = escape(heading)
    text = escape(" ".join(note[0].upper() + note[1:] for note in notes))
    return (
        f'<article class="run" id="run-{number}" data-name="{name}" aria-label="{name}">'
        f"<h3>{name}</h3><p>{text}</p></article>"
    )


def _title_of(run: Notable, groups: Sequence[Group], titles: Sequence[str]) -> str:
    """The title of the group that a run belongs to."""
    experiment = run.experiment
    for group, title in zip(groups, titles):
        cells = {key: cell_of(experiment.scenario, key) for key in group.settings}
        same = all(_equal(cells[key], value) for key, value in group.settings.items())
        if same and group.substrate == experiment.substrate:
            return title
    raise AssertionError("a run of the store is in none of its groups")


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other or (one != one and other != other))  # NaN: the scenario has it not


def _again(kept: Sequence[Kept]) -> str:
    """Each scenario's text, and the lines that run it as often as it was run."""
    by_scenario: dict[str, list[Kept]] = {}
    for one in kept:
        by_scenario.setdefault(one.experiment.scenario.digest(), []).append(one)
    if not by_scenario:
        return _MADE_BY_ANOTHER
    shown = list(by_scenario.values())[:_MOST_SCENARIOS]
    text = "".join(_scenario(of_scenario) for of_scenario in shown)
    if len(shown) < len(by_scenario):
        text += f"<p>And {len(by_scenario) - len(shown):,} more, which are in the store.</p>"
    return (
        "<p>To the bit, with the version of understudy that wrote this page: save a scenario under "
        f"the name that the lines above it load.</p>\n{text}"
    )


def _scenario(kept: Sequence[Kept]) -> str:
    scenario = kept[0].experiment.scenario
    runs = "; ".join(
        f"{k.experiment.substrate}, seed {k.experiment.seed}, runs "
        f"{summary.numbers_of_runs(k.runs.index)}"
        for k in kept
    )
    return (
        f"<details><summary>{escape(scenario.name)}: {escape(runs)}</summary>"
        f"<pre><code>{escape(_python(scenario, kept))}</code></pre>"
        f"<pre><code>{escape(scenario.to_toml())}</code></pre></details>\n"
    )


def _python(scenario: Scenario, kept: Sequence[Kept]) -> str:
    lines = ["import understudy", "", f"scenario = understudy.load({scenario.name + '.toml'!r})"]
    for one in kept:
        if not len(one.runs):
            continue
        first, last = int(one.runs.index.min()), int(one.runs.index.max())
        lines.append(
            f"understudy.run(scenario, runs={last - first + 1}, first_run={first}, "
            f"seed={one.experiment.seed}, substrate={one.experiment.substrate!r})"
        )
    return "\n".join(lines)


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    parser = commands.add_parser(
        "report",
        help="write a store of runs as one HTML page",
        description="Writes a store of runs as one HTML file that works offline in any browser.",
    )
    parser.add_argument("store", type=Path, metavar="STORE", help="made by understudy.sweep")
    parser.add_argument("--output", type=Path, metavar="FILE", help="the page (STORE.html)")
    parser.add_argument("--title", help="its heading (the name of the store)")
    parser.add_argument(
        "--worst", type=int, default=3, metavar="N", help="runs told of each kind (%(default)s)"
    )
    parser.set_defaults(act=main)


def main(said: argparse.Namespace) -> int:
    """What the command does: write the page, and print its name."""
    print(report(said.store, said.output, title=said.title, worst=said.worst))
    return 0
