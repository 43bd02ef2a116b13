# SPDX-License-Identifier: MIT
"""Many failovers in a row of one pair, and what must not come of them.

As root, with the programs built::

    ./dev python tests/live/endurance.py 1000

The primary's power is cut at random moments, also while the other server still boots; the monitor's
daemon is killed at random moments of its copies. Then

- the new primary has at least what its last whole copy had brought;
- a memory is never a part of one;
- a server holds the address of its role and no other;
- every failover ends, and the pair is whole again.

A second pair keeps one daemon alive through all of its failovers, of which neither the open
descriptors nor the memory may grow.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import lab as labs
from lab import CTL, Lab, Server, run, until
from tqdm import tqdm

# Quick, so that a failover takes half a second; patient enough for a busy machine.
PAIR = """
ping_interval = "20ms"
ping_timeout = "15ms"
probe_timeout = "30ms"
boot_min = "250ms"
boot_max = "2s"
fence_max = "100ms"
confirm_max = "100ms"
max_boots = 0
copy_every = 3
"""
LINES = 20_000  # of the ledger, so that a copy takes its time
ALLOWED_GROWTH_KIB = 1024


def share_memory(lab: Lab) -> None:
    run(CTL, "pair-keys", lab.folder / "keys")
    for server in lab.servers:
        server.write_config(
            pair=PAIR,
            memory=f'folder = "{server.folder}/memory"\nkeys = "{lab.folder}/keys/{server.name}"',
        )


def ledger(server: Server) -> int:
    """The number in the current ledger, which has it on each line; 0 if there is none yet."""
    try:
        lines = set((server.memory / "ledger").read_text().split())
    except FileNotFoundError:
        return 0
    assert len(lines) == 1, f"a part of a ledger on {server.name}: {lines}"
    return int(lines.pop())


class Writer:
    """The service: writes ever higher numbers into the ledger of whoever is primary."""

    def __init__(self) -> None:
        self.latest: Server | None = None
        self.before = 0  # it served, the numbers ended here
        self._server: Server | None = None
        self._number = 0
        self._running = True
        self._busy = threading.Lock()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def serve(self, server: Server | None) -> None:
        """From now on on this one; on return nothing is written elsewhere any more."""
        with self._busy:
            if server not in (None, self.latest):
                self.latest = server
                self.before = self._number = max(self._number, ledger(server))
            self._server = server

    def _work(self) -> None:
        while self._running:
            with self._busy:
                if self._server is not None:
                    self._write(self._server)
            time.sleep(0.01)

    def _write(self, server: Server) -> None:
        self._number += 1
        fresh = server.memory / "ledger.new"
        fresh.write_text(f"{self._number}\n" * LINES)
        fresh.rename(server.memory / "ledger")

    def stop(self) -> None:
        self._running = False
        self._thread.join()


def primary_of(lab: Lab) -> Server | None:
    return next((server for server in lab.servers if server.role() == "primary"), None)


def copied_by(monitor: Server, writer: Writer) -> int:
    """The number that a copy of this primary brought; 0 if what is there is the monitor's own."""
    number = ledger(monitor)
    return number if number > writer.before else 0


def kill_in_a_copy(monitor: Server, writer: Writer, rng: random.Random) -> None:
    """Kills the monitor's daemon and starts it again; its memory is whole at once and after."""
    time.sleep(rng.uniform(0.0, 0.1))
    for pid in monitor.pids():
        os.kill(pid, signal.SIGKILL)
    until("it is gone", monitor.ended)
    copied = copied_by(monitor, writer)
    monitor.start()
    until("it is back", lambda: monitor.role() in ("monitor", "primary"))
    assert ledger(monitor) >= copied


@dataclass
class Endured:
    """What came of many failovers. Times in seconds."""

    failovers: int = 0
    kills_in_copies: int = 0
    takeovers_s: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        times = sorted(self.takeovers_s)
        return (
            f"{self.failovers} failovers, {self.kills_in_copies} daemons killed in a copy; "
            f"power cut to new primary: median {times[len(times) // 2]:.3f} s, "
            f"longest {times[-1]:.3f} s"
        )


