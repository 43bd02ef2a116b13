# SPDX-License-Identifier: MIT
"""The pair on real sockets: two daemons, each in a network namespace of its own."""

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
from pathlib import Path

import pytest
from instruments import (
    Client, both_versions, ctl, events, hardware, inside, knock, known_holder, refusal,
    switch_over,
)  # fmt: skip
from lab import CTL, PAIR, SECRET, Lab, run, until

INTERVAL, TIMEOUT, MISSES = 0.050, 0.025, 3
PROBING = 3 * 0.060
IDS_OF = {"first": 0, "second": 1}


# ---- the life of a pair ----


@both_versions
def test_a_cold_start_settles_with_one_primary_and_one_monitor(lab: Lab) -> None:
    primary, monitor = lab.start()
    assert primary.addresses() == {lab.primary}
    assert monitor.addresses() == {lab.monitor}
    assert not primary.orders() and not monitor.orders(), "nobody is fenced for it"


@both_versions
def test_claim12_unanswered_probe_means_the_other_is_primary(lab: Lab) -> None:
    """The roles swap at a crash, for good."""
    primary, monitor = lab.start()
    primary.crash()
    until("the monitor takes over", lambda: monitor.role() == "primary")
    assert lab.settle() == (monitor, primary)
    assert monitor.addresses() == {lab.primary}
    assert primary.addresses() == {lab.monitor}
    assert [order.split()[0] for order in monitor.orders()] == ["action=off", "action=on"]


def test_claim11_answered_probe_means_the_monitor_stays_the_monitor(lab: Lab) -> None:
    lab.configure(pair=PAIR + 'takeover = "restart-first"\n')
    primary, monitor = lab.start()
    primary.crash()
    until("a failure is declared", lambda: "declares the primary failed" in monitor.text())
    assert lab.settle() == (primary, monitor)
    assert "is now primary" not in monitor.text().split("declares the primary failed")[1]
    assert "is now monitor: The other is back and serves" in monitor.text()


def test_a_takeover_takes_no_longer_than_its_timers_the_power_and_twenty_milliseconds(
    lab: Lab,
) -> None:
    """Detection on an idle machine; the disk's and the power script's own time are taken off."""
    primary, monitor = lab.start()
    time.sleep(0.3)
    before = time.time()
    primary.crash()
    crash_took = time.time() - before
    until("the monitor takes over", lambda: monitor.role() == "primary")
    midnight = before - before % 86400
    declared = midnight + events(monitor, "declares the primary failed")[-1]
    off = events(monitor, "hears that the other server is off")[-1]
    claimed = events(monitor, "is now primary: The other is off")[-1]
    detection = (declared - before) % 3600
    assert detection <= MISSES * INTERVAL + TIMEOUT + crash_took + 0.020
    assert claimed - off <= 0.020


def test_the_service_moves_with_the_primary_address(lab: Lab, tmp_path: Path) -> None:
    """Claims 3, 4: the hooks are the service here."""
    for server in lab.servers:
        say = lambda what, to=server: f'["/bin/sh", "-c", "echo {what} >>{to.folder}/service"]'
        server.write_config(
            pair=PAIR,
            service=f"on_primary = {say('start')}\non_monitor = {say('stop')}\n"
            f"on_failure = {say('failure')}",
        )
    primary, monitor = lab.start()
    lines = lambda server: (server.folder / "service").read_text().split()
    until("it runs on the primary", lambda: lines(primary) == ["stop", "start"])
    assert lines(monitor) == ["stop"]
    primary.crash()
    until("it runs on the other", lambda: lines(monitor)[-1] == "start")
    assert sorted(lines(monitor)) == ["failure", "start", "stop"]


