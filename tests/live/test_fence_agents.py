# SPDX-License-Identifier: MIT
"""Fence agents: one that is slow to start, one without options, and Debian's own fence_ipmilan over
IPMI, by a simulated management controller."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from instruments import events
from lab import Lab, Server, name_of, run, until

# A program that speaks IPMI over the network takes a quarter of a second for each of its words.
PATIENT_PAIR = """
ping_interval = "50ms"
ping_timeout = "25ms"
probe_timeout = "60ms"
boot_min = "2.5s"
boot_max = "4s"
fence_max = "2s"
confirm_max = "1s"
max_boots = 0
"""
NUMBERS = {"first": 21, "second": 22}
PASSWORD = "of-the-controller"


def address_of(lab: Lab, server: Server) -> str:
    """Of its management controller, which is on the LAN and has power of its own."""
    return f"{lab.net}{NUMBERS[server.name]}"


def options(lab: Lab, other: Server, password: str = PASSWORD) -> str:
    return (
        'agent = "/usr/sbin/fence_ipmilan"\n'
        f'options = {{ ip = "{address_of(lab, other)}", username = "understudy", '
        f'password = "{password}", lanplus = true, cipher = 3, power_wait = 0 }}'
    )


@contextmanager
def controllers(lab: Lab) -> Iterator[None]:
    """A management controller for each server: its chassis is the server's power in the lab."""
    simulators = []
    try:
        for server in lab.servers:
            lan = lab.namespace("lan")
            run("ip", "-n", lan, "address", "add", address_of(lab, server) + "/24", "dev", "lan")
            simulators.append(start_controller(lab, server))
        yield
    finally:
        for simulator in simulators:
            simulator.kill()
            simulator.wait()


def start_controller(lab: Lab, server: Server):
    folder = server.folder / "controller"
    folder.mkdir()
    (folder / "power").write_text("1\n")
    chassis = folder / "chassis"
    chassis.write_text(
        "#!/bin/sh\n"
        f"[ $1 = get ] && exec echo power:$(cat {folder}/power)\n"
        '[ "$2" = power ] || exit 1\n'
        f"echo $3 >{folder}/power\n"
        f"[ $3 = 0 ] && exec {server.folder}/off\n"
        f"exec {server.folder}/on\n"
    )
    chassis.chmod(0o755)
    levels = "none md2 md5 straight"
    (folder / "lan.conf").write_text(
        f'name "{server.name}"\nset_working_mc 0x20\nstartlan 1\n'
        f"addr {address_of(lab, server)} 623\npriv_limit admin\n"
        f"allowed_auths_callback {levels}\nallowed_auths_user {levels}\n"
        f"allowed_auths_operator {levels}\nallowed_auths_admin {levels}\n"
        f"guid a123456789abcdefa123456789abcdef\nendlan\n"
        f'chassis_control "{chassis}"\n'
        f'user 2 true "understudy" "{PASSWORD}" admin 10 {levels}\n'
    )
    (folder / "sim.emu").write_text(
        "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02\nmc_enable 0x20\n"
    )
    with (folder / "log").open("w") as log:
        return lab.spawn(
            lab.namespace("lan"), "ipmi_sim", "-n", "-c", folder / "lan.conf",
            "-f", folder / "sim.emu", "-s", folder / "state", stdout=log, stderr=log,
        )


def test_a_failover_fences_by_ipmi_and_the_other_comes_back(lab: Lab) -> None:
    lab.boot_time = 2.6
    for server in lab.servers:
        server.write_config(pair=PATIENT_PAIR, power=options(lab, server.other))
    with controllers(lab):
        primary, monitor = lab.start()
        until("the controllers are reached",
              lambda: all(s.ask("status")["power"] == "reached" for s in lab.servers))
        primary.crash()
        until("the monitor takes over", lambda: monitor.role() == "primary")
        assert "fence_ipmilan off: done" in monitor.text()
        until("the other is switched on", lambda: "fence_ipmilan on: done" in monitor.text())
        assert lab.settle(20) == (monitor, primary)
        assert (primary.folder / "controller" / "power").read_text() == "1\n"


def test_a_controller_that_refuses_the_password_is_said_before_it_is_needed(lab: Lab) -> None:
    for server in lab.servers:
        server.write_config(
            pair=PATIENT_PAIR, power=options(lab, server.other, "not-the-password")
        )
    with controllers(lab):
        lab.first.start()
        until("it is said", lambda: lab.first.ask("status").get("power") == "not reached", 30)
        assert "the other server could not be fenced now" in lab.first.text()
        assert "not-the-password" not in lab.first.text()


# ---- the one that waits for its order ------------------------------------------------------------


def agent(server: Server, slow_s: float) -> Path:
    """Takes its time before it reads what it is asked for; by the convention, that is `reboot` for
    who says nothing."""
    program = server.folder / "agent"
    program.write_text(
        "#!/bin/sh\n"
        f"sleep {slow_s}\n"
        "action=reboot\n"
        "while read line; do case $line in action=*) action=${line#action=};; esac; done\n"
        "[ $action = monitor ] && exit 0\n"
        f"echo $action >>{server.folder}/asked\n"
        f"[ $action = reboot ] || exec {server.other.folder}/$action\n"
    )
    program.chmod(0o755)
    return program


def asked(server: Server) -> list[str]:
    path = server.folder / "asked"
    return path.read_text().split() if path.exists() else []


def start_with_agents(lab: Lab, slow_s: float) -> tuple[Server, Server]:
    for server in lab.servers:
        server.write_config(pair=PATIENT_PAIR, power=f'agent = "{agent(server, slow_s)}"')
    found = lab.start()
    until("the agents answer",
          lambda: all(s.ask("status")["power"] == "reached" for s in lab.servers))
    time.sleep(slow_s + 0.3)  # and the next ones wait
    return found


def test_an_agent_that_is_slow_to_start_has_been_started_before_it_is_needed(lab: Lab) -> None:
    lab.boot_time = 2.6
    primary, monitor = start_with_agents(lab, slow_s=1.0)
    primary.crash()
    until("the monitor takes over", lambda: monitor.role() == "primary")
    ordered = events(monitor, "to switch the other server off")[-1]
    assert events(monitor, "hears that the other server is off")[-1] - ordered < 0.5
    assert asked(monitor)[0] == "off"
    lab.settle(20)
    assert asked(monitor) == ["off", "on"]


def test_a_daemon_that_is_killed_orders_nothing(lab: Lab) -> None:
    """Its agent, which waits for an order, must not take the silence for one."""
    for server in start_with_agents(lab, slow_s=0.0):
        assert agents_of(server)
        for pid in server.pids():
            os.kill(pid, signal.SIGKILL)
        until("the agent is gone", lambda: not agents_of(server))
        assert asked(server) == []


def agents_of(server: Server) -> list[str]:
    """The programs that hold an agent of a server."""
    pids = run("ip", "netns", "pids", server.namespace, check=False).stdout.split()
    return [pid for pid in pids if name_of(pid) in ("agent", "fence_holder")]
