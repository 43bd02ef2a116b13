# SPDX-License-Identifier: MIT
"""How good a detector is on its own: how often it errs about a primary that lives, and how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from understudy import _virtual, statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from understudy.scenario import Scenario
    from understudy.statistics import Estimate

__all__ = ["DetectorQuality", "detector_quality"]


@dataclass(frozen=True)
class DetectorQuality:
    """The mistakes of a detector, after W. Chen, S. Toueg and M. K. Aguilera, "On the quality of
    service of failure detectors", IEEE Trans. Computers 51(5), 2002.

    Attributes
    ----------
    pings : int
        That it has heard the answers of.
    begins_s : ndarray of float, shape (n,)
        When each mistake began, in seconds.
    lasts_s : ndarray of float, shape (n,)
        How long it lasted, in seconds.
    """

    pings: int
    begins_s: NDArray[np.float64]
    lasts_s: NDArray[np.float64]

    def recurrence(self, confidence: float = 0.95) -> Estimate:
        """E(T_MR) in seconds: from the beginning of a mistake to that of the next."""
        return statistics.mean(np.diff(self.begins_s), confidence)

    def duration(self, confidence: float = 0.95) -> Estimate:
        """E(T_M) in seconds: how long a mistake lasts."""
        return statistics.mean(self.lasts_s, confidence)

    def accuracy(self, confidence: float = 0.95) -> Estimate:
        """P_A = 1 - E(T_M) / E(T_MR): the probability that it is right at a random instant."""
        wrong = statistics.ratio(self.lasts_s[:-1], np.diff(self.begins_s), confidence)
        return statistics.Estimate(1.0 - wrong.value, 1.0 - wrong.high, 1.0 - wrong.low)


def detector_quality(
    scenario: Scenario, pings: int = 1_000_000, seed: int = 1, run: int = 1
) -> DetectorQuality:
    """Let a detector alone hear the answers of a primary that never fails.

    An agent acts on its first mistake; a detector goes on, so its rates are those of the
    literature. It suspects after the patience with a ping if neither that one nor any of the
    ``misses - 1`` before it has been answered, and trusts again as soon as one of them is.

    Parameters
    ----------
    scenario : Scenario
        Its pair says how it waits, its topology and its faults of the network how pings fare.
        The faults have to last from the start to the end.
    pings : int, optional
        How many, from 1.
    seed, run : int, optional
        Of the draws, as of :func:`understudy.run`.

    Raises
    ------
    BadInput
        If the scenario makes no sense, or has faults that a detector alone does not know.

    Examples
    --------
    >>> lossy = parse('[[fault]]\\nkind = "loss"\\nprobability = 0.1\\nat = "0s"')
    >>> detector_quality(lossy).recurrence()
    """
    if pings < 1:
        raise _virtual.BadInput(f"pings is {pings}; it must be at least 1")
    checked = scenario.replace({})
    begins, lasts = _virtual.mistakes_alone(checked.core, seed, run, pings)
    return DetectorQuality(pings, begins, lasts)