def test_a_program_does_not_have_the_daemons_real_time_priority(lab: Lab) -> None:
    for server in lab.servers:
        server.write_config(
            pair=PAIR,
            daemon="realtime_priority = 10",
            service='on_primary = ["/bin/sh", "-c", '
            f'"cut -d\\" \\" -f41 /proc/self/stat >{server.folder}/policy"]',
        )
    primary, _ = lab.start()
    assert {os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK for pid in primary.pids()} == {
        os.SCHED_FIFO
    }
    policy = primary.folder / "policy"
    until("a program", lambda: policy.exists() and policy.read_text())
    assert int(policy.read_text()) == os.SCHED_OTHER


def test_an_order_to_the_fence_agent_has_the_daemons_real_time_priority(lab: Lab) -> None:
    """What it is only asked has not."""
    for server in lab.servers:
        agent = server.folder / "agent"
        agent.write_text(
            "#!/bin/sh\n"
            "while read line; do case $line in action=*) action=${line#action=};; esac; done\n"
            f'echo "$action $(cut -d" " -f41 /proc/self/stat)" >>{server.folder}/policies\n'
        )
        agent.chmod(0o755)
        server.write_config(
            pair=PAIR, daemon="realtime_priority = 10", power=f'agent = "{agent}"'
        )
    primary, monitor = lab.start()
    primary.crash()
    policies = monitor.folder / "policies"
    until("both orders", lambda: "on " in policies.read_text())
    normal, urgent = os.SCHED_OTHER, os.SCHED_FIFO
    assert policies.read_text().split("\n")[:3] == [
        f"monitor {normal}", f"off {urgent}", f"on {urgent}"
    ]


def test_a_switchover_swaps_the_roles_without_a_fence_and_within_two_lost_answers(
    lab: Lab,
) -> None:
    primary, monitor = lab.start()
    client = Client(lab)
    time.sleep(0.5)
    done = switch_over(primary)
    assert done.stdout == "this server is now monitor\n"
    time.sleep(0.5)
    lost = client.stop()
    assert lab.settle() == (monitor, primary)
    assert len(lost) <= 2, f"lost {lost} of {len(client.sent)}"
    assert len(client.answered) > 50
    assert not primary.orders() and not monitor.orders()


def test_an_ill_service_is_handed_over(lab: Lab) -> None:
    for server in lab.servers:
        server.write_config(
            pair=PAIR,
            service=f'health = ["/bin/sh", "-c", "test ! -e {server.folder}/ill"]\n'
            'health_interval = "50ms"',
        )
    primary, monitor = lab.start()
    (primary.folder / "ill").touch()
    until("the other serves", lambda: monitor.role() == "primary")
    assert "the monitor answers: let it try" in primary.text()
    assert not monitor.orders()


def test_in_maintenance_nobody_is_fenced(lab: Lab) -> None:
    primary, monitor = lab.start()
    ctl(monitor, "maintenance", "on")
    primary.crash()
    until("it holds its fire", lambda: "declares nothing: maintenance" in monitor.text())
    time.sleep(0.5)
    assert monitor.role() == "monitor" and not monitor.orders()
    ctl(monitor, "maintenance", "off")
    until("the monitor takes over", lambda: monitor.role() == "primary")


def test_a_refused_fence_claims_nothing(lab: Lab) -> None:
    primary, monitor = lab.start()
    (monitor.folder / "power-refuses").touch()
    primary.crash()
    until("it was refused", lambda: "the power channel refuses" in monitor.text())
    assert monitor.addresses() <= {lab.monitor}
    (monitor.folder / "power-refuses").unlink()
    until("the monitor takes over", lambda: monitor.role() == "primary")


# ---- two at once ----


@both_versions
def test_a_split_pair_heals_to_one_primary_that_neighbours_know(lab: Lab) -> None:
    """`immediate` with a dead power channel makes two primaries of a parted pair."""
    lab.configure(pair=PAIR + 'takeover = "immediate"\n')
    for server in lab.servers:
        (server.folder / "power-refuses").write_text("")
    primary, monitor = lab.start()
    lab.part(primary)
    until("both are primary", lambda: set(lab.roles().values()) == {"primary"})
    knock(lab)
    until("the client knows one", lambda: known_holder(lab) == hardware(monitor), 3)
    lab.part(primary, parted=False)
    stays, _ = lab.settle()
    holders = [server for server in lab.servers if lab.primary in server.addresses()]
    assert holders == [stays]
    until("the client knows who stays", lambda: known_holder(lab) == hardware(stays), 3)


