# SPDX-License-Identifier: MIT
"""The method on the wire between two daemons, as tshark reads it."""

from __future__ import annotations

import time
from pathlib import Path

from instruments import Capture, both_versions, hardware
from lab import PAIR, Lab, Server, until

MISSES = 3


def ordered_at(server: Server) -> float:
    """The wall clock's time of its first order to the power channel, to 10 ms."""
    since_boot = float(server.orders()[0].split()[1])
    return since_boot + time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


@both_versions
def test_claim01_ping_miss_boot_probe_in_this_order_on_the_wire(lab: Lab, tmp_path: Path) -> None:
    """And the answer to the probe, since the monitor stays the monitor here (claim 11)."""
    lab.configure(pair=PAIR + 'takeover = "restart-first"\n')
    primary, monitor = lab.start()
    capture = Capture(lab, tmp_path / "lan.pcap")
    crashed = time.time()
    primary.crash()
    until("the boot", lambda: primary.role() == "primary")
    capture.stop()

    own, other = lab.address(monitor.name), lab.address(primary.name)
    pings = capture.echoes(own, lab.primary, "request")
    answers = [at for at in capture.echoes(lab.primary, own, "reply") if at < crashed + 0.1]
    missed = [at for at in pings if at > max(answers)]
    probe = min(at for at in capture.echoes(other, lab.monitor, "request") if at > missed[0])
    boot = ordered_at(monitor)
    assert len([at for at in pings if at < crashed]) >= 4
    assert len([at for at in missed if at < boot + 0.02]) >= MISSES
    assert max(answers) < missed[0] < boot < probe, "ping, miss, boot, probe"
    assert any(probe < at < probe + 0.06 for at in capture.echoes(lab.monitor, other, "reply"))
    assert capture.complaints() == []


@both_versions
def test_claim12_a_probe_that_nobody_answers_is_asked_for_each_time_on_the_wire(
    lab: Lab, tmp_path: Path
) -> None:
    """Nobody has the monitor address, so no echo leaves: the search for it is the probe."""
    primary, monitor = lab.start()
    capture = Capture(lab, tmp_path / "lan.pcap")
    primary.crash()
    until("the takeover", lambda: monitor.role() == "primary")
    lab.settle()
    capture.stop()

    boot = ordered_at(monitor)
    claimed = min(at for at in capture.echoes(lab.address(monitor.name), lab.monitor, "request")
                  if at > boot)
    searches = [at for at in capture.searches(primary, lab.monitor) if at > boot]
    assert len(searches) >= 3
    other = lab.address(primary.name)
    assert not [at for at in capture.echoes(lab.monitor, other, "reply") if boot < at < claimed]
    assert capture.complaints() == []
    if lab.version == 4:
        wanted = f"arp.isgratuitous and arp.src.proto_ipv4 == {lab.primary}"
        forms = {row[0] for row in capture.rows(
            f"{wanted} and eth.src == {hardware(monitor)}", "arp.opcode")}
        assert forms == {"1", "2"}, "announced as a request and as a reply"
    else:
        wanted = f"icmpv6.nd.na.target_address == {lab.primary} and icmpv6.nd.na.flag.o == 1"
        assert capture.rows(f"{wanted} and eth.src == {hardware(monitor)}", "frame.number")
