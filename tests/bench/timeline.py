# SPDX-License-Identifier: MIT
"""What bench/peers.py makes of a run: pure functions of what its observer wrote.

All times are seconds since the observation began.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# A client that asks each millisecond calls it silence when three requests in a row stay away.
TOLERATED_S = 0.003


@dataclass(frozen=True)
class Answer:
    sent: float
    received: float
    by: str


@dataclass
class Record:
    """What was seen, in order of time."""

    begin_ns: int = 0
    lateness: list[float] = field(default_factory=list)  # of the client's requests
    asked: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    changes: list[tuple[float, str, bool]] = field(default_factory=list)  # time, server, has it
    pings: dict[str, list[float]] = field(default_factory=dict)

    def at(self, time_ns: int) -> float:
        return (time_ns - self.begin_ns) / 1e9


def read_record(text: str) -> Record:
    lines = [line.split() for line in text.splitlines()]
    begin = min(
        (int(words[1]) for words in lines if words[0] == "ask"),
        default=0,
    )
    record = Record(begin_ns=begin)
    for kind, *words in lines:
        if kind == "ask":
            record.asked.append(record.at(int(words[0])))
            record.lateness.append(int(words[1]) / 1e9)
        elif kind == "answer":
            record.answers.append(
                Answer(record.at(int(words[0])), record.at(int(words[1])), words[2])
            )
        elif kind == "address":
            record.changes.append((record.at(int(words[2])), words[0], words[1] == "+"))
        elif kind == "ping":
            record.pings.setdefault(words[0], []).append(record.at(int(words[1])))
    record.answers.sort(key=lambda answer: answer.received)
    record.changes.sort(key=lambda change: change[0])
    return record


def holdings(
    changes: list[tuple[float, str, bool]], end: float
) -> dict[str, list[tuple[float, float]]]:
    """From when to when each server had the address on its interface."""
    since: dict[str, float] = {}
    held: dict[str, list[tuple[float, float]]] = {}
    for at, server, there in changes:
        if there:
            since.setdefault(server, at)
        elif server in since:
            held.setdefault(server, []).append((since.pop(server), at))
    for server, start in since.items():
        held.setdefault(server, []).append((start, end))
    return held


def overlap(
    one: list[tuple[float, float]],
    other: list[tuple[float, float]],
    begin: float = 0.0,
    end: float = float("inf"),
) -> float:
    """How long both held it between begin and end."""
    return sum(
        max(0.0, min(a_end, b_end, end) - max(a, b, begin))
        for a, a_end in one
        for b, b_end in other
    )


def switch(answers: list[Answer], fault: float, before: str) -> float | None:
    """From the fault until a server that did not serve before it answers."""
    for answer in answers:
        if answer.received >= fault and answer.by != before:
            return answer.received - fault
    return None


def silence(
    answers: list[Answer], begin: float, end: float, tolerated: float = TOLERATED_S
) -> float:
    """The time without an answer between begin and end, in gaps longer than what is tolerated.

    A gap that began before or goes on after counts with the part inside; whether it is longer than
    what is tolerated is decided by the whole of it.
    """
    times = [answer.received for answer in answers]
    edges = [float("-inf"), *times, float("inf")]
    total = 0.0
    for last, following in zip(edges, edges[1:]):
        if following - last > tolerated:
            total += max(0.0, min(following, end) - max(last, begin))
    return total


def moves(changes: list[tuple[float, str, bool]]) -> int:
    """How often the address came to a server that was not the last to get it."""
    last = None
    count = 0
    for _, server, there in changes:
        if there and server != last:
            count += last is not None
            last = server
    return count


def moved_before(changes: list[tuple[float, str, bool]], fault: float) -> bool:
    """Whether the pair switched, or lost its address, before the fault."""
    return sum(at < fault for at, _, _ in changes) > 1


def beyond_the_timers(
    pings: list[float], fault: float, misses: int, timeout: float, fence: float, switched: float
) -> float | None:
    """How much later the new owner answered than its timers and the fence allow.

    `pings` are those of the monitor; the first after the fault is the first that is missed, and
    the fence is ordered when the last of them is overdue. `switched` counts from the fault.
    """
    missed = [at for at in pings if at > fault][:misses]
    if len(missed) < misses:
        return None
    return switched - (missed[-1] + timeout + fence - fault)
