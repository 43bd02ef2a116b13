# SPDX-License-Identifier: MIT
"""From a network and a wish to the ``[pair]`` table: `advise`.

The way to it:

1. Candidates are all combinations of a ping interval, a timeout and a number of misses, in steps
   that a person would write. Closed forms screen them: the outage is the detection of a crash at a
   random instant, (k - 1 + p) I + T, and the quantiles of what follows it; the rate of false
   failovers is that of the first row of k misses (:meth:`Channel.pings_to`). No figure of the
   advice comes from there.
2. The most promising are simulated in virtual time: crashes for the quantiles of detection and
   outage, with the intervals of order statistics; and a pair that nothing happens to but missed
   pings for the rate of false failovers, by the rare-event estimator with importance sampling, the
   better one where misses are all that counts (:func:`understudy.rare`).
3. A candidate passes if the upper ends of both intervals meet the wish. Of those that pass with
   room to spare (10 % of the outage, a factor of 10 of the rate) the one with the fewest pings is
   chosen, and of those the one that waits longest for each; if none has so much room, the one with
   the most.

The servers are a scenario on one switch. Round trips are the network's least one; all that is late
is a miss, as it is to a detector that waits for a fixed time, and misses strike the answers only,
so a ping's share of the round trip does not shorten the detection. Clients lose no packets of their
own: theirs is another path.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from understudy import statistics
from understudy._virtual import BadInput, duration_to_toml
from understudy.channel import Channel
from understudy.distribution import Distribution, span_in_seconds
from understudy.networks import Network, network_named
from understudy.rare import rare
from understudy.runs import check_runs, run
from understudy.scenario import Scenario, parse
from understudy.statistics import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "Advice",
    "Assessment",
    "Candidate",
    "Screened",
    "Servers",
    "Wish",
    "advise",
    "failover_times",
]

_DIGITS = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0]
_STEPS = np.outer(10.0 ** np.arange(-3, 2), _DIGITS).ravel()  # seconds
_INTERVALS = tuple(float(f"{step:g}") for step in _STEPS if 0.01 <= step <= 10.0)
_PATIENCES = tuple(float(f"{step:g}") for step in _STEPS if step <= 10.0)
_MOST_MISSES = 40
_LEAST_PINGS = 500.0  # between two false failovers, of a pair that is worth to be called one
_REQUEST_INTERVAL_S = 0.01
_PLACES_ON_THE_FRONT = 5
_PLENTY = 1e4  # times fewer false failovers than are wished for: no use in more
_CLOCK_DRIFT = 0.001  # of `pair.clock_drift`
_MOST_TRIED = 16  # candidates that are simulated before it is said that there are none
_ENOUGH = 3  # that pass, to choose from

ROOM_OF_OUTAGE = 0.1
ROOM_OF_RATE = 10.0


@dataclass(frozen=True)
class Wish:
    """What a pair is to do.

    Attributes
    ----------
    outage_s : float
        In seconds, as a client sees it, after a crash of the primary.
    quantile : float
        The share of crashes whose outage is to be no longer, such as 0.99.
    false_failovers_per_s : float
        At most, per second.
    """

    outage_s: float
    quantile: float
    false_failovers_per_s: float


@dataclass(frozen=True)
class Servers:
    """What the servers and their power channel are like, and what of the table is settled.

    Attributes
    ----------
    boot_time, fence_latency, confirmation : Distribution
        From power-on to a running agent; from an order to the power channel until the other server
        is off; from then until it is confirmed.
    takeover, fence_mode : str
        As in ``[pair]``.
    copy_interval_s : float or None
        Between two copies of the memory, in seconds; None: ``copy_every`` is not said.
    """

    boot_time: Distribution
    fence_latency: Distribution
    confirmation: Distribution
    takeover: str
    fence_mode: str
    copy_interval_s: float | None

    def takeover_s(self, p: float) -> float:
        """From the declared failure until the address is claimed: a share `p` is no longer, about."""
        if self.takeover == "immediate":
            return 0.0
        parts = [self.fence_latency, self.confirmation]
        if self.takeover == "restart-first":
            parts.append(self.boot_time)
        return sum(part.quantile(p) for part in parts)


@dataclass(frozen=True)
class Candidate:
    """A way to ping. Spans are in seconds."""

    ping_interval: float
    ping_timeout: float
    misses: int

    def __str__(self) -> str:
        times = [duration_to_toml(span).strip('"') for span in (self.ping_interval, self.ping_timeout)]
        return f"a ping every {times[0]}, {times[1]} to answer, {self.misses} misses"


@dataclass(frozen=True)
class Screened:
    """A candidate and what closed forms say of it: enough to pass it over, not to choose it."""

    candidate: Candidate
    outage_s: float
    false_failovers_per_s: float


@dataclass(frozen=True)
class Assessment:
    """A candidate and what simulation says of it.

    Attributes
    ----------
    candidate : Candidate
    detection : Estimate
        The quantile of the wish of the time from a crash until the failure is declared, in seconds.
    outage : Estimate
        The same of the outage; ``outage.high`` is infinite if there are too few runs for it.
    false_failovers : Estimate
        Per second, of the time in which there has been none.
    """

    candidate: Candidate
    detection: Estimate
    outage: Estimate
    false_failovers: Estimate

    def room_of_outage(self, wish: Wish) -> float:
        """The part of the wished outage that is left, by the upper end of the interval."""
        return 1.0 - self.outage.high / wish.outage_s

    def room_of_rate(self, wish: Wish) -> float:
        """How many times more false failovers the wish allows, by the upper end."""
        return wish.false_failovers_per_s / self.false_failovers.high

    def passes(self, wish: Wish) -> bool:
        return self.room_of_outage(wish) >= 0.0 and self.room_of_rate(wish) >= 1.0

    def comfort(self, wish: Wish) -> float:
        """The lesser of both rooms as a part of what is comfortable; below 0 if one is lacking."""
        of_rate = np.log(self.room_of_rate(wish)) / np.log(ROOM_OF_RATE)
        return float(min(self.room_of_outage(wish) / ROOM_OF_OUTAGE, of_rate))


@dataclass(frozen=True)
class Advice:
    """What to write in ``[pair]``, and what is to be expected of it.

    Attributes
    ----------
    wish : Wish
    network : Network
    servers : Servers
    choice : Assessment or None
        None if the wish cannot be had.
    quickest : Assessment or None
        The least outage with so few false failovers; None if no candidate has so few.
    rarest : Assessment or None
        The fewest false failovers with so short an outage; None if no candidate has it.
    assessed : tuple of Assessment
        All that were simulated.
    screened : tuple of Screened
        All candidates that are worth a thought.
    runs : int
        Crashes of each candidate that was simulated.
    seed : int
    confidence : float
        Of all intervals.
    likely : bool
        Whether the wish could be had, were the network as it most likely is, and not as bad as it
        may be.
    """

    wish: Wish
    network: Network
    servers: Servers
    choice: Assessment | None
    quickest: Assessment | None
    rarest: Assessment | None
    assessed: tuple[Assessment, ...]
    screened: tuple[Screened, ...]
    runs: int
    seed: int
    confidence: float
    likely: bool

    @property
    def feasible(self) -> bool:
        return self.choice is not None

    def pair_toml(self) -> str:
        """The ``[pair]`` table of the choice, for a scenario and for the daemon alike.

        Raises
        ------
        ValueError
            If there is none.
        """
        return _Bench(self.network, self.servers, self.wish).pair_toml(self._chosen())

    def crash_scenario(self) -> Scenario:
        """The crash from which the choice's detection and outage come, to be run again.

        Raises
        ------
        ValueError
            If there is none.
        """
        return _Bench(self.network, self.servers, self.wish).crash(self._chosen())

    def quiet_scenario(self) -> Scenario:
        """What its false failovers come from: nothing happens, but pings are missed.

        Raises
        ------
        ValueError
            If there is none.
        """
        return _Bench(self.network, self.servers, self.wish).quiet(self._chosen())

    def room_of_network(self) -> float:
        """How many times as often rows of misses may begin before the choice has more false
        failovers than wished for, by closed form; at most 1000.

        Raises
        ------
        ValueError
            If there is none.
        """
        candidate = self._chosen()
        channel = _Bench(self.network, self.servers, self.wish).misses(candidate)

        def excess(log_factor: float) -> float:
            worse = channel.worse(float(np.exp(log_factor)))
            pings = worse.pings_to(candidate.misses)
            return -float(np.log(pings * candidate.ping_interval * self.wish.false_failovers_per_s))

        most = np.log(1000.0)
        return float(np.exp(optimize.brentq(excess, 0.0, most) if excess(most) > 0.0 else most))

    def doubts(self) -> list[str]:
        """What is not known of the network, and matters; a sentence or two each."""
        assessment = self.choice or self.quickest or self.rarest
        if assessment is None:
            return []
        candidate = assessment.candidate
        return self.network.doubts(
            candidate.ping_interval, candidate.ping_timeout, self.wish.false_failovers_per_s
        )

    def _chosen(self) -> Candidate:
        if self.choice is None:
            raise ValueError("the wish cannot be had, so there is no table that fulfils it")
        return self.choice.candidate


def advise(
    network: Network | str | os.PathLike[str],
    *,
    outage: float | str,
    false_failovers_per_s: float,
    quantile: float = 0.99,
    boot_time: Distribution | float | str = Distribution.normal(20.0, 2.0),
    fence_latency: Distribution | float | str = 0.5,
    confirmation: Distribution | float | str = 0.0,
    takeover: str = "fence-first",
    fence_mode: str = "off-on",
    copy_interval: float | None = None,
    trace_interval: float | None = None,
    runs: int | None = None,
    seed: int = 1,
    confidence: float = 0.95,
    jobs: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Advice:
    """How to ping, so that outages are short and false failovers are rare.

    Parameters
    ----------
    network : Network, str or path-like
        The path of a recording (:func:`understudy.read_recording`), the name of a published network
        (:data:`understudy.NETWORKS`), or one of your own.
    outage : float or str
        The longest that a client may see after a crash of the primary: seconds, or text with a
        unit.
    false_failovers_per_s : float
        The most that there may be per second, while nothing fails;
        :func:`understudy.wording.rate_from_text` makes it from "1 per 10 years".
    quantile : float, optional
        The share of crashes in which the outage is to be no longer.
    boot_time, fence_latency, confirmation : Distribution, float or str, optional
        Seconds, text with a unit, or drawn: from power-on to a running agent, from an order to the
        power channel until the other server is off, and from then until that is confirmed.
    takeover : {"fence-first", "immediate", "restart-first"}, optional
    fence_mode : {"off-on", "reboot"}, optional
        As in ``[pair]``.
    copy_interval : float, optional
        Seconds between two copies of the memory, for ``copy_every``; if not given, it is not said.
    trace_interval : float, optional
        Seconds between two pings of the recording, if it has no times.
    runs : int, optional
        Crashes of each candidate; if not given, as many as the quantile wants, at least 1000.
    seed : int, optional
        Of all draws. The same seed gives the same advice.
    confidence : float, optional
        Of all intervals.
    jobs : int, optional
        How many processors to use; all that there are, if not given. Changes nothing else.
    progress : callable, optional
        Is told what is done, in a line each time.

    Returns
    -------
    Advice

    Raises
    ------
    BadInput
        If an argument makes no sense, or the recording is none.

    Examples
    --------
    >>> advice = advise("rtt.txt", outage=2.0, false_failovers_per_s=1 / (10 * 365.25 * 86400))
    >>> print(advice.pair_toml())
    """
    wish = Wish(span_in_seconds(outage), quantile, false_failovers_per_s)
    servers = Servers(
        _drawn("server.boot_time", boot_time),
        _drawn("power.latency", fence_latency),
        _drawn("power.confirmation", confirmation),
        takeover=takeover, fence_mode=fence_mode, copy_interval_s=copy_interval,
    )  # fmt: skip
    _check(wish, servers, confidence)
    if runs is None:
        runs = _runs_for(quantile, confidence)
    check_runs(runs=runs, first_run=1, seed=seed, jobs=jobs)
    if isinstance(network, (str, os.PathLike)):
        network = network_named(network, trace_interval)
    bench = _Bench(network, servers, wish, runs, seed, confidence, jobs, progress)
    bench.check()
    return _Search(bench).advice()


def failover_times(frame: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Detection times and outages of the runs of a scenario with one crash, in seconds.

    Parameters
    ----------
    frame : DataFrame
        Of :func:`understudy.run`. Its own columns are those of the first fault, which may be one of
        the network.

    Returns
    -------
    detection, outage : ndarray of float, shape (n,)
        By run; ``inf`` for what did not come, or did not end, before the run did.
    """
    crashes = [next(f for f in faults if f["kind"] == "crash") for faults in frame["faults"]]
    detection = [np.inf if f["detection_s"] is None else f["detection_s"] for f in crashes]
    outage = [f["outage_s"] for f in crashes]
    censored = [f["censored"] for f in crashes]
    return np.array(detection), statistics.beyond_the_run(outage, censored)


