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

Adaptive detectors are no candidates: what they miss depends on what they have learnt, which no
channel of misses holds. What the scenarios are, and leave out, is in ``trial.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import optimize

from understudy import statistics
from understudy._virtual import BadInput
from understudy.candidates import Assessment, Candidate, Screened, Servers, Wish
from understudy.channel import Channel
from understudy.distribution import Distribution, span_in_seconds
from understudy.networks import Network, network_named
from understudy.rare import rare
from understudy.runs import check_runs, run
from understudy.scenario import Scenario
from understudy.statistics import Estimate
from understudy.trial import INTERVALS, REQUEST_INTERVAL_S, Trial, failover_times

__all__ = ["Advice", "advise"]

_PLACES_ON_THE_FRONT = 5
_PLENTY = 1e4  # times fewer false failovers than are wished for: no use in more
_MOST_MISSES = 40
_LEAST_PINGS = 500.0  # between two false failovers, of a pair that is worth to be called one
_MOST_TRIED = 16  # candidates that are simulated before it is said that there are none
_ENOUGH = 3  # that pass, to choose from
_RARE_RUNS = 100  # of the estimator: errors of a few per cent


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
        return self._trial.pair_toml(self._chosen())

    def crash_scenario(self) -> Scenario:
        """The crash from which the choice's detection and outage come, to be run again.

        Raises
        ------
        ValueError
            If there is none.
        """
        return self._trial.crash(self._chosen())

    def quiet_scenario(self) -> Scenario:
        """What its false failovers come from: nothing happens, but pings are missed.

        Raises
        ------
        ValueError
            If there is none.
        """
        return self._trial.quiet(self._chosen())

    def room_of_network(self) -> float:
        """How many times as often rows of misses may begin before the choice has more false
        failovers than wished for, by closed form; at most 1000.

        Raises
        ------
        ValueError
            If there is none.
        """
        candidate = self._chosen()
        channel = self.network.misses(candidate.ping_timeout)

        def excess(log_factor: float) -> float:
            worse = channel.worse(float(np.exp(log_factor))).every(candidate.ping_interval)
            pings = worse.pings_to(candidate.misses)
            return -float(np.log(pings * candidate.ping_interval * self.wish.false_failovers_per_s))

        most = np.log(1000.0)
        return float(np.exp(optimize.brentq(excess, 0.0, most) if excess(most) > 0.0 else most))

    def likeliest_rate(self) -> float:
        """False failovers of the choice per second, by closed form, were the network as it most
        likely is. The simulated ones are of the worst that its recording allows.

        Raises
        ------
        ValueError
            If there is none.
        """
        candidate = self._chosen()
        likeliest = self.network.likeliest(candidate.ping_timeout).every(candidate.ping_interval)
        return 1.0 / (likeliest.pings_to(candidate.misses) * candidate.ping_interval)

    def doubts(self) -> list[str]:
        """What is not known of the network, and matters; a sentence or two each."""
        assessment = self.choice or self.quickest or self.rarest
        if assessment is None:
            return []
        candidate = assessment.candidate
        return self.network.doubts(
            candidate.ping_interval, candidate.ping_timeout, self.wish.false_failovers_per_s
        )

    @property
    def _trial(self) -> Trial:
        return Trial(self.network, self.servers)

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
    least = _least_runs(quantile, confidence)
    if runs is None:
        runs = max(1000, 3 * least)
    elif 0 < runs < least:
        raise BadInput(
            f"runs is {runs}; for the {quantile} quantile to have an upper end, take {least} or "
            "more"
        )
    check_runs(runs=runs, first_run=1, seed=seed, jobs=jobs)
    if isinstance(network, (str, os.PathLike)):
        network = network_named(network, trace_interval)
    trial = Trial(network, servers)
    trial.check()
    bench = _Bench(trial, quantile, runs, seed, confidence, jobs, progress)
    return _Search(bench, wish).advice()


def _drawn(key: str, span: Distribution | float | str) -> Distribution:
    """What a scenario would make of it."""
    drawn: Distribution = Scenario().replace({key: span}).setting(key)
    return drawn


def _check(wish: Wish, servers: Servers, confidence: float) -> None:
    for name, value in (("outage", wish.outage_s), ("copy_interval", servers.copy_interval_s)):
        if value is not None and not 0.0 < value < np.inf:
            raise BadInput(f"{name} is {value}; it must be above 0 s")
    for name, share in (("quantile", wish.quantile), ("confidence", confidence)):
        if not 0.0 < share < 1.0:
            raise BadInput(f"{name} is {share}; it must lie between 0 and 1")
    if not 0.0 < wish.false_failovers_per_s < np.inf:
        raise BadInput(
            f"false_failovers_per_s is {wish.false_failovers_per_s}; it must be above 0: no "
            "network that loses packets allows for none at all"
        )


