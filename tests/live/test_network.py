# SPDX-License-Identifier: MIT
"""What else happens on the daemons' network: strangers, administrators, forged and broken packets."""

from __future__ import annotations

import json
import socket
import struct
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from instruments import (
    PATIENT, address, both_versions, ctl, events, hardware, inside, knock, known_holder, refusal,
)  # fmt: skip
from lab import CTL, DAEMON, Lab, Server, run, until

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
