# SPDX-License-Identifier: MIT
"""Fencing through Debian's own fence_virsh, by ssh to a host of virtual machines with libvirt."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Server, run, until
from machine import Machine

# A login, two questions, an order, and QEMU has to end: each takes its tenths of a second.
PATIENT_PAIR = """
ping_interval = "50ms"
ping_timeout = "25ms"
probe_timeout = "60ms"
boot_max = "8s"
fence_max = "6s"
confirm_max = "1s"
max_boots = 0
"""
NUMBER = 30
NAMES = ("first", "second")

# QEMU without KVM, which need not be there, and a machine without a disk: what counts is whether
# it runs.
DOMAIN = """
<domain type="qemu">
  <name>{name}</name>
  <memory unit="MiB">16</memory>
  <os><type arch="x86_64" machine="pc">hvm</type></os>
</domain>
"""
# No user, no control groups and no daemon of this machine's are needed.
QEMU = """
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
"""
# It switches the server that the domain is, which is outside of the host. libvirt waits for it, so
# whoever is told that a domain is off is told so after it.
HOOK = """#!/bin/sh
outside="nsenter --target={pid} --mount --root --wd"
case $2 in
  started) exec $outside {folder}/$1/on ;;
  stopped) exec $outside {folder}/$1/off ;;
esac
"""


class Hypervisor:
    """A host on the LAN that can be logged in to, whose two domains are the power of the servers.

    It has this machine's files and a layer in memory above them: no file, no service and no control
    group of this machine is touched.
    """

    def __init__(self, lab: Lab):
        self.lab = lab
        self.address = f"{lab.net}{NUMBER}"
        self.folder = lab.folder / "hypervisor"
        self.folder.mkdir()
        run("ip", "-n", lab.namespace("lan"), "address", "add", self.address + "/24", "dev", "lan")
        self.machine = Machine(lab.folder, tuple(map(lab.namespace, ("lan", *NAMES))))

    def start(self) -> None:
        self._prepare_libvirt()
        self._prepare_ssh()
        self._spawn("libvirtd")
        self._spawn("dropbear", "-F", "-E", "-s", "-p", f"{self.address}:22", "-r", "/etc/host_key")
        until("libvirt answers", lambda: self.virsh("list", check=False).returncode == 0, 20)
        for name in NAMES:
            self.virsh("define", self.folder / name)

    def virsh(self, *command: str | Path, check: bool = True):
        return run(*self.machine.enter, "virsh", "-c", "qemu:///system", *command, check=check)

    def options(self, server: Server, user: str = "root") -> str:
        """Those with which the other of the two fences it."""
        # The last part is fence_virsh's own, which it leaves out where there are others.
        ssh_options = (
            f"-F none -o UserKnownHostsFile={self.folder}/known_hosts -o StrictHostKeyChecking=yes "
            r"""-t '/bin/bash -c \"PS1=\\[EXPECT\\]# /bin/bash --noprofile --norc\"'"""
        )
        return (
            'agent = "/usr/sbin/fence_virsh"\n'
            f'options = {{ ip = "{self.address}", username = "{user}", plug = "{server.name}", '
            f'identity_file = "{self.folder}/key", ssh_options = "{ssh_options}" }}'
        )

    def _prepare_libvirt(self) -> None:
        # Without this machine's control groups below it.
        self.machine.run("mount", "-t", "sysfs", "-o", "ro", "sysfs", "/sys")
        # Nor the domains and networks that this machine may have itself.
        for folder in ("/etc/libvirt", "/var/lib/libvirt"):
            self.machine.run("mkdir", "-p", folder)
            self.machine.run("mount", "-t", "tmpfs", "tmpfs", folder)
        # libvirt looks for its own user even where it is told to do without.
        add = "id -u libvirt-qemu || useradd --system --user-group libvirt-qemu"
        self.machine.run("sh", "-c", add)
        etc = self.machine.root / "etc/libvirt"
        (etc / "hooks").mkdir()
        (etc / "qemu.conf").write_text(QEMU)
        hook = etc / "hooks/qemu"
        hook.write_text(HOOK.format(pid=os.getpid(), folder=self.lab.folder))
        hook.chmod(0o755)
        for name in NAMES:
            (self.folder / name).write_text(DOMAIN.format(name=name))

    def _prepare_ssh(self) -> None:
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "key")
        home = self.machine.root / "root/.ssh"
        home.mkdir(exist_ok=True)
        authorized = home / "authorized_keys"
        authorized.write_text((self.folder / "key.pub").read_text())
        for path, mode in ((home.parent, 0o700), (home, 0o700), (authorized, 0o600)):
            path.chmod(mode)
        made = self.machine.run("dropbearkey", "-t", "ed25519", "-f", "/etc/host_key")
        (public,) = [line for line in made.splitlines() if line.startswith("ssh-ed25519 ")]
        (self.folder / "known_hosts").write_text(f"{self.address} {public}\n")

    def _spawn(self, *command: str) -> None:
        with (self.folder / f"{command[0]}.log").open("w") as log:
            self.lab.spawn(self.lab.namespace("lan"), *self.machine.enter, *command,
                           stdout=log, stderr=log)


@pytest.fixture
def hypervisor(lab: Lab) -> Iterator[Hypervisor]:
    made = Hypervisor(lab)
    try:
        made.start()
        yield made
    finally:
        lab.remove()
        made.machine.remove()


def test_failovers_fence_through_libvirt_and_the_other_comes_back(
    lab: Lab, hypervisor: Hypervisor
) -> None:
    for server in lab.servers:
        server.write_config(pair=PATIENT_PAIR, power=hypervisor.options(server.other))
        hypervisor.virsh("start", server.name)
    primary, monitor = lab.settle()
    until("the host is reached",
          lambda: all(s.ask("status")["power"] == "reached" for s in lab.servers), 20)

    # It goes on, unheard, until libvirt ends it.
    domain = hypervisor.virsh("domid", primary.name).stdout
    (daemon,) = primary.pids()
    lab.part(primary)
    until("the monitor takes over", lambda: monitor.role() == "primary", 20)
    assert daemon not in primary.pids()
    assert "fence_virsh off: done" in monitor.text()
    lab.part(primary, False)
    until("the other is switched on", lambda: "fence_virsh on: done" in monitor.text(), 20)
    assert lab.settle(20) == (monitor, primary)
    assert hypervisor.virsh("domid", primary.name).stdout != domain

    # It is off already when it is fenced.
    primary, monitor = monitor, primary
    hypervisor.virsh("destroy", primary.name)
    assert not primary.has_power()
    until("the monitor takes over", lambda: monitor.role() == "primary", 20)
    assert lab.settle(20) == (monitor, primary)
    assert hypervisor.virsh("domstate", primary.name).stdout.strip() == "running"


def test_a_host_that_refuses_the_login_is_said_before_it_is_needed(
    lab: Lab, hypervisor: Hypervisor
) -> None:
    lab.first.write_config(pair=PATIENT_PAIR, power=hypervisor.options(lab.second, "nobody"))
    lab.first.start()
    until("it is said", lambda: lab.first.ask("status").get("power") == "not reached", 30)
    assert "the other server could not be fenced now" in lab.first.text()
