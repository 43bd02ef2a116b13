# SPDX-License-Identifier: MIT
"""The Debian packages, each installed by dpkg on a machine whose files are this one's, overlaid."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import PAIR, ROOT, Lab, run, until
from machine import InstalledServer, Machine

BUILD = ROOT / "build"
SERVICE = """
on_primary = ["/usr/bin/touch", "/run/shop-is-open"]
on_monitor = ["/usr/bin/rm", "-f", "/run/shop-is-open"]
"""


@pytest.fixture(scope="module")
def packages() -> dict[str, Path]:
    """The .debs of what is built, by name; made by who built it, so that the build stays theirs."""
    owner = BUILD.stat()
    for old in (BUILD / "packages").glob("*.deb"):
        old.unlink()
    run("setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups",
        "cpack", "--config", BUILD / "CPackConfig.cmake", seconds=300, cwd=BUILD)
    return {path.name.split("_")[0]: path for path in (BUILD / "packages").glob("*.deb")}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture
def pair(tmp_path: Path, packages: dict[str, Path]) -> Iterator[Lab]:
    """Two servers with the package installed and configured, and nothing started."""
    lab = Lab(tmp_path, server=InstalledServer)
    try:
        for server in lab.servers:
            server.machine.install(packages["understudy"])
        lab.configure(pair=PAIR, service=SERVICE)
        yield lab
    finally:
        lab.remove()
        for server in lab.servers:
            server.machine.remove()


def test_installed_daemons_fail_over(pair: Lab) -> None:
    primary, monitor = pair.start()
    for server in pair.servers:
        (pid,) = server.pids()
        assert os.path.samefile(f"/proc/{pid}/exe", server.machine.root / "usr/sbin/understudyd")
    assert json.loads(primary.ctl("status", "--json"))["role"] == "primary"
    open_shop = {server: server.machine.root / "run/shop-is-open" for server in pair.servers}
    until("the service runs", open_shop[primary].exists)
    assert not open_shop[monitor].exists()

    primary.crash()
    until("the takeover", lambda: monitor.role() == "primary")
    assert pair.primary in monitor.addresses()
    until("the service runs", open_shop[monitor].exists)
    assert pair.settle() == (monitor, primary), "the booted server is the monitor"
    assert [order.split()[0] for order in monitor.orders()] == ["action=off", "action=on"]
    assert "is monitor for" in primary.ctl("explain")
    until("the service is stopped", lambda: not open_shop[primary].exists())


def test_a_purged_daemon_leaves_nothing_behind(
    machine: Machine, packages: dict[str, Path], pair: Lab
) -> None:
    before = machine.changes()
    machine.install(packages["understudy"])
    installed = machine.changes() - before
    assert {"usr/sbin/understudyd", "usr/bin/understudyctl", "etc/understudy"} <= installed
    machine.purge("understudy")
    assert machine.changes() == before

    server = pair.first
    server.start()
    until("it keeps its history", (server.machine.root / "var/lib/understudy").is_dir)
    until("it answers", lambda: server.role() != "off")
    for pid in server.pids():
        os.kill(pid, signal.SIGTERM)
    until("it has ended", server.ended)
    assert "var/lib/understudy" in server.machine.changes()
    server.machine.purge("understudy")
    assert server.machine.changes() == before


def test_a_purged_daemon_leaves_the_memory_of_the_service(
    machine: Machine, packages: dict[str, Path]
) -> None:
    before = machine.changes()
    machine.install(packages["understudy"])
    state = machine.root / "var/lib/understudy"
    (state / "memory").mkdir(parents=True)
    for file in ("history", "memory/data"):
        (state / file).touch()
    machine.purge("understudy")
    kept = {"var/lib/understudy" + end for end in ("", "/memory", "/memory/data")}
    assert machine.changes() - before == kept


def test_the_installed_python_package_runs_experiments_on_both_substrates(
    machine: Machine, packages: dict[str, Path]
) -> None:
    before = machine.changes()
    machine.install(packages["python3-understudy"])
    program = """
import understudy
crash = understudy.load("/usr/share/understudy/scenarios/crash.toml")
print(understudy.__file__)
for substrate in ("virtual", "ns3"):
    print(*understudy.run(crash, runs=2, substrate=substrate).outage_s.round(1))
"""
    printed = machine.run("/usr/bin/python3", "-I", "-B", "-c", program, seconds=120)
    place, in_virtual_time, in_ns3 = printed.splitlines()
    assert place == "/usr/lib/python3/dist-packages/understudy/__init__.py"
    assert in_virtual_time == in_ns3 and len(in_ns3.split()) == 2
    for file in ("py.typed", "report_page/page.html"):
        assert (machine.root / "usr/lib/python3/dist-packages/understudy" / file).exists()
    machine.purge("python3-understudy")
    assert machine.changes() == before


def test_the_installed_libraries_build_and_run_the_examples(
    machine: Machine, packages: dict[str, Path]
) -> None:
    before = machine.changes()
    machine.install(packages["libunderstudy-dev"])
    build = """
set -e
for name in virtual_time own_topology; do
  cmake -G Ninja -S "/usr/share/doc/libunderstudy-dev/examples/$name" -B "/tmp/$name" >"/tmp/$name.log"
  cmake --build "/tmp/$name" >>"/tmp/$name.log"
  "/tmp/$name/$name"
done
"""
    printed = machine.run("sh", "-c", build, seconds=300)
    assert re.search(r"pings every 100 ms: detected within 0\.\d+ s", printed)
    assert re.search(r"\d+ requests of the clients were answered, \d+ lost", printed)
    machine.purge("libunderstudy-dev")
    assert machine.changes() == before
