# SPDX-License-Identifier: MIT
"""Pings that are missed, one by one and in bursts: what a network looks like to a detector.

Everyday words: the network is good or bad. While it is good, a ping goes missing now and then,
alone; while it is bad, all of them do. Whether it turns bad, or good again, is drawn at each ping.
That is the channel of E. N. Gilbert (Bell System Technical Journal 39, 1960) and E. O. Elliott
(ibid. 42, 1963) with nothing getting through in its bad state, the one that a scenario's fault of
the kind ``loss`` has.

An answered ping proves that the channel is good, so the channel begins anew with each, and the
lengths of its rows of misses are independent. Everything here follows from that, and from one
function: the probability that a row is at least so long.

Pure functions of numbers and arrays; nothing here draws or simulates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import optimize, stats

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Channel", "Rows", "fit", "no_better_than", "rows_of"]

_LEAST = 1e-9  # of a probability that is to be found
_FARTHEST = 30.0  # logarithm of odds
_NO_BURST = 9.21  # 2 ln of the likelihood ratio that bursts have to earn: chi^2, 2 df, 99 %
_REFUTED = 1.353  # ln of the likelihood ratio that refutes, one-sided: chi^2, 1 df, 90 %, halved


@dataclass(frozen=True)
class Channel:
    """How pings go missing that are sent at a certain interval.

    Attributes
    ----------
    interval : float
        Between two pings, in seconds.
    alone : float
        Probability that a ping is missed while the channel is good.
    begins : float
        Probability, at each ping, that a good channel turns bad first.
    ends : float
        Probability, at each ping, that a bad one turns good first.
    """

    interval: float
    alone: float
    begins: float = 0.0
    ends: float = 1.0

    def at_least(self, misses: ArrayLike) -> NDArray[np.float64]:
        """The probability that after an answered ping at least so many in a row are missed.

        Parameters
        ----------
        misses : array_like of int, shape (n,)
            From 0.

        Returns
        -------
        ndarray of float, shape (n,)
            Two geometric laws mixed: powers of the eigenvalues of the chain restricted to misses.
        """
        share, long, short = self._mixture()
        powers = np.asarray(misses, dtype=np.float64)
        return share * long**powers + (1.0 - share) * short**powers

    def exactly(self, misses: ArrayLike) -> NDArray[np.float64]:
        """The same, and that the next one is answered; ndarray of float, shape (n,)."""
        share, long, short = self._mixture()
        powers = np.asarray(misses, dtype=np.float64)
        rows = share * (1.0 - long) * long**powers
        return rows + (1.0 - share) * (1.0 - short) * short**powers

    def pings_to(self, misses: int) -> float:
        """The mean number of pings up to the first row of so many misses.

        By Wald's equation: a try takes as many pings as there are misses before it ends, and ends
        in such a row with the probability :meth:`at_least`. With ``begins = 0`` this is the
        (1 - q^k) / (q^k (1 - q)) of W. Feller, An Introduction to Probability Theory, volume 1,
        section XIII.7.

        Parameters
        ----------
        misses : int
            From 1.

        Returns
        -------
        float
            ``inf`` if none is ever missed.
        """
        rows = self.at_least(np.arange(misses + 1))
        return float(rows[:-1].sum() / rows[-1]) if rows[-1] > 0.0 else np.inf

    def every(self, interval: float) -> Channel:
        """The same network, pinged at another interval, in seconds.

        Good and bad times last as long as before, in seconds: the chain is seen at other instants.
        What is missed alone is missed alone.
        """
        both = self.begins + self.ends
        if self.begins <= 0.0:
            return replace(self, interval=interval)
        bad = self.begins / both
        kept = max(1.0 - both, 0.0) ** (interval / self.interval)
        return Channel(interval, self.alone, bad * (1.0 - kept), (1.0 - bad) * (1.0 - kept))

    def worse(self, factor: float) -> Channel:
        """A channel on which rows of misses begin so many times as often; bursts last as before."""
        return replace(
            self,
            alone=min(factor * self.alone, 1.0),
            begins=min(factor * self.begins, 1.0 - self.ends),
        )

    def _mixture(self) -> tuple[float, float, float]:
        """The share of the first of two geometric laws, and both ratios, the greater one first."""
        stays, turns = (1.0 - self.begins) * self.alone, self.begins
        back, lasts = self.ends * self.alone, 1.0 - self.ends
        middle = (stays + lasts) / 2.0
        apart = np.sqrt(((stays - lasts) / 2.0) ** 2 + turns * back)
        long, short = middle + apart, max(middle - apart, 0.0)
        if apart <= 0.0:
            return 1.0, long, short
        return float((stays + turns - short) / (2.0 * apart)), float(long), float(short)


class Rows(NamedTuple):
    """The rows of misses in a series of pings.

    Attributes
    ----------
    ended : dict of int to int
        How many rows of each length an answer ended; one of length 0 is an answer after an answer.
    open : int
        Length of the row at the end of the series, that no answer ended; 0 if there is none.
    """

    ended: Mapping[int, int]
    open: int

    @property
    def tries(self) -> int:
        """Pings after which a row could begin."""
        return sum(self.ended.values()) + (self.open > 0)

    @property
    def begun(self) -> int:
        """Rows of a miss or more."""
        return self.tries - self.ended.get(0, 0)

    @property
    def longest(self) -> int:
        return max(max(self.ended, default=0), self.open)


def rows_of(missed: ArrayLike) -> Rows:
    """Count the rows of misses.

    Parameters
    ----------
    missed : array_like of bool, shape (n,)
        By ping, in their order. What is before the first answer tells nothing.

    Raises
    ------
    ValueError
        If no ping was answered.
    """
    series = np.asarray(missed, dtype=bool)
    answered = np.flatnonzero(~series)
    if answered.size == 0:
        raise ValueError("no ping was answered")
    lengths, counts = np.unique(np.diff(answered) - 1, return_counts=True)
    ended = dict(zip(lengths.tolist(), counts.tolist()))
    return Rows(ended, series.size - 1 - int(answered[-1]))


def fit(rows: Rows, interval: float) -> Channel:
    """The channel that makes a series of pings likeliest.

    Bursts are believed in only if independent misses are refuted by them (likelihood ratio, 99 %):
    two misses that happen to be neighbours are no burst.

    Parameters
    ----------
    rows : Rows
        Of the series.
    interval : float
        Between its pings, in seconds.

    Returns
    -------
    Channel
        Of maximum likelihood. Without a miss it misses none: see :func:`no_better_than`.

    Raises
    ------
    ValueError
        If the series has no two pings to learn from.
    """
    if rows.tries == 0:
        raise ValueError("the series is too short: nothing follows its first answer")
    missed = rows.open + sum(length * count for length, count in rows.ended.items())
    lone = Channel(interval, missed / (missed + sum(rows.ended.values())))
    if rows.longest < 2:
        return lone
    found = max(
        (_climb(rows, start, ("alone", "begins", "ends")) for start in _starts(rows, interval)),
        key=lambda channel: _log_likelihood(rows, channel),
    )
    gain = _log_likelihood(rows, found) - _log_likelihood(rows, lone)
    return found if 2.0 * gain > _NO_BURST else lone


def no_better_than(rows: Rows, fitted: Channel) -> Channel:
    """As `fitted`, but as bad as the series allows: what not to rely on is not relied on.

    Rows of misses begin as often as their number does not refute (Clopper and Pearson, 95 %,
    one-sided), and bursts last as long as the likelihood does not refute (95 %, one-sided). Without
    a miss in n pings, one in n/3 is reckoned with: the rule of three.
    """
    begun = float(stats.beta.ppf(0.95, rows.begun + 1, rows.tries - rows.begun))
    if rows.begun == 0:
        return replace(fitted, alone=begun)
    worse = fitted.worse(begun * rows.tries / rows.begun)
    return replace(worse, ends=_least_end(rows, fitted)) if fitted.begins > 0.0 else worse


def _least_end(rows: Rows, fitted: Channel) -> float:
    """By the profile likelihood: for each `ends`, the others are what suits it best."""
    refuted = _log_likelihood(rows, fitted) - _REFUTED

    def excess(log_ends: float) -> float:
        held = replace(fitted, ends=float(np.exp(log_ends)))
        return _log_likelihood(rows, _climb(rows, held, ("alone", "begins"))) - refuted

    least = optimize.brentq(excess, np.log(_LEAST), np.log(fitted.ends), xtol=0.01)
    return float(np.exp(least))


def _log_likelihood(rows: Rows, channel: Channel) -> float:
    lengths = np.fromiter(rows.ended.keys(), dtype=np.float64)
    counts = np.fromiter(rows.ended.values(), dtype=np.float64)
    tiny = np.finfo(np.float64).tiny
    total = float(counts @ np.log(np.maximum(channel.exactly(lengths), tiny)))
    if rows.open:
        total += float(np.log(np.maximum(channel.at_least([rows.open])[0], tiny)))
    return total


def _starts(rows: Rows, interval: float) -> list[Channel]:
    """Where to begin to climb: rows longer than a limit are bursts, the others are not."""
    starts = []
    for limit in sorted({0, 1, 2, rows.longest // 4, rows.longest // 2}):
        long = {length: count for length, count in rows.ended.items() if length > limit}
        bursts = sum(long.values()) + (rows.open > limit)
        pings = sum(length * count for length, count in long.items()) + rows.open
        alone = sum(length * n for length, n in rows.ended.items() if length <= limit)
        if bursts:
            starts.append(
                Channel(interval, alone / rows.tries, bursts / rows.tries, min(bursts / pings, 0.9))
            )
    return starts


def _climb(rows: Rows, start: Channel, free: Sequence[str]) -> Channel:
    """To where the likelihood is greatest, in the logarithms of the odds of what is free."""

    def channel_at(point: NDArray[np.float64]) -> Channel:
        values = 1.0 / (1.0 + np.exp(-np.clip(point, -_FARTHEST, _FARTHEST)))
        return replace(start, **dict(zip(free, values.tolist())))

    def cost(point: NDArray[np.float64]) -> float:
        channel = channel_at(point)
        # Good and bad that alternate by themselves would be no bursts.
        together = channel.begins + channel.ends
        return -_log_likelihood(rows, channel) if together < 1.0 else np.inf

    odds = np.clip([getattr(start, name) for name in free], 1e-9, 0.9)
    found = optimize.minimize(
        cost,
        np.log(odds / (1.0 - odds)),
        method="Nelder-Mead",
        options={"xatol": 1e-3, "fatol": 1e-5, "maxiter": 1000},
    )
    return channel_at(found.x)