def _drawn(key: str, span: Distribution | float | str) -> Distribution:
    """What a scenario would make of it."""
    return Scenario().replace({key: span}).setting(key)


def _check(wish: Wish, servers: Servers, confidence: float) -> None:
    for name, value in (("outage", wish.outage_s), ("copy_interval", servers.copy_interval_s)):
        if value is not None and not 0.0 < value < np.inf:
            raise BadInput(f"{name} is {value}; it must be above 0 s")
    for name, share in (("quantile", wish.quantile), ("confidence", confidence)):
        if not 0.0 < share < 1.0:
            raise BadInput(f"{name} is {share}; it must lie between 0 and 1")
    if not 0.0 < wish.false_failovers_per_s < np.inf:
        raise BadInput(
            f"false_failovers_per_s is {wish.false_failovers_per_s}; it must be above 0: no network "
            "that loses packets allows for none at all"
        )


def _runs_for(quantile: float, confidence: float) -> int:
    """So many that a few order statistics lie beyond the upper end of the interval."""
    least = np.log((1.0 - confidence) / 2.0) / np.log(quantile)
    return int(max(1000, np.ceil(3.0 * least)))


@dataclass(frozen=True)
class _Bench:
    """Where candidates are tried."""

    network: Network
    servers: Servers
    wish: Wish
    runs: int = 1
    seed: int = 1
    confidence: float = 0.95
    jobs: int | None = None
    progress: Callable[[str], None] | None = None
    done: dict[Candidate, Assessment] = field(default_factory=dict)

    def check(self) -> None:
        """Raise BadInput if the servers make no sense, however they ping."""
        if not self.patiences:
            raise BadInput(
                f"{self.network.name}: half of the round trips take {self.network.round_trip_s(0.5):g} "
                f"s and more; a ping is waited for {_PATIENCES[-1]:g} s at most"
            )
        patience = self.patiences[0]
        try:
            self._parsed(Candidate(max(_INTERVALS[0], patience), patience, 1), "", "")
        except BadInput as error:
            raise BadInput(str(error).split(": ", 1)[-1]) from None

    @cached_property
    def patiences(self) -> list[float]:
        """Timeouts that most answers come within, in seconds."""
        return [step for step in _PATIENCES if step > self.network.round_trip_s(0.5)]

    def misses(self, candidate: Candidate) -> Channel:
        return self.network.misses(candidate.ping_timeout).every(candidate.ping_interval)

    def assess(self, candidate: Candidate) -> Assessment:
        """Simulate it, unless that has been done."""
        if candidate not in self.done:
            if self.progress:
                self.progress(f"simulating candidate {len(self.done) + 1}: {candidate}")
            frame = run(self.crash(candidate), runs=self.runs, seed=self.seed, jobs=self.jobs)
            detection, outage = failover_times(frame)
            self.done[candidate] = Assessment(
                candidate,
                statistics.quantile(detection, self.wish.quantile, self.confidence),
                statistics.quantile(outage, self.wish.quantile, self.confidence),
                self._false_failovers(candidate),
            )
        return self.done[candidate]

    def allows(self, candidate: Candidate) -> bool:
        """Whether the pair would take it: a server must not be up again before its failure is
        declared and its fence is due, nor, where one order reboots it, before that is confirmed."""
        servers, waits = self.servers, candidate.misses * candidate.ping_interval
        least_boot, fence = servers.boot_time.least(), servers.fence_latency.greatest()
        if waits + candidate.ping_timeout + fence >= least_boot:
            return False
        confirmed = fence + servers.confirmation.greatest()
        validity = least_boot * (1.0 - _CLOCK_DRIFT) - candidate.ping_timeout
        return servers.fence_mode != "reboot" or confirmed < validity

    def _false_failovers(self, candidate: Candidate) -> Estimate:
        found = rare(
            self.quiet(candidate),
            "false_failover",
            runs=200,
            seed=self.seed,
            method="importance",
            jobs=self.jobs,
            confidence=self.confidence,
        )
        # NaN: not one run was without.
        return Estimate(*(np.inf if np.isnan(rate) else rate for rate in found.rate))

    def crash(self, candidate: Candidate) -> Scenario:
        interval, servers = candidate.ping_interval, self.servers
        # Long enough before the crash for misses to stand as they do in the long run.
        begin = interval * min(max(20.0, 5.0 / self.misses(candidate).ends), 400.0)
        after = servers.fence_latency.greatest() + servers.confirmation.greatest()
        if servers.takeover == "restart-first":
            after += servers.boot_time.greatest()
        after += (candidate.misses + 12.0) * interval + 40.0 * self.network.round_trip_s(0.999)
        return self._parsed(
            candidate,
            f"""
            [[fault]]
            kind = "crash"
            target = "primary"
            at = {{ uniform = [{_toml(begin)}, {_toml(begin + interval)}] }}
            """,
            f"""
            [service]
            request_interval = {_toml(_REQUEST_INTERVAL_S)}
            request_timeout = {_toml(max(0.05, 2.0 * self.network.least_round_trip_s))}
            [run]
            duration = {_toml(begin + after + self.wish.outage_s + 2.0)}
            """,
        )

    def quiet(self, candidate: Candidate) -> Scenario:
        channel = self.misses(candidate)
        # For the cycles of misses to be many, and the first false failover to be rare.
        pings = min(max(1000.0, 3.0 / channel.ends), channel.pings_to(candidate.misses) / 20.0)
        duration = max(pings, 3.0 * candidate.misses) * candidate.ping_interval
        settings = f"[service]\nenabled = false\n[run]\nduration = {_toml(duration)}"
        return self._parsed(candidate, "", settings)

    def _parsed(self, candidate: Candidate, fault: str, settings: str) -> Scenario:
        """A scenario; its first fault is the one that its outcome speaks of."""
        channel = self.misses(candidate)
        bursts = f"burst_begins = {channel.begins!r}\nburst_ends = {channel.ends!r}\n"
        return parse(
            f"""
            {self.pair_toml(candidate)}
            [topology]
            delay = {_toml(self.network.least_round_trip_s / 2.0)}
            [server]
            boot_time = {self.servers.boot_time.to_toml()}
            [power]
            latency = {self.servers.fence_latency.to_toml()}
            confirmation = {self.servers.confirmation.to_toml()}
            {settings}
            {fault}
            [[fault]]
            kind = "loss"
            from = ["first"]
            to = ["second"]
            ways = "one"
            at = "0s"
            probability = {channel.alone!r}
            {bursts if channel.begins > 0.0 else ""}
            """,
            "advice",
        )

    def pair_toml(self, candidate: Candidate) -> str:
        servers, interval = self.servers, candidate.ping_interval
        lines = {
            "ping_interval": _toml(interval),
            "ping_timeout": _toml(candidate.ping_timeout),
            "misses": str(candidate.misses),
            "probe_timeout": _toml(self._probe_timeout),
            "takeover": f'"{servers.takeover}"',
            "fence_mode": f'"{servers.fence_mode}"',
            "boot_min": _toml(servers.boot_time.least()),
            "boot_max": _toml(servers.boot_time.greatest()),
            "fence_max": _toml(servers.fence_latency.greatest()),
            "confirm_max": _toml(servers.confirmation.greatest()),
        }
        if servers.copy_interval_s is not None:
            lines["copy_every"] = str(max(1, round(servers.copy_interval_s / interval)))
        return "[pair]\n" + "".join(f"{name:13} = {value}\n" for name, value in lines.items())

    @cached_property
    def _probe_timeout(self) -> float:
        """Twice what nearly all answers take, so that a booted server does not overlook a monitor."""
        wanted = max(0.2, 2.0 * self.network.round_trip_s(0.999))
        return min((step for step in _PATIENCES if step >= wanted), default=_PATIENCES[-1])


