# SPDX-License-Identifier: MIT
"""What is wished for, ways to ping, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from understudy.distribution import Distribution
from understudy.statistics import Estimate
from understudy.wording import span

__all__ = ["Assessment", "Candidate", "Screened", "Servers", "Wish"]

# What is comfortable: so much of the outage left, so many times fewer false failovers than wished.
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
        """From the declared failure until the address is claimed, about: its quantile `p`."""
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
        return (
            f"a ping every {span(self.ping_interval)}, {span(self.ping_timeout)} to answer, "
            f"{self.misses} miss{'es' if self.misses > 1 else ''}"
        )


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
        most = self.false_failovers.high
        return wish.false_failovers_per_s / most if most > 0.0 else np.inf

    def passes(self, wish: Wish) -> bool:
        return self.room_of_outage(wish) >= 0.0 and self.room_of_rate(wish) >= 1.0

    def comfort(self, wish: Wish) -> float:
        """The lesser of both rooms as a part of what is comfortable; below 0 if one is lacking."""
        of_rate = np.log(max(self.room_of_rate(wish), 1e-300)) / np.log(ROOM_OF_RATE)
        return float(min(self.room_of_outage(wish) / ROOM_OF_OUTAGE, of_rate))
