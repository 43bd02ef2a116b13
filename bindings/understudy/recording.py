# SPDX-License-Identifier: MIT
"""Recordings of round trips, with the pings that nobody answered.

A scenario's ``{ trace = ... }`` reads the same files for the delays alone; here what is missing
counts, too, and when it was.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from understudy._virtual import BadInput
from understudy.distribution import span_in_seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PING_INTERVAL_S", "Recording", "parse_recording", "read_recording"]

PING_INTERVAL_S = 1.0  # of ping, unless told otherwise
_SEQUENCE = 1 << 16  # ping's numbers have 16 bits
_LOST = frozenset({"lost", "timeout", "nan", "inf", "*", "-"})

_ANSWER = re.compile(
    r"^(?:\[(?P<at>\d+\.\d+)\] )?.*\b(?:icmp_)?seq=(?P<number>\d+)\b.*"
    r"\btime[=<](?P<span>[\d.]+) ?(?P<unit>\w+)(?P<again>.*DUP)?"
)
_SUMMARY = re.compile(r"^(?P<sent>\d+) packets transmitted")


@dataclass(frozen=True)
class Recording:
    """What became of pings that were sent at even intervals.

    Attributes
    ----------
    name : str
        What messages call it: its path.
    round_trips_s : ndarray of float, shape (n,)
        By ping, in seconds; NaN for what was not answered.
    interval_s : float
        Between two pings.
    interval_known : bool
        Whether the recording, or whoever had it read, says so.
    """

    name: str
    round_trips_s: NDArray[np.float64]
    interval_s: float
    interval_known: bool = True

    @property
    def length_s(self) -> float:
        return len(self.round_trips_s) * self.interval_s

    @property
    def lost(self) -> int:
        return int(np.isnan(self.round_trips_s).sum())

    @property
    def largest_s(self) -> float:
        """The longest round trip of all, in seconds."""
        return float(np.nanmax(self.round_trips_s))

    @property
    def least_s(self) -> float:
        return float(np.nanmin(self.round_trips_s))

    def quantile(self, p: float) -> float:
        """The round trip that a share `p` of the answers did not exceed, in seconds."""
        answered = self.round_trips_s[~np.isnan(self.round_trips_s)]
        return float(np.quantile(answered, p, method="inverted_cdf"))


def read_recording(path: str | os.PathLike[str], interval: float | None = None) -> Recording:
    """Read a recording.

    Parameters
    ----------
    path : path-like
        What ``ping`` prints, best ``ping -D -O -i 0.1 HOST``; or a CSV file with a line for each
        ping, in their order: its round trip, or before it, in a column of its own, when it was sent
        in seconds. A round trip is a number of seconds or has a unit ("1.2ms"); "lost", "timeout",
        "nan", "inf", "*" or "-" stands for none. The first line may be a heading; lines that are
        empty or begin with # are passed over.
    interval : float, optional
        Between two pings, in seconds. If not given, it is that of the times in the recording, or,
        where it has none, that of ``ping``: a second.

    Raises
    ------
    BadInput
        One line: file, line, what was found and what would be right.
    """
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadInput(
            f"{os.fspath(path)}: {error.strerror}; name a recording of round trips"
        ) from None
    return parse_recording(text, os.fspath(path), interval)


def parse_recording(text: str, name: str, interval: float | None = None) -> Recording:
    """The same from text; `name` leads the messages."""
    if interval is not None and not 0.0 < interval < np.inf:
        raise BadInput(f"the interval of the recording is {interval}; it must be above 0 s")
    is_ping = re.search(r"\btime[=<]", text) is not None
    spans, at = (_of_ping if is_ping else _of_csv)(text, name)
    if np.isfinite(spans).sum() < 2:
        raise BadInput(f"{name}: holds no two answers; keep what `ping -D` prints, for hours")
    known = interval
    if known is None and np.isfinite(at).sum() >= 2:
        known = _interval_of(at, name)
    return Recording(name, spans, PING_INTERVAL_S if known is None else known, known is not None)


def _interval_of(at: NDArray[np.float64], name: str) -> float:
    """Between two pings, from the times at which some of them were sent: the median, since ping
    sends late, now and then, and NTP sets the clock."""
    places = np.flatnonzero(np.isfinite(at))
    interval = float(np.median(np.diff(at[places]) / np.diff(places)))
    if interval <= 0.0:
        raise BadInput(f"{name}: its times do not ascend; keep the pings in their order")
    return interval


def _of_ping(text: str, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By ping from the first one answered on: round trips, and when they were sent."""
    answers: dict[int, tuple[float, float]] = {}
    sent, newest = 0, None
    if len(re.findall(r"^PING ", text, re.MULTILINE)) > 1:
        raise BadInput(f"{name}: holds several recordings; keep the longest one alone")
    for number, line in enumerate(text.splitlines(), start=1):
        if summary := _SUMMARY.match(line):
            sent = int(summary["sent"])
        answer = _ANSWER.match(line)
        if answer is None or answer["again"]:
            continue
        span = _span(f"{answer['span']}{answer['unit']}", name, number)
        newest = _unwrapped(int(answer["number"]), newest)
        sent_at = float(answer["at"]) - span if answer["at"] else np.nan  # printed when answered
        answers.setdefault(newest, (span, sent_at))
    if not answers:
        raise BadInput(f"{name}: holds no numbered answers; keep all that `ping -D` prints")
    # ping counts from 1; what a cut recording lacks in front is not known to be lost.
    first, last = min(answers), max(max(answers), sent)
    spans = np.full(last - first + 1, np.nan)
    at = spans.copy()
    for place, (span, when) in answers.items():
        spans[place - first], at[place - first] = span, when
    return spans, at


def _unwrapped(number: int, newest: int | None) -> int:
    """The number of a ping, of which ping prints the last 16 bits: that nearest to the newest."""
    if newest is None:
        return number
    return newest + (number - newest + _SEQUENCE // 2) % _SEQUENCE - _SEQUENCE // 2


def _of_csv(text: str, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    spans, at = [], []
    for number, cells in _rows(text):
        if len(cells) > 2:
            raise BadInput(
                f"{name}:{number}: has {len(cells)} columns; leave the round trip, or the time of "
                "sending and the round trip"
            )
        spans.append(np.nan if cells[-1].lower() in _LOST else _span(cells[-1], name, number))
        at.append(_span(cells[0], name, number) if len(cells) == 2 else np.nan)
    return np.array(spans), np.array(at)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    may_be_heading = True
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip().strip('"') for cell in re.split("[,;]", line)]
        is_value = cells[-1].lower() in _LOST or cells[-1][:1] in "0123456789.+-"
        if is_value or not may_be_heading:
            yield number, cells
        may_be_heading = False


def _span(text: str, name: str, number: int) -> float:
    try:
        span = float(text) if re.fullmatch(r"[\d.eE+-]+", text) else span_in_seconds(text)
    except ValueError as error:
        raise BadInput(f'{name}:{number}: "{text}" is no span of time ({error})') from None
    if not 0.0 <= span < np.inf:
        raise BadInput(f'{name}:{number}: "{text}" is no span of time; it must be 0s or more')
    return span