def _toml(seconds: float) -> str:
    return duration_to_toml(seconds)


class _Search:
    """From candidates to an advice."""

    def __init__(self, bench: _Bench) -> None:
        self.bench, self.wish = bench, bench.wish
        self.screened = tuple(self._screen(bench.network.misses))

    def advice(self) -> Advice:
        bench = self.bench
        for screened in self._front():
            bench.assess(screened.candidate)
        passing = self._passing()
        choice = max(passing, key=self._preference, default=None)
        assessed = list(bench.done.values())
        rare_enough = [a for a in assessed if a.room_of_rate(self.wish) >= 1.0]
        quick_enough = [a for a in assessed if a.room_of_outage(self.wish) >= 0.0]
        return Advice(
            self.wish,
            bench.network,
            bench.servers,
            choice,
            min(rare_enough, key=lambda a: a.outage.high, default=None),
            min(quick_enough, key=lambda a: a.false_failovers.high, default=None),
            tuple(assessed),
            self.screened,
            bench.runs,
            bench.seed,
            bench.confidence,
            choice is not None or self._likely(),
        )

    def _likely(self) -> bool:
        """Whether the wish could be had, by closed forms, were the network as it most likely is."""
        return any(map(self._seems_to_pass, self._screen(self.bench.network.likeliest)))

    def _screen(self, misses_of: Callable[[float], Channel]) -> Iterator[Screened]:
        """Candidates with the figures of closed forms, those out of all proportion left out."""
        wish = self.wish
        after = self.bench.servers.takeover_s(wish.quantile) + _REQUEST_INTERVAL_S
        for patience in self.bench.patiences:
            channel = misses_of(patience)
            for interval in (step for step in _INTERVALS if step >= patience):
                rows = channel.every(interval).at_least(np.arange(_MOST_MISSES + 1))
                for misses in range(1, _MOST_MISSES + 1):
                    candidate = Candidate(interval, patience, misses)
                    if not self.bench.allows(candidate):
                        break
                    pings = rows[:misses].sum() / rows[misses] if rows[misses] > 0.0 else np.inf
                    if pings < _LEAST_PINGS:
                        continue
                    rate = 1.0 / (pings * interval)
                    outage = (misses - 1.0 + wish.quantile) * interval + patience + after
                    yield Screened(candidate, outage, rate)
                    if rate < wish.false_failovers_per_s / _PLENTY:
                        break

    def _front(self) -> list[Screened]:
        """Candidates that no other is better than in both respects: those next to the wishes, and
        some around them, for the picture."""
        front: list[Screened] = []
        for one in sorted(self.screened, key=lambda s: (s.outage_s, s.false_failovers_per_s)):
            if not front or one.false_failovers_per_s < front[-1].false_failovers_per_s:
                front.append(one)
        wish = self.wish
        quick = [one for one in front if one.outage_s <= 0.995 * wish.outage_s]
        seldom = [
            one for one in front if one.false_failovers_per_s <= 0.9 * wish.false_failovers_per_s
        ]
        next_to_wishes = quick[-1:] + seldom[:1]
        longest = 1.5 * max([wish.outage_s, *(one.outage_s for one in next_to_wishes)])
        around = [one for one in front if one.outage_s <= longest]
        places = np.linspace(0, len(around) - 1, _PLACES_ON_THE_FRONT if around else 0).astype(int)
        return list(dict.fromkeys(next_to_wishes + [around[place] for place in places]))

    def _passing(self) -> list[Assessment]:
        """Simulate what seems to meet the wish, best first, until there is enough to choose from."""
        promising = sorted(
            (s for s in self.screened if self._seems_to_pass(s)), key=self._promise, reverse=True
        )
        found: list[Assessment] = []
        for screened in promising[:_MOST_TRIED]:
            assessment = self.bench.assess(screened.candidate)
            if assessment.passes(self.wish):
                found.append(assessment)
            if len(found) >= _ENOUGH:
                break
        of_the_front = [a for a in self.bench.done.values() if a.passes(self.wish)]
        return found + [a for a in of_the_front if a not in found]

    def _seems_to_pass(self, screened: Screened) -> bool:
        return (
            screened.outage_s <= self.wish.outage_s
            and screened.false_failovers_per_s <= self.wish.false_failovers_per_s
        )

    def _promise(self, screened: Screened) -> tuple[float, ...]:
        exact = Assessment(
            screened.candidate,
            Estimate(np.nan, np.nan, np.nan),
            Estimate(*(3 * [screened.outage_s])),
            Estimate(*(3 * [screened.false_failovers_per_s])),
        )
        return self._preference(exact)

    def _preference(self, assessment: Assessment) -> tuple[float, ...]:
        """Enough room first, then the fewest pings, then the most patience with each, since how late
        an answer can be is what is known the least; then the most room."""
        comfort, candidate = assessment.comfort(self.wish), assessment.candidate
        return (min(comfort, 1.0), candidate.ping_interval, candidate.ping_timeout, comfort)
