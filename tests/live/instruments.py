# SPDX-License-Identifier: MIT
"""What the tests of the daemon look with: its client, captures, its journal, its operator."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from lab import CTL, DAEMON, PAIR, Lab, Server, run, until

# A pair that waits for what an administrator does.
PATIENT = PAIR.replace("400ms", "2s").replace('boot_max = "2s"', 'boot_max = "3s"') + "misses = 15\n"

both_versions = pytest.mark.parametrize("lab", [4, 6], indirect=True, ids=["v4", "v6"])


def ctl(server: Server, *command: str, check: bool = True) -> subprocess.CompletedProcess:
    return run(CTL, "--socket", server.socket, *command, check=check)


def switch_over(primary: Server) -> subprocess.CompletedProcess:
    """At a moment when the monitor answers: a busy machine may hold up a ping or two."""
    def done() -> subprocess.CompletedProcess | None:
        asked = ctl(primary, "switchover", check=False)
        moment = "does not answer at the moment" in asked.stderr
        assert asked.returncode == 0 or moment, asked.stderr
        return None if moment else asked

    return until("it hands over", done, 5)


def events(server: Server, words: str) -> list[float]:
    """When a daemon said this, in seconds of the day."""
    found = re.findall(rf"^\S+ (\d+):(\d+):(\S+) .*{words}", server.text(), re.MULTILINE)
    return [int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in found]


@contextmanager
def inside(namespace: str):
    """Lets this thread's sockets be made in a namespace."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        assert libc.setns(there, 0) == 0
        yield
    finally:
        assert libc.setns(home, 0) == 0
        os.close(home)
        os.close(there)


def knock(lab: Lab) -> None:
    """Makes the client look for the primary address."""
    with inside(lab.namespace("client")):
        family = socket.AF_INET if lab.version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"anybody?", (lab.primary, 9))


def known_holder(lab: Lab) -> str | None:
    """The hardware address that the client knows for the primary address."""
    shown = run("ip", "-n", lab.namespace("client"), "-j", "neighbour", "show", lab.primary).stdout
    entries = json.loads(shown or "[]")
    return entries[0].get("lladdr") if entries else None


def address(server: Server, verb: str, which: str, *more: str) -> None:
    """What an administrator does to the interface."""
    run("ip", "-n", server.namespace, "address", verb, which, "dev", "eth0", *more)


def hardware(server: Server) -> str:
    shown = run("ip", "-n", server.namespace, "-j", "link", "show", "eth0").stdout
    return json.loads(shown)[0]["address"]


class Client:
    """Pings the primary address every 10 ms from a host that is not part of the pair."""

    def __init__(self, lab: Lab):
        with inside(lab.namespace("client")):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.socket.setblocking(False)
        self.target = lab.primary
        self.answered: dict[int, float] = {}
        self.sent: dict[int, float] = {}
        self.running = True
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        sequence = 0
        while self.running:
            sequence += 1
            head = struct.pack("!BBHHH", 8, 0, 0, 77, sequence)
            total = sum(struct.unpack("!4H", head))
            total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
            self.sent[sequence] = time.monotonic()
            try:
                self.socket.sendto(
                    struct.pack("!BBHHH", 8, 0, total, 77, sequence), (self.target, 0)
                )
            except OSError:
                pass  # nobody answers ARP at the moment
            end = time.monotonic() + 0.010
            while time.monotonic() < end:
                try:
                    bytes_ = self.socket.recv(128)
                except BlockingIOError:
                    time.sleep(0.0005)
                    continue
                kind, _, _, ident, number = struct.unpack("!BBHHH", bytes_[20:28])
                if kind == 0 and ident == 77:
                    self.answered[number] = time.monotonic()

    def stop(self) -> list[int]:
        """The requests that got no answer."""
        self.running = False
        self.thread.join()
        self.socket.close()
        last = max(self.sent)
        return [n for n in self.sent if n not in self.answered and n < last - 10]


class Capture:
    """All that goes over the bridge, as Wireshark's dissectors read it."""

    def __init__(self, lab: Lab, path: Path):
        self.lab, self.path = lab, path
        self.dump = lab.spawn(
            lab.namespace("lan"), "dumpcap", "-q", "-i", "lan", "-w", path,
            stderr=subprocess.DEVNULL,
        )
        until("the capture begins", lambda: path.exists() and path.stat().st_size > 0)
        time.sleep(0.3)

    def stop(self) -> None:
        time.sleep(0.3)
        self.dump.send_signal(signal.SIGINT)
        self.dump.wait(timeout=10)

    def rows(self, wanted: str, *fields: str) -> list[list[str]]:
        names = [part for field in fields for part in ("-e", field)]
        shown = run("tshark", "-r", self.path, "-Y", wanted, "-T", "fields", *names).stdout
        return [line.split("\t") for line in shown.splitlines()]

    def echoes(self, source: str, target: str, kind: str) -> list[float]:
        """When echoes went from one address to the other."""
        ip, icmp, types = (
            ("ip", "icmp", {"request": 8, "reply": 0}) if self.lab.version == 4
            else ("ipv6", "icmpv6", {"request": 128, "reply": 129})
        )
        wanted = f"{ip}.src == {source} and {ip}.dst == {target} and {icmp}.type == {types[kind]}"
        return [float(row[0]) for row in self.rows(wanted, "frame.time_epoch")]

    def searches(self, server: Server, target: str) -> list[float]:
        """When a server asked who has an address."""
        of = (
            f"arp.opcode == 1 and arp.dst.proto_ipv4 == {target} and not arp.isgratuitous"
            if self.lab.version == 4 else f"icmpv6.nd.ns.target_address == {target}"
        )
        wanted = f"{of} and eth.src == {hardware(server)}"
        return [float(row[0]) for row in self.rows(wanted, "frame.time_epoch")]

    def complaints(self) -> list[list[str]]:
        kind = "icmp" if self.lab.version == 4 else "icmpv6"
        wanted = f"({kind} or arp) and (_ws.malformed or {kind}.checksum.status == 0)"
        return self.rows(wanted, "frame.number", "_ws.col.Info")


def refusal(lab: Lab, server: Server, code: int, *prefix: str) -> str:
    done = run("ip", "netns", "exec", server.namespace, *prefix, DAEMON, "--config",
               server.config, check=False)
    assert done.returncode == code, done
    lines = done.stderr.strip().split("\n")
    assert len(lines) == 1, done.stderr
    return lines[0]
