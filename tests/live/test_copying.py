# SPDX-License-Identifier: MIT
"""The memory of a pair on real sockets: what a monitor copied, it has when it takes over."""

from __future__ import annotations

from pathlib import Path

import pytest
from instruments import both_versions, switch_over
from lab import CTL, PAIR, Lab, Server, run, until


def share_memory(lab: Lab, keys: str = "", pair: str = "copy_every = 2\n", service: str = "") -> None:
    """Lets both servers have keys and a memory."""
    run(CTL, "pair-keys", lab.folder / "keys")
    for server in lab.servers:
        server.write_config(
            pair=PAIR + pair,
            service=service,
            memory=f'folder = "{server.folder}/memory"\n'
            f'keys = "{lab.folder}/keys/{server.name}"\n{keys}',
        )


def content(server: Server, name: str = "ledger") -> str:
    """Of a file of its memory; empty if it has none such."""
    path = server.memory / name
    return path.read_text() if path.exists() else ""


@both_versions
def test_what_was_copied_is_there_after_a_failover(lab: Lab) -> None:
    """Claims 4, 5: every few answered pings the memory is copied, and the new primary has it."""
    share_memory(lab)
    primary, monitor = lab.start()
    (primary.memory / "ledger").write_text("one")
    until("the monitor has it", lambda: content(monitor) == "one")
    (primary.memory / "ledger").write_text("one two")
    until("and what came after", lambda: content(monitor) == "one two")
    primary.crash()
    until("the monitor takes over", lambda: monitor.role() == "primary")
    (monitor.memory / "ledger").write_text("one two three")
    assert lab.settle(20) == (monitor, primary)
    until("now it goes the other way", lambda: content(primary) == "one two three")
    metrics = primary.folder / "metrics.prom"
    until("and is counted", lambda: "understudy_copied_bytes_total 0\n" not in metrics.read_text())


def test_a_switchover_loses_no_write(lab: Lab) -> None:
    """`copy_every` is so large here that only the last copy can bring it."""
    share_memory(lab, pair="copy_every = 100000\n")
    primary, monitor = lab.start()
    (primary.memory / "ledger").write_text("written just before")
    switch_over(primary)
    assert lab.settle() == (monitor, primary)
    assert content(monitor) == "written just before"


def test_after_a_power_cut_of_both_the_newer_memory_wins(lab: Lab) -> None:
    """The one that was alone at the end has written more, and must not be overwritten."""
    share_memory(lab)
    primary, monitor = lab.start()
    (primary.memory / "ledger").write_text("of both")
    until("the monitor has it", lambda: content(monitor) == "of both")
    (primary.folder / "power-refuses").touch()  # so that the primary leaves the other dead
    monitor.crash()
    (primary.memory / "ledger").write_text("of one alone")
    primary.crash()
    (primary.folder / "power-refuses").unlink()
    for server in lab.servers:
        server.restore_power()
    stale, fresh = monitor, primary
    # The stale one comes first, and would win the roles.
    stale.start()
    until("it watches alone", lambda: stale.role() == "monitor")
    fresh.start()
    lab.settle(20)
    until("both have the newer", lambda: content(stale) == content(fresh) == "of one alone")


def test_the_output_of_a_command_is_the_memory(lab: Lab) -> None:
    share_memory(lab, keys='command = ["/bin/sh", "-c", "echo a dump of $(cat /proc/uptime)"]\n')
    _, monitor = lab.start()
    until("the monitor has a dump", lambda: content(monitor, "output").startswith("a dump of "))
    first = content(monitor, "output")
    until("and later a newer one", lambda: content(monitor, "output") != first)


def test_a_service_learns_where_its_memory_lies(lab: Lab) -> None:
    share_memory(
        lab, service='on_primary = ["/bin/sh", "-c", "echo begun >$UNDERSTUDY_MEMORY/ledger"]'
    )
    _, monitor = lab.start()
    until("what it wrote has been copied", lambda: content(monitor) == "begun\n")


def test_a_server_with_the_keys_of_another_pair_gets_nothing(lab: Lab) -> None:
    share_memory(lab)
    run(CTL, "pair-keys", lab.folder / "foreign")
    monitor = lab.second
    text = monitor.config.read_text()
    monitor.config.write_text(text.replace(f"{lab.folder}/keys/", f"{lab.folder}/foreign/"))
    lab.first.start()
    until("the first has settled", lambda: lab.first.role() == "monitor")
    lab.second.start()
    primary, other = lab.settle()
    (primary.memory / "ledger").write_text("not for everybody")
    until("it is said", lambda: "copying: " in other.text())
    assert content(other) == ""


def test_keys_that_are_not_there_or_not_private_are_said_in_one_line(lab: Lab) -> None:
    share_memory(lab)
    check = lambda: run(CTL, "check", lab.first.config, check=False)
    assert check().returncode == 0
    key = Path(lab.folder) / "keys" / "first" / "server.key"
    key.chmod(0o644)
    assert check().returncode == 2
    assert "chmod 600" in check().stderr and len(check().stderr.splitlines()) == 1
    key.unlink()
    assert f"{lab.first.config}: memory.keys: {key}: No such file" in check().stderr


def test_a_term_in_which_the_memory_was_written_is_never_used_twice(lab: Lab) -> None:
    """The history may be lost that was still on its way to the disk; the memory's stamp is not."""
    share_memory(lab)
    primary, _ = lab.start()
    term = primary.ask("status")["term"]
    primary.crash()
    until("the monitor takes over", lambda: primary.other.role() == "primary")
    assert primary.other.ask("status")["term"] == term + 1
    survivor = primary.other
    survivor.crash()
    for path in (survivor.folder / "state").iterdir():
        path.unlink()
    survivor.start()
    assert until("it knows", lambda: survivor.ask("status").get("term")) == term + 1
