# SPDX-License-Identifier: MIT
"""What can be said of a sample of runs, and how surely.

Pure functions of arrays; nothing here draws or simulates. Two values have a meaning of their own
in every sample:

``NaN``
    nothing was measured (the run has no such figure). Left out, as if the run had not been made.
``inf``
    more than could be measured, such as an outage that lasts to the end of the run. It counts as
    greater than everything else, so that quantiles stay honest: see :func:`beyond_the_run`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Ecdf",
    "Estimate",
    "PairedDifference",
    "availability",
    "beyond_the_run",
    "bootstrap",
    "ecdf",
    "mean",
    "paired_difference",
    "proportion",
    "quantile",
    "ratio",
    "variance",
]


class Estimate(NamedTuple):
    """A figure and the interval that covers the true one with the confidence asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ecdf:
    """An empirical distribution function: a staircase from 0 to 1.

    Attributes
    ----------
    values : ndarray of float, shape (n,)
        Where the stairs are: the distinct finite values of the sample, ascending.
    probabilities : ndarray of float, shape (n,)
        The share of the sample that is less than or equal to each of them. The last one is below
        1 if the sample holds ``inf``.
    """

    values: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def __call__(self, x: ArrayLike) -> NDArray[np.float64]:
        """The share of the sample that is less than or equal to each `x`."""
        stairs = np.append(0.0, self.probabilities)
        return np.asarray(stairs[np.searchsorted(self.values, x, side="right")])


