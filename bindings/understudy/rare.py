# SPDX-License-Identifier: MIT
"""How often something happens that runs never show: `rare`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from understudy import _virtual
from understudy.runs import check_runs
from understudy.scenario import Scenario
from understudy.statistics import Estimate
from understudy.work import processors

__all__ = ["RareEstimate", "RareLevel", "rare"]


@dataclass(frozen=True)
class RareLevel:
    """A step on the way to the event, such as so many misses in a row.

    Attributes
    ----------
    factor : int
        Into how many paths one that rises to it splits.
    entries : int
        Paths that rose to it, in all runs together.
    per_run : float
        How often one run of plain simulation rises to it on average.
    """

    factor: int
    entries: int
    per_run: float


@dataclass(frozen=True)
class RareEstimate:
    """How often a rare event happens, and how surely that is known.

    A rate is that of the first event while there has been none, of a pair that meets the same
    disturbances all the time. Each :class:`~understudy.statistics.Estimate` is a figure with the
    interval that covers the true one with the confidence asked for. If nothing was found, the
    figure is 0 (the mean time ``inf``), and the other end of the interval is what the runs refute
    without their copies.

    Attributes
    ----------
    event : str
    method : str
    runs : int
        Independent runs.
    hits : int
        Of these, with an event on some path. Below some 20, the error is itself an estimate that
        can be far off.
    rate : Estimate
        Events per second; NaN if the event is so frequent that no run was left without it.
    per_day : Estimate
    mean_time : Estimate
        Seconds to the first event.
    relative_error : float
        Standard error of the rate as a part of it; NaN if there is none.
    probability : Estimate
        That the event happens within a run. Its figure is unbiased, whatever the scenario.
    confidence : float
    paths : int
        Runs and copies of them.
    simulated_s : float
        Virtual time that all paths took together, in seconds.
    levels : tuple of RareLevel
        The first one's first; empty, if the method has none.
    """

    event: str
    method: str
    runs: int
    hits: int
    rate: Estimate
    per_day: Estimate
    mean_time: Estimate
    relative_error: float
    probability: Estimate
    confidence: float
    paths: int
    simulated_s: float
    levels: tuple[RareLevel, ...]


def rare(
    scenario: Scenario,
    event: str,
    runs: int = 1000,
    seed: int = 1,
    method: str = "splitting",
    first_run: int = 1,
    jobs: int | None = None,
    confidence: float = 0.95,
) -> RareEstimate:
    """Estimate how often a settled pair meets with an event, however rarely.

    Parameters
    ----------
    scenario : Scenario
        Its disturbances are to be the same all the time. It must not take a server away.
    event : {"false_failover", "dual_primary"}
        A failure declared though the primary could serve; or two servers that hold the primary
        address at once.
    runs : int, optional
        Independent runs, at least 10, each as long as ``run.duration``. The error falls with the
        root of their number.
    seed : int, optional
        Of all draws, from 0 to 2**64 - 1.
    method : {"splitting", "importance", "plain"}, optional
        Copy runs that come nearer to the event (for any disturbances); make losses likelier (better
        still, where misses are made of loss alone); or neither, for comparison.
    first_run : int, optional
        The number of the first run, from 1.
    jobs : int, optional
        How many processors to use; all that there are, if not given. Changes no result.
    confidence : float, optional
        Of all intervals.

    Returns
    -------
    RareEstimate

    Raises
    ------
    BadInput
        If an argument makes no sense, or the scenario has no such rate.

    Examples
    --------
    >>> lost_pings = load("scenarios/lost-pings.toml")
    >>> lost_pings.pair.misses = 7
    >>> rare(lost_pings, "false_failover").mean_time.value / 86400  # days
    """
    numbers = check_runs(runs=runs, first_run=first_run, seed=seed, jobs=jobs)
    if runs < _virtual.LEAST_RARE_RUNS:
        raise _virtual.BadInput(
            f"runs is {runs}; to tell how sure a rate is, take {_virtual.LEAST_RARE_RUNS} or more"
        )
    if not 0.0 < confidence < 1.0:
        raise _virtual.BadInput(f"confidence is {confidence}; it must lie between 0 and 1")
    scenario.core.check()
    plan = _virtual.RarePlan(scenario.core, event, method, seed)
    with ThreadPoolExecutor(jobs or processors(), thread_name_prefix="understudy") as pool:
        try:
            samples = list(pool.map(plan.sample, numbers))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return _estimate_of(_virtual.rare_estimate(plan, samples, confidence))


def _estimate_of(columns: dict[str, Any]) -> RareEstimate:
    def estimate(value: str, low: str, high: str, nothing: float) -> Estimate:
        cells = [columns[name] for name in (value, low, high)]
        return Estimate(*(nothing if cell is None else cell for cell in cells))

    nan = float("nan")
    error = columns["relative_error"]
    # Without a rate there is no mean time either; with a rate of 0, it is without end.
    never = nan if columns["rate_per_s"] is None else float("inf")
    return RareEstimate(
        event=columns["event"],
        method=columns["method"],
        runs=columns["runs"],
        hits=columns["hits"],
        rate=estimate("rate_per_s", "rate_low_per_s", "rate_high_per_s", nan),
        per_day=estimate("per_day", "per_day_low", "per_day_high", nan),
        mean_time=estimate("mean_time_s", "mean_time_low_s", "mean_time_high_s", never),
        relative_error=nan if error is None else error,
        probability=estimate("probability", "probability_low", "probability_high", nan),
        confidence=columns["confidence"],
        paths=columns["paths"],
        simulated_s=columns["simulated_s"],
        levels=tuple(RareLevel(**level) for level in columns["levels"]),
    )
