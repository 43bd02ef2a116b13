# SPDX-License-Identifier: MIT
"""Networks as a pair's pings see them: recorded ones, and a few that others have published.

A network says how pings are missed that are waited for so long (:class:`Channel`), lost ones and
late ones alike: to a detector that waits for a fixed time they are the same.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from understudy import channel
from understudy._virtual import BadInput
from understudy.channel import Channel, Rows
from understudy.recording import Recording, read_recording
from understudy.wording import span, times_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NETWORKS", "Network", "PublishedNetwork", "RecordedNetwork", "network_named"]


class Network(Protocol):
    """What :func:`understudy.advise` has to know of a network."""

    @property
    def name(self) -> str: ...

    @property
    def least_round_trip_s(self) -> float: ...

    def round_trip_s(self, p: float) -> float:
        """The round trip that a share `p` of the answers does not exceed, in seconds."""

    def misses(self, patience: float) -> Channel:
        """How pings are missed whose answers are waited for so long, in seconds: at the worst."""

    def likeliest(self, patience: float) -> Channel:
        """The same, but as is most likely."""

    def doubts(self, interval: float, patience: float, rate: float) -> list[str]:
        """What is not known of it, and matters to a pair that pings so often and waits so long, in
        seconds, and is to have so few false failovers per second. A sentence or two each."""


class RecordedNetwork:
    """A network of which there is a recording.

    For each patience, the channel is fitted to what would have been missed of the recording with
    it: lost or late, with all bursts. Then it is made as bad as the recording allows, see
    :func:`understudy.channel.no_better_than`.

    Attributes
    ----------
    recording : Recording
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._fits: dict[float, tuple[Rows, Channel]] = {}

    @property
    def name(self) -> str:
        return self.recording.name

    @property
    def least_round_trip_s(self) -> float:
        return self.recording.least_s

    def round_trip_s(self, p: float) -> float:
        return self.recording.quantile(p)

    def misses(self, patience: float) -> Channel:
        """The channel that the recording allows at the worst.

        Its bursts are no milder than those of the pings that were lost for good: these are missed
        whatever the patience, however well late answers may hide them from the fit.
        """
        found, lost = (channel.no_better_than(*self._fit(wait)) for wait in (patience, np.inf))
        return replace(
            found, begins=max(found.begins, lost.begins), ends=min(found.ends, lost.ends)
        )

    def likeliest(self, patience: float) -> Channel:
        return self._fit(patience)[1]

    def rows(self, patience: float) -> Rows:
        """The rows of misses that there would have been."""
        return self._fit(patience)[0]

    def _fit(self, patience: float) -> tuple[Rows, Channel]:
        recording = self.recording
        if patience >= recording.largest_s:
            patience = np.inf  # all the same: what was lost for good
        if patience not in self._fits:
            trips = recording.round_trips_s
            rows = channel.rows_of(np.isnan(trips) | (trips > patience))
            self._fits[patience] = rows, channel.fit(rows, recording.interval_s)
        return self._fits[patience]

    def doubts(self, interval: float, patience: float, rate: float) -> list[str]:
        recording, rows = self.recording, self.rows(patience)
        doubts = []
        refuted = 3.0 / recording.length_s  # without an event in it, 95 %
        if rate < refuted:
            doubts.append(
                f"The recording is {span(recording.length_s)} long. By itself it refutes only "
                f"what happens more often than once in {span(1.0 / refuted)}; once in "
                f"{span(1.0 / rate)} rests on the model that was fitted to it, "
                f"{times_of(refuted / rate)} times beyond. Bursts that last longer than those in "
                f"it, and come more rarely, are in no figure: its longest row of misses is "
                f"{rows.longest}."
            )
        if patience > recording.largest_s:
            doubts.append(
                f"Its longest round trip is {span(recording.largest_s)}; the patience of "
                f"{span(patience)} is {times_of(patience / recording.largest_s)} times that. How "
                "often answers take longer still, it cannot tell."
            )
        cautious, likeliest = self.misses(patience), self.likeliest(patience)
        if likeliest.begins > 0.0 and cautious.ends < 0.9 * likeliest.ends:
            doubts.append(
                f"Its bursts take {1.0 / likeliest.ends:.1f} pings on average; as few as they are, "
                f"they could take {1.0 / cautious.ends:.1f}, and that is what the figures reckon "
                "with."
            )
        if rows.begun == 0:
            doubts.append(
                f"None of its {len(recording.round_trips_s)} pings would have been missed. The "
                f"figures reckon with one in {len(recording.round_trips_s) / 3.0:.0f}, the most "
                "that this does not refute, each by itself; a longer recording allows for less."
            )
        if interval < 0.99 * recording.interval_s:
            doubts.append(
                f"It pings every {span(recording.interval_s)}, the advice every {span(interval)}. "
                "Whether misses that are closer together come together it cannot tell; the figures "
                f"take lone ones as independent. Record with `ping -D -O -i {interval:g}`."
            )
        if not recording.interval_known:
            doubts.append(
                f"It does not say how often it pinged; {span(recording.interval_s)} is taken. Keep "
                "the times (`ping -D`), or say the interval."
            )
        return doubts