def _measured(sample: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(sample, dtype=np.float64).ravel()
    values = values[~np.isnan(values)]
    if values.size == 0:
        raise ValueError("the sample is empty: nothing was measured in any of its runs")
    return values


def beyond_the_run(values: ArrayLike, censored: ArrayLike) -> NDArray[np.float64]:
    """Replace each censored value with ``inf``: all that is known is that it is longer.

    Parameters
    ----------
    values : array_like of float, shape (n,)
    censored : array_like of bool, shape (n,)
        Whether the run ended before the value was complete.

    Returns
    -------
    ndarray of float, shape (n,)
    """
    # As numbers: what has no outage has no `censored` either, but NaN, which is true.
    is_censored = np.asarray(censored, dtype=np.float64) > 0.0
    return np.where(is_censored, np.inf, np.asarray(values, dtype=np.float64))


def ecdf(sample: ArrayLike) -> Ecdf:
    """The empirical distribution function of a sample.

    Parameters
    ----------
    sample : array_like of float

    Raises
    ------
    ValueError
        If nothing was measured.
    """
    values = _measured(sample)
    stairs, heights = np.unique(values, return_counts=True)
    finite = np.isfinite(stairs)
    return Ecdf(stairs[finite], np.cumsum(heights)[finite] / values.size)


def quantile(sample: ArrayLike, p: float, confidence: float = 0.95) -> Estimate:
    """The least value that a share `p` of the sample does not exceed.

    The interval is that of the order statistics: the number of values below the true quantile is
    binomial, whatever the distribution. It needs no assumption and no resampling, and covers the
    true quantile with at least the confidence asked for.

    Parameters
    ----------
    sample : array_like of float
    p : float
        Between 0 and 1, such as 0.99.
    confidence : float, optional

    Returns
    -------
    Estimate
        A bound that the sample is too small for is infinite.

    Raises
    ------
    ValueError
        If nothing was measured, or `p` or `confidence` is not between 0 and 1.
    """
    _check_share("p", p)
    _check_share("confidence", confidence)
    ordered = np.sort(_measured(sample))
    tail = (1.0 - confidence) / 2.0
    low_rank = int(stats.binom.ppf(tail, ordered.size, p))
    high_rank = int(stats.binom.isf(tail, ordered.size, p)) + 1
    return Estimate(
        value=float(np.quantile(ordered, p, method="inverted_cdf")),
        low=float(ordered[low_rank - 1]) if low_rank >= 1 else -np.inf,
        high=float(ordered[high_rank - 1]) if high_rank <= ordered.size else np.inf,
    )


def mean(sample: ArrayLike, confidence: float = 0.95) -> Estimate:
    """The mean of a sample, with Student's interval.

    Parameters
    ----------
    sample : array_like of float
        At least two measured values for a finite interval.
    confidence : float, optional

    Raises
    ------
    ValueError
        If nothing was measured, or `confidence` is not between 0 and 1.
    """
    _check_share("confidence", confidence)
    values = _measured(sample)
    middle = float(values.mean())
    if values.size < 2:
        return Estimate(middle, -np.inf, np.inf)
    reach = stats.t.isf((1.0 - confidence) / 2.0, values.size - 1) * stats.sem(values)
    return Estimate(middle, middle - float(reach), middle + float(reach))


def availability(missing: ArrayLike, whole: ArrayLike, confidence: float = 0.95) -> Estimate:
    """The share of all time, or of all requests, that was served.

    One less the sum of what is missing by the sum of the whole: runs count by their length. The
    interval is Student's for a ratio of two means of independent runs (Cochran, "Sampling
    Techniques", 3rd edition, 1977, section 6.4). It is cut at 1, and wants some twenty runs in
    which something was missing.

    Parameters
    ----------
    missing : array_like of float, shape (n,)
        Of each run: its ``lost_requests``, or ``no_primary_s``.
    whole : array_like of float, shape (n,) or ()
        Its ``requests``, or ``run.duration`` in seconds.
    confidence : float, optional

    Returns
    -------
    Estimate
        If nothing was missing in any run, the lower end is what the share of runs allows in which
        something, at most all, may be: it says little, but nothing that is not so.

    Raises
    ------
    ValueError
        If nothing was measured, or `confidence` is not between 0 and 1.

    Examples
    --------
    >>> availability([0.0, 30.0, 0.0, 6.0], 3600.0).value
    0.9975
    """
    _check_share("confidence", confidence)
    lost, all_of_it = np.broadcast_arrays(
        np.asarray(missing, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    )
    measured = np.isfinite(lost) & (all_of_it > 0.0)
    lost, all_of_it = _measured(lost[measured]), all_of_it[measured]
    share = float(lost.sum() / all_of_it.sum())
    if not lost.any():
        return Estimate(1.0, 1.0 - proportion(0, lost.size, confidence).high, 1.0)
    if lost.size < 2:
        return Estimate(1.0 - share, 0.0, 1.0)
    error = stats.sem(lost - share * all_of_it) / all_of_it.mean()
    reach = float(stats.t.isf((1.0 - confidence) / 2.0, lost.size - 1) * error)
    return Estimate(1.0 - share, max(1.0 - share - reach, 0.0), min(1.0 - share + reach, 1.0))


def bootstrap(
    sample: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], float],
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 1,
) -> Estimate:
    """Any figure of a sample, with the percentile bootstrap's interval.

    For figures that have no interval of their own here. It is Efron's (Efron and Tibshirani, "An
    Introduction to the Bootstrap", 1993, chapter 13): the middle of what the figure is in samples
    drawn from this one. It is too narrow for a few runs, and for quantiles far out, for which
    :func:`quantile` is made.

    Parameters
    ----------
    sample : array_like of float, shape (n,)
    statistic : callable
        From an array of shape (n,) to the figure.
    confidence : float, optional
    resamples : int, optional
        How many samples are drawn.
    seed : int, optional
        Of the draws: the same sample and seed give the same interval.

    Returns
    -------
    Estimate
        In the unit of the figure.

    Raises
    ------
    ValueError
        If nothing was measured, or `confidence` is not between 0 and 1, or `resamples` below 1.

    Examples
    --------
    >>> bootstrap([1.0, 2.0, 3.0, 4.0, 5.0], np.median).value
    3.0
    """
    _check_share("confidence", confidence)
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}; it must be 1 at the least")
    values = _measured(sample)
    random = np.random.default_rng(seed)
    drawn = np.array(
        [statistic(random.choice(values, values.size)) for _ in range(resamples)], dtype=np.float64
    )
    # Of the drawn, not between them: where some are infinite there is nothing in between.
    low, high = np.quantile(
        drawn, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0], method="nearest"
    )
    return Estimate(float(statistic(values)), float(low), float(high))


def proportion(hits: int, trials: int, confidence: float = 0.95) -> Estimate:
    """The share of trials that hit, with the exact interval of Clopper and Pearson.

    Parameters
    ----------
    hits, trials : int
        0 <= hits <= trials, and at least one trial.
    confidence : float, optional

    Raises
    ------
    ValueError
        If the numbers are not such.
    """
    if trials < 1:
        raise ValueError("a share of no trials is no number")
    interval = stats.binomtest(hits, trials).proportion_ci(confidence, method="exact")
    return Estimate(hits / trials, float(interval.low), float(interval.high))


