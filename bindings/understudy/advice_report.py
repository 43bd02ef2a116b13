# SPDX-License-Identifier: MIT
"""An advice in words, and as plain data."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from understudy.advise import Advice
from understudy.candidates import Assessment
from understudy.statistics import Estimate
from understudy.wording import once_in, span, times_of

__all__ = ["as_dict", "as_text", "verdict"]


def as_dict(advice: Advice) -> dict[str, Any]:
    """The advice as objects of JSON: spans in seconds, rates per second, None for the infinite.

    ``choice``, ``quickest``, ``rarest`` and each of ``assessed`` hold ``ping_interval_s``,
    ``ping_timeout_s``, ``misses``, and ``detection_s``, ``outage_s`` and ``false_failovers_per_s``
    as ``{"value", "low", "high"}``; each of ``screened`` holds the two figures of closed forms.
    """
    wish = advice.wish
    return {
        "wish": {
            "outage_s": wish.outage_s,
            "quantile": wish.quantile,
            "false_failovers_per_s": wish.false_failovers_per_s,
        },
        "network": advice.network.name,
        "servers": dict(_servers(advice)),
        "feasible": advice.feasible,
        "pair": advice.pair_toml() if advice.choice else None,
        "choice": _assessment(advice.choice),
        "room": _room(advice),
        "quickest": _assessment(advice.quickest),
        "rarest": _assessment(advice.rarest),
        "verdict": verdict(advice),
        "doubts": advice.doubts(),
        "assessed": [_assessment(assessment) for assessment in advice.assessed],
        "screened": [
            {
                **_candidate(screened),
                "outage_s": screened.outage_s,
                "false_failovers_per_s": screened.false_failovers_per_s,
            }
            for screened in advice.screened
        ],
        "runs": advice.runs,
        "seed": advice.seed,
        "confidence": advice.confidence,
    }


def _room(advice: Advice) -> dict[str, float | None] | None:
    if advice.choice is None:
        return None
    return {
        "outage_share": advice.choice.room_of_outage(advice.wish),
        "false_failovers_factor": _finite(advice.choice.room_of_rate(advice.wish)),
        "network_factor": advice.room_of_network(),
        "likeliest_false_failovers_per_s": advice.likeliest_rate(),
    }


def _candidate(of: Any) -> dict[str, Any]:
    return {
        "ping_interval_s": of.candidate.ping_interval,
        "ping_timeout_s": of.candidate.ping_timeout,
        "misses": of.candidate.misses,
    }


def _assessment(assessment: Assessment | None) -> dict[str, Any] | None:
    if assessment is None:
        return None
    return {
        **_candidate(assessment),
        "detection_s": _estimate(assessment.detection),
        "outage_s": _estimate(assessment.outage),
        "false_failovers_per_s": _estimate(assessment.false_failovers),
    }


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    return {name: _finite(value) for name, value in estimate._asdict().items()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def verdict(advice: Advice) -> list[str]:
    """Whether the wish can be had, how near to the edge it is, and what would have to change; a
    sentence or two each."""
    return _can_be_had(advice) if advice.choice else _cannot_be_had(advice)


def _can_be_had(advice: Advice) -> list[str]:
    choice, wish = advice.choice, advice.wish
    assert choice is not None
    left = wish.outage_s - choice.outage.high
    most = advice.room_of_network()
    words = [
        f"It can be had, if the network stays as it was: {choice.candidate}.",
        f"{100.0 * choice.room_of_outage(wish):.0f} % of the outage are left: fencing, or anything "
        f"else, may take {span(left)} longer.",
        f"There are {times_of(choice.room_of_rate(wish))} times fewer false failovers than the "
        f"wish allows; misses may come {times_of(most)} times as often"
        f"{' and more' if most > 999 else ''}.",
    ]
    likeliest = advice.likeliest_rate()
    if likeliest < 0.9 * choice.false_failovers.low:
        words.append(
            "The figures are for misses as bad as the recording allows; as they most likely are, a "
            f"false failover comes {once_in(likeliest)} (closed form)."
            if likeliest > 0.0
            else "The figures are for misses as bad as the recording allows, which has none."
        )
    if choice.comfort(wish) < 1.0:
        words.append("That is near the edge: little may change before the wish fails.")
    return words


def _cannot_be_had(advice: Advice) -> list[str]:
    wish, servers = advice.wish, advice.servers
    takeover = servers.takeover_s(wish.quantile)
    words = ["It cannot be had."]
    if takeover >= wish.outage_s:
        words.append(
            f"After the failure is declared, {servers.takeover} takes {span(takeover)} in "
            f"{100.0 * wish.quantile:g} % of all cases, more than the whole outage may be: no way "
            "to ping helps."
        )
    if advice.rarest is not None:
        words.append(
            f"With outages of {span(wish.outage_s)} there is a false failover "
            f"{once_in(advice.rarest.false_failovers.high)} at best ({advice.rarest.candidate})."
        )
    words += _of_the_quickest(advice, takeover) if advice.quickest else _of_the_network(advice)
    if advice.likely:
        words.append(
            "Were the network as it most likely is, it could be had: a longer recording would tell."
        )
    return words


def _of_the_quickest(advice: Advice, takeover: float) -> list[str]:
    """What false failovers as rare as wished for cost, and what of it could be saved."""
    assert advice.quickest is not None
    wish, outage = advice.wish, advice.quickest.outage.high
    words = [
        f"With a false failover {once_in(wish.false_failovers_per_s)} outages take {span(outage)} "
        f"at best ({advice.quickest.candidate})."
    ]
    lacking = outage - wish.outage_s
    if takeover <= lacking:
        words.append(
            "Not even a takeover in no time would be enough: it takes a network with fewer misses "
            "or shorter round trips, or a smaller wish."
        )
    elif advice.servers.takeover == "restart-first":
        words.append(
            f"If boot and fence were quicker by {span(lacking)}, it could be had, as it may with "
            'takeover = "fence-first", which does not wait for the boot.'
        )
    else:
        words.append(
            f"If fencing were quicker by {span(lacking)}, it could be had, as it can with "
            'takeover = "immediate" at the price of two primaries after each mistake.'
        )
    return words


def _of_the_network(advice: Advice) -> list[str]:
    servers = advice.servers
    least = servers.boot_time.least() - servers.fence_latency.greatest()
    return [
        "No way to ping has a false failover only "
        f"{once_in(advice.wish.false_failovers_per_s)}: misses come too often, or in too long "
        f"bursts, and a pair must not wait longer than {span(least)}, the least boot time less the "
        "fence. A better path between the servers would help, such as a second one."
    ]


def as_text(advice: Advice) -> str:
    """The advice for a terminal: the table to paste, figures with intervals, and plain words."""
    wish = advice.wish
    parts = [
        f"wished for    an outage of {span(wish.outage_s)} at most in {100.0 * wish.quantile:g} % "
        "of crashes,",
        f"              a false failover {once_in(wish.false_failovers_per_s)} at most",
        f"network       {advice.network.name}",
        "servers       " + ", ".join(f"{name} {of_it}" for name, of_it in _servers(advice)),
    ]
    if advice.choice:
        parts += ["", advice.pair_toml().rstrip(), "", _figures(advice, advice.choice)]
    parts.append("")
    parts += [_paragraph(words) for words in verdict(advice)]
    doubts = advice.doubts()
    if doubts:
        parts += ["", "What is not known:"]
        parts += [_paragraph(words, "- ") for words in doubts]
    return "\n".join(parts) + "\n"


def _servers(advice: Advice) -> list[tuple[str, str]]:
    servers = advice.servers
    drawn = {
        "boot": servers.boot_time,
        "fence": servers.fence_latency,
        "confirmation": servers.confirmation,
    }
    return [(name, of_it.to_toml().replace('"', "")) for name, of_it in drawn.items()]


def _figures(advice: Advice, choice: Assessment) -> str:
    share = f"{100.0 * advice.wish.quantile:g} %"
    rate = choice.false_failovers
    rows = [
        ("", "predicted", f"{100.0 * advice.confidence:g} % from", "to", "wished for"),
        (f"detection, {share}", *map(span, choice.detection), ""),
        (f"outage, {share}", *map(span, choice.outage), span(advice.wish.outage_s)),
        (
            "false failovers",
            *(once_in(value) for value in (rate.value, rate.high, rate.low)),
            once_in(advice.wish.false_failovers_per_s),
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def _paragraph(words: str, lead: str = "") -> str:
    return textwrap.fill(
        words, 100, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
    )
