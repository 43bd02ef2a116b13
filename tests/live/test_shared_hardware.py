# SPDX-License-Identifier: MIT
"""Shared hardware addresses: macvlans that go where the shared addresses go."""

from __future__ import annotations

import copy
import json
import signal
import socket
import struct
import threading
import time
from pathlib import Path

import pytest
from instruments import (
    PATIENT, Capture, Client, address, both_versions, ctl, hardware, inside, knock, known_holder,
    refusal, switch_over,
)  # fmt: skip
from lab import PAIR, Lab, Server, run, until

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
    switch_over(monitor)
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
            switch_over(primary)
            lab.settle()
            time.sleep(0.3)
            client.stop()
            found.append(gap(client))
        return sorted(found)

    lab.start()
    without = gaps()
    for server in lab.servers:
        run("kill", "-TERM", *map(str, server.pids()))
        until("it has ended", server.ended)
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
    shown = run("ip", "-n", primary.namespace, "-j", "address", "show", "dev", "us7410p").stdout
    assert [info["local"] for info in json.loads(shown)[0]["addr_info"]] == [lab.primary]
    assert setting(primary, "arp_ignore") == "1" and setting(primary, "arp_announce") == "2"
    run("kill", "-TERM", *map(str, monitor.pids()))
    until("it has ended", monitor.ended)
    assert links(monitor) == {"lo", "eth0"}
    assert setting(monitor, "arp_ignore") == before[monitor]
    # And what an earlier life left, a later one takes away, even if it shall not use it.
    ctl(primary, "maintenance", "on")
    run("kill", "-KILL", *map(str, primary.pids()))
    until("it has ended", primary.ended)
    assert primary.addresses() == {lab.primary}
    lab.configure(pair=PAIR)
    before_it = primary.text().count("is now arbitrating")
    primary.start()
    until("it runs", lambda: primary.text().count("is now arbitrating") > before_it)
    assert links(primary) == {"lo", "eth0"}
    assert setting(primary, "arp_ignore") == before[primary]


def second_pair(lab: Lab, server: Server, daemon: str) -> Server:
    """A server of another pair on the same machine and interface, which is alone."""
    own, peer, primary, monitor = (f"{lab.net}{number}" for number in (101, 102, 110, 111))
    address(server, "add", own + "/24")
    folder = server.folder / "another"
    folder.mkdir()
    text = server.config.read_text()
    for old, new in (
        (f'server = "{lab.address(server.name)}"', f'server = "{own}"'),
        (f'peer = "{lab.address(server.other.name)}"', f'peer = "{peer}"'),
        (f'primary = "{lab.primary}"', f'primary = "{primary}"'),
        (f'monitor = "{lab.monitor}"', f'monitor = "{monitor}"'),
        (SHARED["primary"], "02:00:5e:00:77:20"), (f"{server.folder}/", f"{folder}/"),
        (f"{folder}/power", f"{server.folder}/power"), ("[addresses]", f"{daemon}\n[addresses]"),
    ):
        assert old in text
        text = text.replace(old, new)
    another = copy.copy(server)
    another.config = folder / "understudyd.toml"
    another.socket, another.journal = folder / "sock", folder / "journal"
    another.config.write_text(text)
    another.config.chmod(0o600)
    return another


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_two_pairs_on_one_interface_leave_its_settings_to_the_last(
    lab: Lab, how: signal.Signals
) -> None:
    share_hardware(lab)
    server = lab.first
    another = second_pair(lab, server, "port = 7420")
    before = setting(server, "arp_ignore"), setting(server, "arp_announce")
    first = server.start()
    until("it runs", lambda: server.role() == "monitor")
    second = another.start()
    until("the other runs", lambda: another.role() == "monitor")
    assert (setting(server, "arp_ignore"), setting(server, "arp_announce")) == ("1", "2")
    first.send_signal(how)
    first.wait(timeout=10)
    assert (setting(server, "arp_ignore"), setting(server, "arp_announce")) == ("1", "2")
    if how == signal.SIGKILL:  # its next life knows what was set before the one that was killed
        first = server.start()
        until("it runs again", lambda: server.role() == "monitor")
        first.terminate()
        first.wait(timeout=10)
    second.terminate()
    second.wait(timeout=10)
    assert links(server) == {"lo", "eth0"}
    assert (setting(server, "arp_ignore"), setting(server, "arp_announce")) == before


def test_two_pairs_of_one_port_are_told_so(lab: Lab) -> None:
    share_hardware(lab)
    server = lab.first
    another = second_pair(lab, server, "")
    server.start()
    until("it runs", lambda: server.role() == "monitor")
    said = refusal(lab, another, 1)
    assert "is of another pair, whose server is 10.111.0.1" in said
    assert "give one of the two pairs another daemon.port" in said
    assert {"us7410p", "us7410m"} <= links(server)


@pytest.mark.parametrize("lab", [6], indirect=True, ids=["v6"])
def test_a_primary_that_cannot_put_its_address_back_hands_over(lab: Lab) -> None:
    """Here because IPv6 is switched off on the address's own interface, and there alone."""
    lab.configure(pair=PATIENT, service='health_interval = "50ms"',
                  addresses=f'shared_hardware = "{SHARED["primary"]}"')
    primary, monitor = lab.start()
    run("ip", "netns", "exec", primary.namespace, "sh", "-c",
        "echo 1 >/proc/sys/net/ipv6/conf/us7410p/disable_ipv6")
    until("the other serves", lambda: monitor.role() == "primary", 3)
    assert f"cannot put the primary address ({lab.primary}) on us7410p" in primary.text()
    assert primary.text().count("cannot put the primary address") == 1
    assert "the monitor answers: let it try" in primary.text()
    assert lab.settle() == (monitor, primary)
    assert not primary.orders() and not monitor.orders()


@both_versions
def test_a_macvlan_that_somebody_removes_is_made_again(lab: Lab) -> None:
    share_hardware(lab)
    primary, monitor = lab.start()
    run("ip", "-n", primary.namespace, "link", "delete", "us7410p")
    until("it is said", lambda: "off us7410p; put it back" in primary.text(), 1)
    assert primary.addresses() == {lab.primary}
    assert lab.settle() == (primary, monitor)
