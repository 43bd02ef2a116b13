# SPDX-License-Identifier: MIT
"""What operators and their service managers do to a daemon, and what clients see of it."""

from __future__ import annotations

import os
import signal
import time

from instruments import Client, ctl
from lab import PAIR, Lab, Server, run, until


def tell(server: Server, what: signal.Signals) -> None:
    for pid in server.pids():
        os.kill(pid, what)


def restart(server: Server, how: signal.Signals = signal.SIGTERM) -> None:
    """As a service manager does."""
    tell(server, how)
    until("it has ended", server.ended, every=0.002)
    server.start()


def lost_by_clients(lab: Lab, action, pause: float = 1.0) -> int:
    client = Client(lab)
    time.sleep(0.3)
    try:
        action()
        time.sleep(pause)
    finally:
        lost = client.stop()
    assert len(client.answered) > 50
    return len(lost)


def test_a_primary_that_is_restarted_hands_over_first(lab: Lab) -> None:
    primary, monitor = lab.start()
    assert lost_by_clients(lab, lambda: restart(primary)) <= 2
    assert lab.settle() == (monitor, primary)
    assert not primary.orders() and not monitor.orders(), "nobody is fenced for it"


def test_a_primary_that_has_just_missed_an_answer_waits_for_the_next(lab: Lab) -> None:
    patient = PAIR.replace('boot_min = "400ms"', 'boot_min = "1500ms"') + "misses = 20\n"
    lab.configure(pair=patient + "watch_misses = 200\n")
    primary, monitor = lab.start()
    lab.part(monitor)
    until("it misses one", lambda: primary.ask("status")["misses"] > 0)
    tell(primary, signal.SIGTERM)
    time.sleep(0.2)
    assert primary.role() == "primary"
    lab.part(monitor, parted=False)
    until("it has ended", primary.ended, 3)
    assert monitor.role() == "primary"
    assert not primary.orders() and not monitor.orders()


def test_a_primary_that_hears_no_announcements_hands_over_first_too(lab: Lab) -> None:
    lab.configure(pair=PAIR + "conflict_detection = false\n")
    lab.first.start()  # two at once would not find out that they are
    until("it is alone", lambda: lab.first.role() == "monitor")
    lab.second.start()
    primary, monitor = lab.settle()

    def end() -> None:
        tell(primary, signal.SIGTERM)
        until("it has ended", primary.ended)

    assert lost_by_clients(lab, end, pause=0.2) <= 2
    assert monitor.role() == "primary"
    assert not primary.orders() and not monitor.orders()


def test_a_primary_in_maintenance_ends_without_handing_over(lab: Lab) -> None:
    primary, monitor = lab.start()
    for server in lab.servers:
        ctl(server, "maintenance", "on")
    tell(primary, signal.SIGTERM)
    until("it has ended", primary.ended)
    time.sleep(0.5)
    assert monitor.role() == "monitor" and "taking over" not in monitor.text()


def test_a_primary_whose_monitor_does_not_take_over_ends_all_the_same(lab: Lab) -> None:
    """Its kernel still answers pings, so the primary has no reason to doubt it before."""
    lab.configure(pair=PAIR + 'handover_timeout = "500ms"\n')
    primary, monitor = lab.start()
    tell(monitor, signal.SIGSTOP)
    began = time.monotonic()
    tell(primary, signal.SIGTERM)
    until("it has ended", primary.ended)
    assert time.monotonic() - began >= 0.45
    assert primary.addresses() == set()
    assert "The monitor did not get ready in time" in primary.text()


def test_who_tells_it_twice_does_not_wait_for_the_monitor(lab: Lab) -> None:
    lab.configure(pair=PAIR + 'handover_timeout = "20s"\n')
    primary, monitor = lab.start()
    tell(monitor, signal.SIGSTOP)
    tell(primary, signal.SIGTERM)
    until("it hands over", lambda: primary.role() == "handing over")
    tell(primary, signal.SIGTERM)
    until("it has ended", primary.ended, 2)
    assert primary.addresses() == set()


def test_a_stopped_monitor_is_missed_but_not_fenced_until_it_is_back(lab: Lab) -> None:
    lab.configure(pair=PAIR + "watch_misses = 10\n")  # half a second
    primary, monitor = lab.start()
    tell(monitor, signal.SIGTERM)
    until("it has ended", monitor.ended)
    held = "declares nothing: the other server was stopped in good order"
    until("it is missed", lambda: held in primary.text(), 3)
    time.sleep(1.0)
    assert not primary.orders() and primary.ask("status")["role"] == "primary"
    assert "it is not fenced until it has answered again" in ctl(primary, "explain").stdout
    monitor.start()
    assert lab.settle() == (primary, monitor)
    assert "stopped in good order" not in ctl(primary, "explain").stdout.split("What happened")[0]
    monitor.crash()
    until("it is fenced as before", primary.orders, 5)