def _least_runs(quantile: float, confidence: float) -> int:
    """So many that an order statistic lies beyond the upper end of the interval."""
    return int(np.ceil(np.log((1.0 - confidence) / 2.0) / np.log(quantile)))


@dataclass(frozen=True)
class _Bench:
    """Where candidates are simulated, each once."""

    trial: Trial
    quantile: float
    runs: int
    seed: int
    confidence: float
    jobs: int | None
    progress: Callable[[str], None] | None
    done: dict[Candidate, Assessment] = field(default_factory=dict)

    def assess(self, candidate: Candidate) -> Assessment:
        """Simulate it, unless that has been done."""
        if candidate not in self.done:
            if self.progress:
                self.progress(f"simulating candidate {len(self.done) + 1}: {candidate}")
            frame = run(self.trial.crash(candidate), runs=self.runs, seed=self.seed, jobs=self.jobs)
            detection, outage = failover_times(frame)
            self.done[candidate] = Assessment(
                candidate,
                statistics.quantile(detection, self.quantile, self.confidence),
                statistics.quantile(outage, self.quantile, self.confidence),
                self._false_failovers(candidate),
            )
        return self.done[candidate]

    def _false_failovers(self, candidate: Candidate) -> Estimate:
        found = rare(
            self.trial.quiet(candidate),
            "false_failover",
            runs=_RARE_RUNS,
            seed=self.seed,
            method="importance",
            jobs=self.jobs,
            confidence=self.confidence,
        )
        # NaN: not one run was without.
        return Estimate(*(np.inf if np.isnan(rate) else rate for rate in found.rate))


class _Search:
    """From candidates to an advice."""

    def __init__(self, bench: _Bench, wish: Wish) -> None:
        self.bench, self.trial, self.wish = bench, bench.trial, wish
        self.screened = tuple(self._screen(self.trial.network.misses))

    def advice(self) -> Advice:
        bench = self.bench
        for screened in self._front():
            bench.assess(screened.candidate)
        self._try_promising()
        assessed = list(bench.done.values())
        passing = [assessment for assessment in assessed if assessment.passes(self.wish)]
        choice = max(passing, key=self._preference, default=None)
        rare_enough = [a for a in assessed if a.room_of_rate(self.wish) >= 1.0]
        quick_enough = [a for a in assessed if a.room_of_outage(self.wish) >= 0.0]
        return Advice(
            self.wish,
            self.trial.network,
            self.trial.servers,
            choice,
            min(rare_enough, key=lambda a: a.outage.high) if rare_enough else None,
            min(quick_enough, key=lambda a: a.false_failovers.high) if quick_enough else None,
            tuple(assessed),
            self.screened,
            bench.runs,
            bench.seed,
            bench.confidence,
            choice is not None or self._likely(),
        )

    def _likely(self) -> bool:
        """Whether the wish could be had, by closed forms, were the network as it most likely is."""
        return any(map(self._seems_to_pass, self._screen(self.trial.network.likeliest)))

    def _screen(self, misses_of: Callable[[float], Channel]) -> Iterator[Screened]:
        """Candidates with the figures of closed forms, those out of all proportion left out."""
        wish = self.wish
        after = self.trial.servers.takeover_s(wish.quantile) + REQUEST_INTERVAL_S
        after += self.trial.network.least_round_trip_s / 2.0  # of the client's answer
        for patience in self.trial.patiences:
            channel = misses_of(patience)
            for interval in (step for step in INTERVALS if step >= patience):
                rows = channel.every(interval).at_least(np.arange(_MOST_MISSES + 1))
                for misses in range(1, _MOST_MISSES + 1):
                    candidate = Candidate(interval, patience, misses)
                    if not self.trial.allows(candidate):
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

    def _try_promising(self) -> None:
        """Simulate what seems to meet the wish, best first, until enough of it does."""
        seem = filter(self._seems_to_pass, self.screened)
        found = 0
        for screened in sorted(seem, key=self._promise, reverse=True)[:_MOST_TRIED]:
            found += self.bench.assess(screened.candidate).passes(self.wish)
            if found >= _ENOUGH:
                break

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
        """Enough room first, then the fewest pings, then the most patience with each, since how
        late an answer can be is what is known the least; then the most room."""
        comfort, candidate = assessment.comfort(self.wish), assessment.candidate
        return (min(comfort, 1.0), candidate.ping_interval, candidate.ping_timeout, comfort)
