# SPDX-License-Identifier: MIT
"""What else happens on the daemons' network: strangers, administrators, forged and broken packets."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from lab import PAIR, Lab, Server, run, until
from test_daemon import Capture, Client, both_versions, ctl, hardware, inside, knock, known_holder, refusal

FORGED = "02:00:00:00:be:ef"


def bytes_of(hardware_address: str) -> bytes:
    return bytes.fromhex(hardware_address.replace(":", ""))


class Liar:
    """Sends frames of its own making from the client's namespace."""

    def __init__(self, lab: Lab):
        self.lab = lab
        with inside(lab.namespace("client")):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self.socket.bind(("eth0", 0))

    def send(self, kind: int, payload: bytes, target: str = "ff:ff:ff:ff:ff:ff") -> None:
        self.socket.send(bytes_of(target) + bytes_of(FORGED) + struct.pack("!H", kind) + payload)

    def claim(self, address: str) -> None:
        """Says to everybody that an address is at FORGED."""
        if self.lab.version == 4:
            packed = socket.inet_aton(address)
            self.send(0x0806, struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + bytes_of(FORGED) + packed
                      + b"\xff" * 6 + packed)
            return
        packed = socket.inet_pton(socket.AF_INET6, address)
        everybody = socket.inet_pton(socket.AF_INET6, "ff02::1")
        body = struct.pack("!BBHI", 136, 0, 0, 0x20 << 24) + packed + b"\x02\x01" + bytes_of(FORGED)
        own = socket.inet_pton(socket.AF_INET6, self.lab.address("client"))
        covered = own + everybody + struct.pack("!II", len(body), 58) + body
        total = sum(struct.unpack(f"!{len(covered) // 2}H", covered))
        total = (total & 0xFFFF) + (total >> 16)
        checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
        body = body[:2] + struct.pack("!H", checksum) + body[4:]
        head = struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + own + everybody
        self.send(0x86DD, head + body, "33:33:00:00:00:01")


@contextmanager
def taken_by_the_client(lab: Lab, address: str):
    """The client has an address that it should not have."""
    change = lambda verb, *more: run("ip", "-n", lab.namespace("client"), "address", verb,
                                     lab.alone(address), "dev", "eth0", *more)
    change("add", *(["nodad"] if lab.version == 6 else []))
    yield
    change("del")


def hardware_of_client(lab: Lab) -> str:
    shown = run("ip", "-n", lab.namespace("client"), "-j", "link", "show", "eth0").stdout
    return json.loads(shown)[0]["address"]


def address(server: Server, verb: str, which: str, *more: str) -> None:
    """What an administrator does to the interface."""
    run("ip", "-n", server.namespace, "address", verb, which, "dev", "eth0", *more)


def link(server: Server, state: str) -> None:
    run("ip", "-n", server.namespace, "link", "set", "dev", "eth0", state)


# ---- strangers ----


@both_versions
@pytest.mark.parametrize("which", ["primary", "monitor"])
def test_a_stranger_at_a_shared_address_keeps_a_daemon_from_starting(lab: Lab, which: str) -> None:
    with taken_by_the_client(lab, getattr(lab, which)):
        said = refusal(lab, lab.first, 1)
    assert f"addresses.{which} ({getattr(lab, which)}) is used by {hardware_of_client(lab)}" in said
    assert "take it off that machine" in said
    assert lab.first.addresses() == set()


@both_versions
def test_the_other_server_is_no_stranger_though_it_was_off_before(lab: Lab) -> None:
    """Neither to a daemon that starts beside it, nor to one that ran when it came."""
    lab.first.start()
    until("it is alone", lambda: lab.first.role() == "monitor")
    lab.second.start()
    lab.settle()
    for server in lab.servers:
        assert "stranger" not in server.text()


def test_the_other_servers_dead_daemon_makes_its_addresses_no_strangers(lab: Lab) -> None:
    """Its kernel still answers for them; the agents settle that."""
    primary, monitor = lab.start()
    run("kill", "-KILL", *map(str, primary.pids()))
    for pid in monitor.pids():
        run("kill", "-TERM", str(pid))
    until("both have ended", lambda: set(lab.roles().values()) == {"off"})
    assert primary.addresses() == {lab.primary}
    monitor.start()
    until("it runs", lambda: monitor.role() == "monitor")


@both_versions
def test_a_forged_claim_changes_no_role_is_logged_and_answered(lab: Lab) -> None:
    primary, monitor = lab.start()
    knock(lab)
    until("the client knows the holder", lambda: known_holder(lab) == hardware(primary), 3)
    liar = Liar(lab)
    for _ in range(4):
        liar.claim(lab.primary)
        time.sleep(0.3)  # IPv6 neighbours believe each: more at once is a failure of the network
    until("it is logged", lambda: f"hears a stranger, {FORGED}, claim the primary address" in
          primary.text() and "goes on holding it" in primary.text(), 3)
    until("the monitor says so too", lambda: f"a stranger, {FORGED}" in monitor.text(), 3)
    until("the client knows the holder", lambda: known_holder(lab) == hardware(primary), 4)
    assert lab.settle() == (primary, monitor)
    assert primary.text().count(f"stranger, {FORGED}") == 1, "once is enough"
    assert not primary.orders() and not monitor.orders()
    assert "is now" not in primary.text().split("is now primary")[1]