def test_a_neighbour_that_knew_the_old_holder_knows_the_new_one(lab: Lab) -> None:
    """Beyond `locktime` too: the announcement of a claim comes again after 1.1 s."""
    primary, monitor = lab.start()
    knock(lab)
    until("it knows the holder", lambda: known_holder(lab) == hardware(primary), 3)
    switch_over(primary)
    until("it knows the new one", lambda: known_holder(lab) == hardware(monitor), 3)


# ---- what is not to be believed ----


def test_replies_with_a_wrong_token_or_from_elsewhere_are_ignored(lab: Lab) -> None:
    """A host that sends echo replies of its own making cannot make a dead primary live."""
    primary, monitor = lab.start()
    with inside(lab.namespace("client")):
        liar = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    stop = threading.Event()

    def lie() -> None:
        checksum = lambda data: ~((s := sum(struct.unpack(f"!{len(data) // 2}H", data)))
                                  + (s >> 16)) & 0xFFFF
        source = socket.inet_aton(lab.primary)
        target = socket.inet_aton(lab.address(monitor.name))
        number = 0
        while not stop.is_set():
            for identifier in range(0, 65536, 97):
                number = (number + 1) & 0xFFFF
                body = struct.pack("!BBHHHQ", 0, 0, 0, identifier, number, 0x1122334455667788)
                body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
                head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0)
                try:
                    liar.sendto(head + source + target + body, (lab.address(monitor.name), 0))
                except OSError:
                    pass
            time.sleep(0.001)

    liar_thread = threading.Thread(target=lie)
    liar_thread.start()
    try:
        primary.crash()
        until("the monitor takes over all the same", lambda: monitor.role() == "primary")
    finally:
        stop.set()
        liar_thread.join()
        liar.close()


def test_forged_messages_are_ignored(lab: Lab) -> None:
    """From the right address and port, but without the secret, or played again."""
    primary, monitor = lab.start()
    term = primary.ask("status")["term"]
    message = b"undstdy\x01" + bytes([0, IDS_OF[monitor.name], 0, 1]) + struct.pack(
        "!QQQQ", term + 50, 0, 0, 0
    )
    head = b"undseal\x01" + bytes([IDS_OF[monitor.name]]) + struct.pack("!QQQ", 1, 1, 0)
    before = primary.ask("status")["messages_rejected"]
    with inside(lab.namespace("client")):
        forger = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for forged in (message, head + message + bytes(32), head + bytes(32)):
        udp = struct.pack("!HHHH", 7410, 7410, 8 + len(forged), 0) + forged
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
        ends = socket.inet_aton(lab.address(monitor.name)) + socket.inet_aton(
            lab.address(primary.name)
        )
        forger.sendto(ip + ends + udp, (lab.address(primary.name), 0))
    forger.close()
    until(
        "they are counted", lambda: primary.ask("status")["messages_rejected"] == before + 3, 2
    )
    assert primary.role() == "primary" and primary.ask("status")["term"] == term


# ---- what it leaves behind ----


def test_no_address_is_left_after_an_exit(lab: Lab) -> None:
    primary, monitor = lab.start()
    for server in (primary, monitor):
        for pid in server.pids():
            run("kill", "-TERM", str(pid))
        until("it has ended", server.ended)
        assert server.addresses() == set()
        assert not server.socket.exists()


def test_an_address_of_an_earlier_life_is_gone_before_the_first_probe(lab: Lab) -> None:
    """Else it would be answered by its own kernel."""
    primary, monitor = lab.start()
    for pid in primary.pids():
        run("kill", "-KILL", str(pid))
    until("it has ended", primary.ended)
    assert primary.addresses() == {lab.primary}, "nobody took it away"
    monitor.crash()  # nobody answers the probes, so there is time to look
    before = primary.text().count("is now arbitrating")
    primary.start()
    until("it probes", lambda: primary.text().count("is now arbitrating") > before, every=0.001)
    assert primary.addresses() == set()