def variance(sample: ArrayLike, confidence: float = 0.95) -> Estimate:
    """The variance of a sample, with an interval that knows how heavy its tails are.

    The error of a sample variance is sqrt((m4 - s^4) / n) where m4 is the fourth central moment
    (H. Cramer, Mathematical Methods of Statistics, 1946, section 27.4), so this is for samples of
    hundreds and more.

    Parameters
    ----------
    sample : array_like of float
    confidence : float, optional

    Raises
    ------
    ValueError
        If fewer than two values were measured, or `confidence` is not between 0 and 1.
    """
    _check_share("confidence", confidence)
    values = _measured(sample)
    if values.size < 2:
        raise ValueError("the sample is too small: one value has no variance")
    middle = float(values.var(ddof=1))
    fourth = float(np.mean((values - values.mean()) ** 4))
    error = np.sqrt(max(fourth - middle**2, 0.0) / values.size)
    reach = float(stats.norm.isf((1.0 - confidence) / 2.0) * error)
    return Estimate(middle, middle - reach, middle + reach)


def ratio(numerator: ArrayLike, denominator: ArrayLike, confidence: float = 0.95) -> Estimate:
    """The ratio of two means that were measured together, such as a share of time.

    For independent pairs, by linearisation: the error of the ratio r is that of the mean of
    ``numerator - r * denominator`` over the mean of `denominator` (W. G. Cochran, Sampling
    Techniques, 1977, section 2.11).

    Parameters
    ----------
    numerator, denominator : array_like of float, shape (n,)
        Of the same trials, in the same order.
    confidence : float, optional

    Raises
    ------
    ValueError
        If the samples are not of one size, or smaller than two.
    """
    _check_share("confidence", confidence)
    above = np.asarray(numerator, dtype=np.float64).ravel()
    below = np.asarray(denominator, dtype=np.float64).ravel()
    if above.size != below.size or above.size < 2:
        raise ValueError(f"a ratio of {above.size} and {below.size} values; it wants pairs, two or more")
    middle = float(above.mean() / below.mean())
    error = stats.sem(above - middle * below) / abs(below.mean())
    reach = float(stats.t.isf((1.0 - confidence) / 2.0, above.size - 1) * error)
    return Estimate(middle, middle - reach, middle + reach)


@dataclass(frozen=True)
class PairedDifference:
    """How far two samples of the same runs are apart, run by run.

    Attributes
    ----------
    pairs : int
        Runs in which both were measured. If there are none, the other figures are NaN.
    only_one : int
        Runs in which one was measured and the other was not, or one is infinite: a difference
        too, and not a small one.
    median, largest : float
        Of the absolute differences.
    bias : Estimate
        The mean of second less first.
    """

    pairs: int
    only_one: int
    median: float
    largest: float
    bias: Estimate


def paired_difference(
    first: pd.Series, second: pd.Series, confidence: float = 0.95
) -> PairedDifference:
    """Compare two series of the same runs, aligned by their index.

    Parameters
    ----------
    first, second : Series of float
        Indexed by run. Runs that only one of them has count as `only_one`, unless what it has
        there is NaN.
    confidence : float, optional
        Of the interval of the bias.
    """
    first, second = first.align(second, join="outer")
    a, b = first.to_numpy(dtype=np.float64), second.to_numpy(dtype=np.float64)
    both = np.isfinite(a) & np.isfinite(b)
    alike = both | (np.isnan(a) & np.isnan(b)) | (np.isinf(a) & np.isinf(b))
    difference = b[both] - a[both]
    if difference.size == 0:
        nothing = Estimate(np.nan, np.nan, np.nan)
        return PairedDifference(0, int(np.count_nonzero(~alike)), np.nan, np.nan, nothing)
    return PairedDifference(
        pairs=int(difference.size),
        only_one=int(np.count_nonzero(~alike)),
        median=float(np.median(np.abs(difference))),
        largest=float(np.max(np.abs(difference))),
        bias=mean(difference, confidence),
    )


def _check_share(name: str, value: float) -> None:
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} is {value}; it must lie between 0 and 1")