# ---- what administrators do to the interface ----


@both_versions
def test_a_held_address_that_is_taken_off_is_put_back_at_once(lab: Lab) -> None:
    primary, monitor = lab.start()
    for server, held in ((primary, lab.primary), (monitor, lab.monitor)):
        address(server, "del", lab.alone(held))
        until("it is back", lambda: server.addresses() == {held}, 1)
        until("it is said", lambda: f"({held}) off eth0; put it back" in server.text(), 1)
    assert lab.settle() == (primary, monitor)
    assert not primary.orders() and not monitor.orders()


@both_versions
def test_a_shared_address_that_somebody_adds_is_taken_off(lab: Lab) -> None:
    primary, monitor = lab.start()
    length = "24" if lab.version == 4 else "64"
    for added in (lab.alone(lab.primary), f"{lab.primary}/{length}"):
        address(monitor, "add", added, *(["nodad"] if lab.version == 6 else []))
        until("it is gone", lambda: monitor.addresses() == {lab.monitor}, 1)
    assert f"somebody put the primary address ({lab.primary}) on this server" in monitor.text()
    assert lab.settle() == (primary, monitor)


@both_versions
def test_an_interface_that_comes_back_holds_what_it_held(lab: Lab) -> None:
    """Within the pair's patience. IPv6 loses all its addresses when the interface goes down."""
    patient = PAIR.replace("400ms", "2s").replace('boot_max = "2s"', 'boot_max = "3s"')
    lab.configure(pair=patient + "misses = 15\n")
    primary, monitor = lab.start()
    own = lab.address(primary.name) + ("/24" if lab.version == 4 else "/64")
    link(primary, "down")
    until("it is said", lambda: "eth0 was taken down; bring it up again" in primary.text(), 1)
    link(primary, "up")
    if lab.version == 6:
        until("its own is missed", lambda: "was taken off eth0; put it back" in primary.text(), 1)
        address(primary, "add", own, "nodad")
    until("it holds it again", lambda: primary.addresses() == {lab.primary}, 2)
    assert lab.settle() == (primary, monitor)
    assert "eth0 is up again" in primary.text()
    knock(lab)
    until("the client finds it", lambda: known_holder(lab) == hardware(primary), 4)


def test_a_primary_whose_interface_is_gone_says_so_and_is_replaced(lab: Lab) -> None:
    primary, monitor = lab.start()
    run("ip", "-n", lab.namespace("lan"), "link", "delete", primary.name)
    until("it is said", lambda: "interface eth0 is gone; bring it back" in primary.text(), 2)
    until("the monitor takes over", lambda: monitor.role() == "primary")


# ---- shared hardware addresses ----

SHARED = {"primary": "02:75:6e:64:00:10", "monitor": "02:75:6e:64:00:11"}


def share_hardware(lab: Lab) -> None:
    lab.configure(pair=PAIR, addresses=f'shared_hardware = "{SHARED["primary"]}"')


def links(server: Server) -> set[str]:
    shown = run("ip", "-n", server.namespace, "-j", "link", "show").stdout
    return {entry["ifname"] for entry in json.loads(shown)}


def setting(server: Server, name: str) -> str:
    path = f"/proc/sys/net/ipv4/conf/eth0/{name}"
    return run("ip", "netns", "exec", server.namespace, "cat", path).stdout.strip()


class Watch:
    """What a neighbour comes to know of an address."""

    def __init__(self, lab: Lab):
        self.lab, self.seen, self.running = lab, set(), True
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        while self.running:
            self.seen.add(known_holder(self.lab))
            time.sleep(0.005)

    def stop(self) -> set[str | None]:
        self.running = False
        self.thread.join()
        return self.seen