def test_a_primary_that_is_stopped_hands_over_and_is_not_fenced(lab: Lab) -> None:
    lab.configure(pair=PAIR + "watch_misses = 10\n")
    primary, monitor = lab.start()
    tell(primary, signal.SIGHUP)  # as at the end of a session; no other than SIGTERM
    until("it has ended", primary.ended)
    assert primary.addresses() == set() and monitor.role() == "primary"
    held = "declares nothing: the other server was stopped in good order"
    until("it is missed", lambda: held in monitor.text(), 3)
    time.sleep(1.0)
    assert not monitor.orders()


def test_a_daemon_that_is_to_outlive_its_session_does(lab: Lab) -> None:
    server = lab.first
    with server.journal.open("a") as journal:
        lab.spawn(server.namespace, "nohup", *server.daemon(), stderr=journal, stdout=journal)
    until("it is alone", lambda: server.role() == "monitor")
    tell(server, signal.SIGHUP)
    time.sleep(0.5)
    assert not server.ended() and server.role() == "monitor"


def test_both_may_be_stopped_at_once(lab: Lab) -> None:
    """Each may have counted on the other to take over, or to be there to be handed to."""
    for _ in range(6):
        lab.start()
        for server in lab.servers:
            tell(server, signal.SIGTERM)
        for server in lab.servers:
            until("it has ended", server.ended, 2)
            assert not server.orders() and server.addresses() == set()


def test_a_killed_daemon_that_starts_again_has_its_place_before_clients_notice(lab: Lab) -> None:
    """The kernel answers in its stead, until the agent has found out who is what."""
    primary, monitor = lab.start()
    assert lost_by_clients(lab, lambda: restart(primary, signal.SIGKILL)) <= 2
    assert lab.settle() == (primary, monitor)
    assert not primary.orders() and not monitor.orders()


def test_a_restarted_daemon_that_finds_a_stranger_keeps_no_address(lab: Lab) -> None:
    primary, monitor = lab.start()
    ctl(monitor, "maintenance", "on")
    tell(primary, signal.SIGKILL)
    until("it has ended", primary.ended)
    assert primary.addresses() == {lab.primary}, "nobody took it away"
    client = lab.namespace("client")
    run("ip", "-n", client, "address", "add", lab.alone(lab.primary), "dev", "eth0")
    primary.start()
    until("it refuses", lambda: "is used by" in primary.text(), 5)
    until("it has ended", primary.ended)
    assert primary.addresses() == set()


# ---- its cable ----


def test_a_monitor_whose_cable_is_out_fences_nobody(lab: Lab) -> None:
    """It has no witness that could tell it whose fault it is; its own interface can."""
    lab.configure(pair=PAIR + "watch_misses = 200\n")  # the primary waits
    primary, monitor = lab.start()
    cable = lambda state: run("ip", "-n", lab.namespace("lan"), "link", "set", "dev", monitor.name,
                              state)

    def pull() -> None:
        cable("down")
        until("it holds its fire", lambda: "this server's own link is down" in monitor.text(), 3)
        time.sleep(0.5)
        cable("up")

    assert lost_by_clients(lab, pull) <= 2
    assert lab.settle() == (primary, monitor)
    assert not monitor.orders()
    primary.crash()
    until("it fences again", lambda: monitor.role() == "primary")


def test_a_monitor_that_starts_without_a_cable_fences_nobody(lab: Lab) -> None:
    """Its time to leave the other for booting ends while it is cut off."""
    lab.configure(pair=PAIR + 'startup_grace = "500ms"\nwatch_monitor = false\n')
    run("ip", "-n", lab.namespace("lan"), "link", "set", "dev", lab.second.name, "down")
    lab.second.start()
    until("it holds its fire", lambda: "this server's own link is down" in lab.second.text(), 5)
    assert not lab.second.orders()


def test_a_primary_whose_cable_was_out_for_a_moment_stays_the_primary(lab: Lab) -> None:
    """Its kernel has forgotten its neighbours by then, and asks for them just once a second."""
    primary, monitor = lab.start()
    lan = lab.namespace("lan")
    for _ in range(4):
        run("ip", "-n", lan, "link", "set", "dev", primary.name, "down")
        time.sleep(0.08)
        run("ip", "-n", lan, "link", "set", "dev", primary.name, "up")
        time.sleep(1.3)
    assert lab.roles() == {primary.name: "primary", monitor.name: "monitor"}
    assert not primary.orders() and not monitor.orders()
