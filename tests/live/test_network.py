# SPDX-License-Identifier: MIT
"""What else happens on the daemons' network: strangers, administrators, forged and broken packets."""

from __future__ import annotations

import copy
import json
import signal
import socket
import struct
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from instruments import (
    Capture, Client, both_versions, ctl, events, hardware, inside, knock, known_holder, refusal,
)  # fmt: skip
from lab import CTL, DAEMON, PAIR, Lab, Server, run, until

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
    until("both have ended", lambda: all(server.ended() for server in lab.servers))
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


PATIENT = PAIR.replace("400ms", "2s").replace('boot_max = "2s"', 'boot_max = "3s"') + "misses = 15\n"


@both_versions
def test_an_interface_that_comes_back_holds_what_it_held(lab: Lab) -> None:
    """Within the pair's patience. IPv6 loses all its addresses when the interface goes down."""
    lab.configure(pair=PATIENT)
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


# ---- broken packets, and questions that are none ----


def broken_frames(lab: Lab, server: Server) -> list[tuple[int, bytes]]:
    """Each kind that a daemon listens to, whole, cut short at every byte, and too long."""
    whole = []
    if lab.version == 4:
        own = socket.inet_aton(lab.address(server.name))
        other = socket.inet_aton(lab.address(server.other.name))
        arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + bytes_of(FORGED) + socket.inet_aton(
            lab.address("client")) + b"\xff" * 6 + own
        whole.append((0x0806, arp))

        def ip(protocol: int, body: bytes, length: int | None = None) -> bytes:
            size = 20 + len(body) if length is None else length
            head = struct.pack("!BBHHHBBH", 0x45, 0, size, 0, 0, 64, protocol, 0) + other + own
            total = sum(struct.unpack("!10H", head))
            total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
            return head[:10] + struct.pack("!H", total) + head[12:] + body

        for size in (0, 1, 16, 1200):  # an echo reply, and a message of the other server
            whole.append((0x0800, ip(1, b"\x00\x00\xff\xff" + b"\x00" * size)))
            whole.append((0x0800, ip(17, struct.pack("!HHHH", 7410, 7410, 8 + size, 0) + b"u" * size)))
        whole.append((0x0800, ip(1, b"\x00" * 8, 65535)))
    else:
        own = socket.inet_pton(socket.AF_INET6, lab.address(server.name))
        other = socket.inet_pton(socket.AF_INET6, lab.address(server.other.name))
        for next_header, body in (
            (58, b"\x88\x00\x00\x00" + b"\x20\x00\x00\x00" + own + b"\x02\x01" + bytes_of(FORGED)),
            (58, b"\x88\x00\x00\x00" + b"\x20\x00\x00\x00" + own + b"\x02\x00" + b"\x00" * 6),
            (58, b"\x88\x00\x00\x00" + b"\x20\x00\x00\x00" + own + b"\x02\xff" + b"\x00" * 900),
            (58, b"\x81\x00\x00\x00" + b"\x00" * 1200),
            (17, struct.pack("!HHHH", 7410, 7410, 8 + 600, 0) + b"u" * 600),
        ):
            covered = other + own + struct.pack("!II", len(body), next_header) + body
            total = sum(struct.unpack(f"!{len(covered) // 2}H", covered))
            while total > 0xFFFF:
                total = (total & 0xFFFF) + (total >> 16)
            at = 2 if next_header == 58 else 6
            body = body[:at] + struct.pack("!H", ~total & 0xFFFF) + body[at + 2:]
            head = struct.pack("!IHBB", 6 << 28, len(body), next_header, 255) + other + own
            whole.append((0x86DD, head + body))
    cut = [(kind, frame[:size]) for kind, frame in whole for size in range(0, len(frame), 3)]
    return whole + cut + [(kind, frame + b"\x00" * (1500 - len(frame))) for kind, frame in whole]


@both_versions
def test_broken_frames_are_nothing_to_a_daemon(lab: Lab) -> None:
    primary, monitor = lab.start()
    running = [server.pids() for server in lab.servers]
    liar = Liar(lab)
    for server in lab.servers:
        for kind, frame in broken_frames(lab, server):
            liar.send(kind, frame, hardware(server))
    rejected = [server.ask("status")["messages_rejected"] for server in lab.servers]
    assert min(rejected) > 0, "they were heard"
    assert lab.settle() == (primary, monitor)
    assert [server.pids() for server in lab.servers] == running
    assert not primary.orders() and not monitor.orders()


def test_what_is_no_question_harms_no_daemon(lab: Lab) -> None:
    """On its socket, which anybody on the machine may write to."""
    primary, monitor = lab.start()
    held = []
    for said in (b"", b"\n", b"{\n", b"[]\n", b'{"command": 1}\n', b'{"command": "\xff"}\n',
                 b'{"command": "' + b"x" * 5000 + b'"}\n', b"[" * 4000 + b"\n", b"\x00" * 100_000):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(2)
        line.connect(str(primary.socket))
        held.append(line)
        try:
            line.sendall(said)
            if said.endswith(b"\n") and len(said) < 4097:
                assert b'"ok":false' in line.recv(4096)
        except (BrokenPipeError, ConnectionResetError):
            pass  # who says too much is hung up on
    assert lab.settle() == (primary, monitor)
    for line in held:
        line.close()