@dataclass(frozen=True)
class PublishedNetwork:
    """A network of which somebody has published figures.

    Misses are independent: none of the sources says more. Between two published round trips the
    logarithm of the share that takes longer is linear in the logarithm of the time, and beyond the
    last it goes on so.

    Attributes
    ----------
    name : str
    source : str
        Who says so, and where.
    round_trips : sequence of (float, float)
        Shares of the answers, ascending, and the round trip in seconds that they do not exceed.
    lost : float
        The share of pings that get no answer at all.
    """

    name: str
    source: str
    round_trips: Sequence[tuple[float, float]]
    lost: float

    @property
    def least_round_trip_s(self) -> float:
        return self.round_trips[0][1]

    def round_trip_s(self, p: float) -> float:
        shares, times = self._logarithms()
        return float(np.exp(_line(np.log(1.0 - p), shares, times)))

    def misses(self, patience: float) -> Channel:
        shares, times = self._logarithms()
        late = float(np.exp(min(_line(np.log(patience), times, shares), 0.0)))
        if patience < self.least_round_trip_s:
            late = 1.0
        return Channel(1.0, self.lost + (1.0 - self.lost) * late)

    def likeliest(self, patience: float) -> Channel:
        return self.misses(patience)

    def _logarithms(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of the shares that take longer, and of the times."""
        shares, times = np.array(self.round_trips).T
        return np.log(1.0 - shares), np.log(times)

    def doubts(self, interval: float, patience: float, rate: float) -> list[str]:
        return [
            f'"{self.name}" is what is published ({self.source}), not your network, and takes '
            "misses as independent. Bursts, such as a switch that starts anew, are in no figure: "
            "record your own with `ping -D -O`."
        ]


def _line(x: float, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> float:
    """Through points in a row, and on beyond the first and the last; `xs` may ascend or descend."""
    sign = 1.0 if xs[-1] > xs[0] else -1.0
    right = int(np.clip(np.searchsorted(sign * xs, sign * x), 1, len(xs) - 1))
    slope = (ys[right] - ys[right - 1]) / (xs[right] - xs[right - 1])
    return float(ys[right - 1] + slope * (x - xs[right - 1]))


NETWORKS = {
    network.name: network
    for network in (
        PublishedNetwork(
            "data-center",
            "Guo et al., Pingmesh, SIGCOMM 2015: between pods of a busy data centre, TCP",
            # The least one is not published: the first shortens a detection by half of itself.
            ((0.5, 268e-6), (0.99, 1.34e-3), (0.999, 23.35e-3), (0.9999, 1397.63e-3)),
            7.55e-5,
        ),
        PublishedNetwork(
            "wan",
            "ITU-T Y.1541 (see RFC 5976), class 0: 100 ms on average, 50 ms of variation and one "
            "packet in 1000 lost, at the worst, each way",
            # The variation reaches from the least delay to that of 999 in 1000 packets.
            ((0.0, 150e-3), (0.5, 200e-3), (0.998, 250e-3)),
            2e-3,
        ),
    )
}


def network_named(text: str | os.PathLike[str], interval: float | None = None) -> Network:
    """A published network by its name, or the network of a recording by its path.

    Parameters
    ----------
    text : str or path-like
    interval : float, optional
        Between two pings of the recording, in seconds; see :func:`read_recording`.

    Raises
    ------
    BadInput
        If there is neither, or the recording is none.
    """
    if isinstance(text, str) and text in NETWORKS:
        return NETWORKS[text]
    if not Path(text).exists():
        names = ", ".join(NETWORKS)
        raise BadInput(
            f'network "{os.fspath(text)}": is no recording, and no name; names are {names}'
        )
    return RecordedNetwork(read_recording(text, interval))
