# SPDX-License-Identifier: MIT
"""Candidates on trial: the scenarios that tell how a way to ping fares on a network.

The servers are on one switch. Round trips are the network's least one; all that is late is a miss,
as it is to a detector that waits for a fixed time, and misses strike the answers only, so a ping's
share of the round trip does not shorten the detection. Clients lose no packets of their own: theirs
is another path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from understudy import statistics
from understudy._virtual import BadInput, duration_to_toml
from understudy.candidates import Candidate, Servers
from understudy.channel import Channel
from understudy.networks import Network
from understudy.scenario import Scenario, parse

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["INTERVALS", "PATIENCES", "REQUEST_INTERVAL_S", "Trial", "failover_times"]

_DIGITS = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0]
_STEPS = [float(f"{step:g}") for step in np.outer(10.0 ** np.arange(-3, 2), _DIGITS).ravel()]

# Spans that a person would write, in seconds.
INTERVALS = [step for step in _STEPS if 0.01 <= step <= 10.0]
PATIENCES = [step for step in _STEPS if step <= 10.0]

REQUEST_INTERVAL_S = 0.01
_CLOCK_DRIFT = 0.001  # of `pair.clock_drift`


@dataclass(frozen=True)
class Trial:
    """A network, and servers on it.

    Attributes
    ----------
    network : Network
    servers : Servers
    """

    network: Network
    servers: Servers

    def check(self) -> None:
        """Raise BadInput if the servers make no sense, however they ping."""
        if not self.patiences:
            raise BadInput(
                f"{self.network.name}: half of the round trips take "
                f"{self.network.round_trip_s(0.5):g} s and more; a ping is waited for "
                f"{PATIENCES[-1]:g} s at most"
            )
        patience = self.patiences[0]
        try:
            self._parsed(Candidate(max(INTERVALS[0], patience), patience, 1), "", "")
        except BadInput as error:
            raise BadInput(str(error).split(": ", 1)[-1]) from None

    @property
    def patiences(self) -> list[float]:
        """Timeouts that most answers come within, in seconds."""
        return [step for step in PATIENCES if step > self.network.round_trip_s(0.5)]

    def misses(self, candidate: Candidate) -> Channel:
        return self.network.misses(candidate.ping_timeout).every(candidate.ping_interval)

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
            request_interval = {_toml(REQUEST_INTERVAL_S)}
            request_timeout = {_toml(max(0.05, 2.0 * self.network.least_round_trip_s))}
            [run]
            duration = {_toml(begin + after + 3.0)}
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

    @property
    def _probe_timeout(self) -> float:
        """Twice what nearly all answers take: a booted server must not overlook a monitor."""
        wanted = max(0.2, 2.0 * self.network.round_trip_s(0.999))
        return min((step for step in PATIENCES if step >= wanted), default=PATIENCES[-1])


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


def _toml(seconds: float) -> str:
    return duration_to_toml(seconds)