@both_versions
def test_with_shared_hardware_neighbours_have_nothing_to_learn(lab: Lab, tmp_path: Path) -> None:
    share_hardware(lab)
    primary, monitor = lab.start()
    knock(lab)
    until("the client knows it", lambda: known_holder(lab) == SHARED["primary"], 3)
    capture = Capture(lab, tmp_path / "lan.pcap")
    watch = Watch(lab)
    primary.crash()
    until("the monitor takes over", lambda: monitor.role() == "primary")
    assert lab.settle() == (monitor, primary)
    ctl(monitor, "switchover")
    assert lab.settle() == (primary, monitor)
    assert watch.stop() == {SHARED["primary"]}
    capture.stop()
    said = (
        ("arp.src.proto_ipv4 == {}", "arp.src.hw_mac") if lab.version == 4 else
        ("icmpv6.nd.na.target_address == {}", "icmpv6.opt.linkaddr")
    )
    for name, shared in (("primary", lab.primary), ("monitor", lab.monitor)):
        rows = capture.rows(said[0].format(shared), said[1], "eth.src")
        assert {row[0] for row in rows} == {SHARED[name]}, "nobody says anything else of it"
        assert {row[1] for row in rows} == {SHARED[name]}, "so that switches learn it"
    for server in lab.servers:
        own = capture.rows(said[0].format(lab.address(server.name)), said[1])
        assert {row[0] for row in own} <= {hardware(server)}
        assert "stranger" not in server.text()
    assert capture.complaints() == []


def gap(client: Client) -> float:
    """The longest time without an answer."""
    times = sorted(client.answered.values())
    return max(later - earlier for earlier, later in zip(times, times[1:]))


def test_with_shared_hardware_a_switchover_takes_no_longer(lab: Lab) -> None:
    def gaps() -> list[float]:
        found = []
        for _ in range(5):
            client = Client(lab)
            time.sleep(0.3)
            primary, _ = lab.settle()
            ctl(primary, "switchover")
            lab.settle()
            time.sleep(0.3)
            client.stop()
            found.append(gap(client))
        return sorted(found)

    lab.start()
    without = gaps()
    for server in lab.servers:
        run("kill", "-TERM", *map(str, server.pids()))
        until("it has ended", lambda: not server.pids())
    share_hardware(lab)
    lab.start()
    with_it = gaps()
    print(f"gaps without {without}, with shared hardware {with_it}")
    assert with_it[2] < without[2] + 0.010, (without, with_it)


@both_versions
def test_two_holders_of_one_hardware_address_are_told_apart_by_their_word(lab: Lab) -> None:
    lab.configure(pair=PAIR + 'takeover = "immediate"\n',
                  addresses=f'shared_hardware = "{SHARED["primary"]}"')
    for server in lab.servers:
        (server.folder / "power-refuses").write_text("")
    primary, _ = lab.start()
    lab.part(primary)
    until("both are primary", lambda: set(lab.roles().values()) == {"primary"})
    lab.part(primary, parted=False)
    stays, _ = lab.settle()
    assert [server for server in lab.servers if lab.primary in server.addresses()] == [stays]
    knock(lab)
    until("it is known", lambda: known_holder(lab) == SHARED["primary"], 3)
    until("who stays is reached", lambda: answers(lab), 3)


def answers(lab: Lab) -> bool:
    """Whether the client reaches whoever has the primary address."""
    family, protocol, request, skipped = (
        (socket.AF_INET, socket.IPPROTO_ICMP, 8, 20) if lab.version == 4
        else (socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, 0)
    )
    with inside(lab.namespace("client")):
        asking = socket.socket(family, socket.SOCK_RAW, protocol)
    with asking:
        asking.settimeout(0.2)
        asking.sendto(struct.pack("!BBHHH", request, 0, ~((request << 8) + 9) & 0xFFFF, 9, 0),
                      (lab.primary, 0))
        try:
            while True:
                heard, sender = asking.recvfrom(128)
                if sender[0] == lab.primary and heard[skipped] in (0, 129):
                    return True
        except TimeoutError:
            return False


def test_a_daemon_leaves_no_macvlan_and_no_setting_behind(lab: Lab) -> None:
    share_hardware(lab)
    before = {server: setting(server, "arp_ignore") for server in lab.servers}
    primary, monitor = lab.start()
    assert {"us7410p", "us7410m"} <= links(primary)
    assert setting(primary, "arp_ignore") == "1" and setting(primary, "arp_announce") == "2"
    run("kill", "-TERM", *map(str, monitor.pids()))
    until("it has ended", lambda: not monitor.pids())
    assert links(monitor) == {"lo", "eth0"}
    assert setting(monitor, "arp_ignore") == before[monitor]
    # And what an earlier life left, a later one takes away, even if it shall not use it.
    ctl(primary, "maintenance", "on")
    run("kill", "-KILL", *map(str, primary.pids()))
    until("it has ended", lambda: not primary.pids())
    assert primary.addresses() == {lab.primary}
    lab.configure(pair=PAIR)
    primary.start()
    until("it runs", lambda: primary.role() in ("arbitrating", "monitor"))
    assert links(primary) == {"lo", "eth0"}


@both_versions
def test_a_macvlan_that_somebody_removes_is_made_again(lab: Lab) -> None:
    share_hardware(lab)
    primary, monitor = lab.start()
    run("ip", "-n", primary.namespace, "link", "delete", "us7410p")
    until("it is said", lambda: "off us7410p; put it back" in primary.text(), 1)
    assert primary.addresses() == {lab.primary}
    assert lab.settle() == (primary, monitor)