# ---- what it says ----


@both_versions
def test_a_recording_has_each_ping_in_its_order_and_how_long_it_took(lab: Lab) -> None:
    import understudy

    recorder = lab.spawn(
        lab.first.namespace, CTL, "record", lab.first.config, stdout=subprocess.PIPE, text=True
    )
    time.sleep(1.0)
    lab.part(lab.second)
    time.sleep(0.4)
    lab.part(lab.second, parted=False)
    time.sleep(0.6)
    recorder.send_signal(signal.SIGINT)
    text = recorder.communicate(timeout=10)[0]
    path = lab.folder / "rtt.csv"
    path.write_text(text)
    found = understudy.read_recording(path)
    assert found.interval_s == pytest.approx(INTERVAL, rel=0.1)
    assert 30 <= len(found.round_trips_s) <= 42
    assert 4 <= found.lost <= 12
    answered = [value for value in found.round_trips_s if value == value]
    assert all(0.0 < value < 0.025 for value in answered)


def test_status_and_explain_say_who_and_why(lab: Lab) -> None:
    primary, monitor = lab.start()
    status = json.loads(ctl(primary, "status", "--json").stdout)
    assert status["role"] == "primary" and status["holds_primary"] and status["serving"]
    assert status["cause"] == "probe answered" and status["term"] >= 1
    assert status["messages_heard"] and status["messages_rejected"] == 0
    # Of its own ping; of the answer to a probe there may have been no other yet.
    assert 0 < status["round_trip_s"] < TIMEOUT
    text = ctl(primary, "explain").stdout
    assert f"{primary.name} is primary for" in text
    assert "The other server answers as the monitor, so the primary role is free." in text
    assert "It hears the other." in text
    metrics = primary.folder / "metrics.prom"
    until("metrics", lambda: 'understudy_role{role="primary"} 1' in metrics.read_text(), 3)
    assert re.search(r"^understudy_signals_total \d+$", metrics.read_text(), re.MULTILINE)


def test_only_root_may_change_anything(lab: Lab) -> None:
    primary, _ = lab.start()
    for folder in (primary.folder, *primary.folder.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    ask = lambda command: run(
        *nobody, "/usr/bin/python3", "-c",
        "import socket; s = socket.socket(socket.AF_UNIX);"
        f" s.connect('{primary.socket}'); s.sendall(b'{{\"command\": \"{command}\"}}\\n');"
        " print(s.makefile().readline())",
    ).stdout
    assert '"role":"primary"' in ask("status")
    assert "only root and the daemon's own user may do that" in ask("switchover")
    assert primary.role() == "primary"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(SECRET, SECRET + "!"), ('"\n[addresses]', '"\nport = 7500\n[addresses]'),
     ('id = "second"', 'id = "first"')],
    ids=["secrets", "ports", "ids"],
)
def test_servers_that_do_not_understand_each_other_say_so(
    lab: Lab, right: str, wrong: str
) -> None:
    """Their pings are answered by kernels, so that nothing else seems wrong."""
    text = lab.second.config.read_text().replace("\n\n[addresses]", "\n[addresses]")
    assert text.count(right) == 1
    lab.second.config.write_text(text.replace(right, wrong))
    lab.first.start()
    until("it is alone", lambda: lab.first.role() == "monitor")
    lab.second.start()
    lab.settle()
    for server in lab.servers:
        until("it is said", lambda: "no message of it can be believed" in server.text(), 12)
    assert all(server.text().count("can be believed") == 1 for server in lab.servers)


