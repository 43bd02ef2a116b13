# SPDX-License-Identifier: MIT
"""Fencing through Debian's own fence_ipmilan, over IPMI, by a simulated management controller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab import Lab, Server, run, until

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