def test_nobody_can_ask_but_not_tell_with_understudyctl(lab: Lab) -> None:
    primary, _ = lab.start()
    for folder in (primary.folder, *primary.folder.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    program = primary.folder / "understudyctl"  # the build's folders may be closed to nobody
    program.write_bytes(CTL.read_bytes())
    program.chmod(0o755)
    told = lambda *command: run(*nobody, program, "--socket", primary.socket, *command, check=False)
    assert told("status").returncode == 0
    refused = told("switchover")
    assert refused.returncode != 0
    assert "only root and the daemon's own user may do that" in refused.stdout + refused.stderr
    assert primary.role() == "primary"


# ---- the disk ----


def test_a_full_disk_is_said_once_and_the_pair_goes_by_its_rules(lab: Lab) -> None:
    for server in lab.servers:
        state = server.folder / "state"
        state.mkdir()
        # In the namespace of mounts that `ip netns exec` makes, which ends with the daemon.
        with server.journal.open("a") as journal:
            lab.spawn(
                server.namespace, "sh", "-c",
                f"mount -t tmpfs -o size=4k none {state} && dd if=/dev/zero of={state}/full bs=4k "
                f"count=1 status=none && exec {DAEMON} --config {server.config}",
                stderr=journal, stdout=journal,
            )
    primary, monitor = lab.settle()
    until("it is said", lambda: "cannot keep its history (cannot write" in primary.text(), 2)
    assert "No space left on device" in primary.text()
    assert "make room, or give daemon.state another folder" in primary.text()
    primary.crash()
    until("the monitor takes over", lambda: monitor.role() == "primary")
    lab.settle()
    assert monitor.text().count("cannot keep its history") == 1
    assert [order.split()[0] for order in monitor.orders()] == ["action=off", "action=on"]


def test_a_slow_disk_delays_no_takeover_but_the_power_that_comes_back(
    lab: Lab, tmp_path: Path
) -> None:
    """The order goes out while the disk writes; the other gets power once it has."""
    delay = 0.4
    slow = tmp_path / "slow.so"
    run("cc", "-shared", "-fPIC", "-o", slow, "-x", "c", "-", input=(
        "#include <unistd.h>\n#include <sys/syscall.h>\n"
        f"int fsync(int file) {{ usleep({int(delay * 1e6)}); return syscall(SYS_fsync, file); }}\n"
    ))
    for server in lab.servers:
        with server.journal.open("a") as journal:
            lab.spawn(server.namespace, "env", f"LD_PRELOAD={slow}", DAEMON, "--config",
                      server.config, stderr=journal, stdout=journal)
    primary, monitor = lab.settle()
    time.sleep(2 * delay + 0.2)
    primary.crash()
    until("the monitor takes over", lambda: monitor.role() == "primary")
    until("the other gets power", lambda: len(monitor.orders()) == 2)
    declared = events(monitor, "declares the primary failed")[-1]
    off = events(monitor, "orders the power channel to switch the other server off")[-1]
    heard = events(monitor, "hears that the other server is off")[-1]
    claimed = events(monitor, "is now primary: The other is off")[-1]
    on = events(monitor, "orders the power channel to switch the other server on")[-1]
    assert off - declared < delay / 4
    assert claimed - heard < delay / 4
    assert on - off > delay, "the record is safe before the other can come back"


# ---- what is missing ----


def test_a_port_that_is_taken_is_said_in_one_line(lab: Lab) -> None:
    first = lab.first
    with inside(first.namespace):
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with taken:
        taken.bind((lab.address("first"), 7410))
        said = refusal(lab, first, 1)
    assert "cannot use UDP port 7410 of 10.111.0.1 (Address already in use)" in said
    assert "end the other understudyd, or set daemon.port on both servers" in said


def test_an_interface_that_is_down_is_said_in_one_line(lab: Lab) -> None:
    link(lab.first, "down")
    assert "interface eth0 is down; type `ip link set dev eth0 up`" in refusal(lab, lab.first, 1)


@pytest.mark.parametrize("lab", [6], indirect=True, ids=["v6"])
def test_a_kernel_without_ipv6_is_said_in_one_line(lab: Lab) -> None:
    """As `ipv6.disable=1` makes one, which has no such settings."""
    hide = ("sh", "-c", 'mount -t tmpfs none /proc/sys/net/ipv6 && exec "$0" "$@"')
    said = refusal(lab, lab.first, 1, *hide)
    assert "this kernel has no IPv6" in said and "write IPv4 addresses" in said