def test_servers_with_the_shared_addresses_swapped_say_so(lab: Lab) -> None:
    """Each is a monitor, and finds its primary where the other answers as one."""
    text = lab.second.config.read_text()
    swapped = text.replace(lab.primary, "PRIMARY").replace(lab.monitor, lab.primary)
    lab.second.config.write_text(swapped.replace("PRIMARY", lab.monitor))
    for server in lab.servers:
        server.start()
    for server in lab.servers:
        until("it is said", lambda: "no message of it can be believed" in server.text(), 12)
        assert "the same addresses.primary and addresses.monitor" in server.text()


def test_a_crowd_of_askers_takes_nothing_that_a_takeover_needs(lab: Lab) -> None:
    """Anybody may ask: a hundred who ask nothing must not use up what a daemon may open."""
    primary, monitor = lab.start()
    for pid in monitor.pids():
        run("prlimit", f"--pid={pid}", "--nofile=80")
    for folder in (monitor.folder, *monitor.folder.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    crowd = lab.spawn(
        lab.namespace("client"), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
        "/usr/bin/python3", "-c",
        "import socket, time; all = [socket.socket(socket.AF_UNIX) for _ in range(100)];"
        f" [one.connect('{monitor.socket}') for one in all]; print('there', flush=True);"
        " time.sleep(60)",
        stdout=subprocess.PIPE, text=True,
    )
    assert crowd.stdout.readline() == "there\n"
    assert json.loads(ctl(monitor, "status", "--json").stdout)["role"] == "monitor"
    primary.crash()
    until("the monitor takes over", lambda: "is now primary" in monitor.text(), 5)
    crowd.kill()


def test_a_daemon_that_hangs_is_not_waited_for(lab: Lab) -> None:
    primary, monitor = lab.start()
    for pid in primary.pids():
        os.kill(pid, signal.SIGSTOP)
    done = ctl(primary, "status", check=False)
    for pid in primary.pids():
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "has not answered for 5 s" in done.stderr
    assert lab.settle() == (primary, monitor)


def test_what_is_missing_is_said_in_one_line(lab: Lab) -> None:
    first, second = lab.servers
    first.config.chmod(0o644)
    assert "type `chmod 600" in refusal(lab, first, 2)
    first.config.chmod(0o600)

    caps = ("setpriv", "--bounding-set=-net_raw,-net_admin", "--inh-caps=-net_raw,-net_admin")
    assert "run as root, or with CAP_NET_RAW" in refusal(lab, first, 1, *caps)

    text = first.config.read_text()
    first.config.write_text(text.replace('"eth0"', '"eth7"'))
    assert 'there is no interface "eth7"' in refusal(lab, first, 1)

    first.config.write_text(text.replace(f'"{lab.address("first")}"', '"10.111.0.77"'))
    assert "does not have addresses.server (10.111.0.77)" in refusal(lab, first, 1)

    first.config.write_text(text.replace("[power]", "[power]\n#").replace("\nagent", "\n#"))
    assert "power.agent: is missing" in refusal(lab, first, 2)

    first.config.write_text(text)
    run("ip", "-n", first.namespace, "address", "add", f"{lab.primary}/24", "dev", "eth0")
    assert "this machine already has addresses.primary" in refusal(lab, first, 1)
    run("ip", "-n", first.namespace, "address", "del", f"{lab.primary}/24", "dev", "eth0")

    client = lab.namespace("client")
    taken = f"{lab.address('first')}/24"
    run("ip", "-n", client, "address", "add", taken, "dev", "eth0")
    assert "is used by another machine" in refusal(lab, first, 1)
    run("ip", "-n", client, "address", "del", taken, "dev", "eth0")

    first.start()
    until("it answers", lambda: first.role() != "off")
    assert "another understudyd listens at" in refusal(lab, first, 1)


@pytest.mark.parametrize("lab", [6], indirect=True, ids=["v6"])
def test_an_interface_without_ipv6_is_said_in_one_line(lab: Lab) -> None:
    first = lab.first
    run("ip", "netns", "exec", first.namespace, "sh", "-c",
        "echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6")
    assert "IPv6 is switched off on eth0" in refusal(lab, first, 1)