def fail_over(lab: Lab, failovers: int, seed: int) -> Endured:
    """Cuts the primary's power again and again."""
    rng = random.Random(seed)
    lab.boot_time = 0.25
    share_memory(lab)
    lab.start()
    writer = Writer()
    endured = Endured()
    try:
        for _ in tqdm(range(failovers), unit="failover", disable=failovers < 100):
            one_failover(lab, rng, writer, endured)
    except BaseException:
        print(f"after {endured.failovers} failovers", *map(last_words, lab.servers),
              sep="\n", file=sys.stderr)
        raise
    finally:
        writer.stop()
    return endured


def last_words(server: Server) -> str:
    lines = server.text().splitlines()[-15:]
    return "\n".join([f"-- {server.name}, {server.role()}:", *lines])


def one_failover(lab: Lab, rng: random.Random, writer: Writer, endured: Endured) -> None:
    if rng.random() < 0.8:
        primary, monitor = lab.settle(30)
        for server, address in ((primary, lab.primary), (monitor, lab.monitor)):
            assert server.addresses() == {address}
        writer.serve(primary)
        if rng.random() < 0.25:
            kill_in_a_copy(monitor, writer, rng)
            endured.kills_in_copies += 1
    primary = until("there is a primary", lambda: primary_of(lab), 30)
    # Cut before it has switched the other on again, both would stay off: the known price of `off`
    # and `on` apart, which an operator has to pay.
    until("the other has power", lambda: primary.other.has_power())
    writer.serve(primary)
    time.sleep(rng.uniform(0.0, 0.3))
    writer.serve(None)
    copied = copied_by(primary.other, writer)
    cut = time.monotonic()
    primary.crash()
    until("the other takes over", lambda: primary.other.role() == "primary", 30)
    endured.takeovers_s.append(time.monotonic() - cut)
    endured.failovers += 1
    assert ledger(primary.other) >= copied, "what a copy had brought is lost"


@dataclass
class Life:
    """One daemon through many failovers: open descriptors and resident memory after each."""

    descriptors: list[int] = field(default_factory=list)
    memory_kib: list[int] = field(default_factory=list)

    def grew(self) -> bool:
        """Whether the second half shows more than the first."""
        half = len(self.descriptors) // 2
        return (
            max(self.descriptors[half:]) > max(self.descriptors[:half])
            or max(self.memory_kib[half:]) > max(self.memory_kib[:half]) + ALLOWED_GROWTH_KIB
        )

    def __str__(self) -> str:
        return (
            f"one daemon through {len(self.descriptors)} failovers: "
            f"descriptors {self.descriptors[0]} at first, {self.descriptors[-1]} at last; "
            f"memory {self.memory_kib[0]} KiB at first, {self.memory_kib[-1]} KiB at last"
        )


def least_descriptors(pid: int) -> int:
    """Of some moments: a question or a program may be open at any one of them."""
    counts = []
    for _ in range(10):
        counts.append(len(list(Path(f"/proc/{pid}/fd").iterdir())))
        time.sleep(0.005)
    return min(counts)


def resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no such process")


def live_on(lab: Lab, failovers: int) -> Life:
    """Lets the same daemon take over, and hand the role back, again and again."""
    lab.boot_time = 0.25
    share_memory(lab)
    _, watcher = lab.start()
    (pid,) = watcher.pids()
    life = Life()
    for _ in tqdm(range(failovers), unit="failover", disable=failovers < 100):
        watcher.other.crash()
        until("a takeover", lambda: watcher.role() == "primary", 30)
        lab.settle(30)
        hand_over = lambda: run(CTL, "--socket", watcher.socket, "switchover", check=False)
        until("the handover", lambda: hand_over().returncode == 0)
        assert lab.settle(30)[1] is watcher
        assert watcher.pids() == [pid]
        life.descriptors.append(least_descriptors(pid))
        life.memory_kib.append(resident_kib(pid))
    assert len([order for order in watcher.orders() if order.startswith("action=off")]) == failovers
    return life


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("failovers", type=int)
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    wish = parser.parse_args()
    labs.remove_leftovers()
    for what in (lambda lab: fail_over(lab, wish.failovers, wish.seed),
                 lambda lab: live_on(lab, wish.failovers)):
        with tempfile.TemporaryDirectory() as folder:
            made = Lab(Path(folder))
            try:
                found = what(made)
            finally:
                made.remove()
        print(found, flush=True)
        if isinstance(found, Life) and found.grew():
            print("it grew", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
