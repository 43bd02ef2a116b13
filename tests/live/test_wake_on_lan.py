# SPDX-License-Identifier: MIT
"""Failovers of a pair that has Wake-on-LAN, alone or beside a power channel that only cuts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socket import AF_PACKET, SOCK_RAW, htons, socket

from instruments import hardware, inside
from lab import PAIR, ROOT, Lab, Server, run, until

AGENT = ROOT / "build" / "bin" / "fence_wake"
ETH_P_ALL = 3

# On a busy machine, one in a hurry would believe that it was asleep, or that its fence has failed.
UNHURRIED_PAIR = """
ping_interval = "200ms"
ping_timeout = "100ms"
probe_timeout = "100ms"
boot_min = "1500ms"
boot_max = "4s"
fence_max = "600ms"
confirm_max = "200ms"
max_boots = 0
"""


class Cards:
    """The servers' network cards, which see the LAN while their server is off, and wake it."""

    def __init__(self, lab: Lab):
        self.lab = lab
        self.cards = {bytes.fromhex(hardware(s).replace(":", "")): s for s in lab.servers}
        self.woken: list[Server] = []
        self.running = True
        with inside(lab.namespace("lan")):
            self.socket = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))
        self.socket.bind(("lan", 0))
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        while self.running:
            try:
                packet = self.socket.recv(2048)
            except TimeoutError:
                continue
            for card, server in self.cards.items():
                if b"\xff" * 6 + card * 16 in packet and not server.has_power():
                    self.woken.append(server)
                    run(server.folder / "on")

    def remove(self) -> None:
        self.running = False
        self.thread.join()
        self.socket.close()


@contextmanager
def cards_of(lab: Lab) -> Iterator[Cards]:
    cards = Cards(lab)
    try:
        yield cards
    finally:
        cards.remove()


def configure(lab: Lab, pair: str) -> None:
    for server in lab.servers:
        server.write_config(
            pair=pair,
            power=f'agent = "{AGENT}"\n'
                  f'options = {{ mac = "{hardware(server.other)}", interface = "eth0" }}',
        )


def test_a_monitor_that_takes_over_at_once_wakes_the_other(lab: Lab) -> None:
    lab.boot_time = 1.6
    configure(lab, UNHURRIED_PAIR + 'takeover = "immediate"\nfence_mode = "reboot"\n')
    with cards_of(lab) as cards:
        primary, monitor = lab.start()
        until("the check of the channel", lambda: monitor.ask("status")["power"] == "reached")
        primary.crash()
        until("the takeover", lambda: monitor.role() == "primary")
        assert lab.settle() == (monitor, primary)
        assert cards.woken == [primary]
        assert "whether the server had been off is not known" in monitor.text()


def test_a_monitor_that_waits_for_the_other_to_be_off_only_wakes_it(lab: Lab) -> None:
    configure(lab, PAIR + 'fence_mode = "reboot"\n')
    with cards_of(lab) as cards:
        primary, monitor = lab.start()
        # It goes on serving, as far as it can, and nobody takes its place.
        lab.part(primary)
        until("a fence is refused", lambda: "had been off is not known" in monitor.text())
        time.sleep(1)
        assert cards.woken == []
        assert primary.role() == "primary"
        lab.part(primary, False)
        assert lab.settle() == (primary, monitor)

        primary.crash()
        until("it is woken", lambda: cards.woken == [primary])
        assert lab.settle() == (primary, monitor)
        assert "is now primary" not in monitor.text()


def test_beside_an_agent_that_can_switch_off_the_packet_switches_on(lab: Lab) -> None:
    lab.boot_time = 1.6
    off = lab.folder / "fence_off"
    off.write_text(
        "#!/bin/sh\n"
        "while read line; do\n"
        "  case $line in action=*) action=$line;; plug=*) plug=$line;; esac\n"
        "done\n"
        f"[ $action = action=off ] && exec {lab.folder}/${{plug#plug=}}/off\n"
        "exit 0\n"
    )
    off.chmod(0o755)
    for server in lab.servers:
        server.write_config(
            pair=UNHURRIED_PAIR,
            power=f'agent = "{AGENT}"\n'
                  f'options = {{ mac = "{hardware(server.other)}", interface = "eth0", '
                  f'power_agent = "{off}", plug = "{server.other.name}" }}',
        )
    with cards_of(lab) as cards:
        primary, monitor = lab.start()
        (daemon,) = primary.pids()
        lab.part(primary)
        until("the takeover", lambda: monitor.role() == "primary")
        assert daemon not in primary.pids()
        lab.part(primary, False)
        assert lab.settle() == (monitor, primary)
        assert cards.woken == [primary]
