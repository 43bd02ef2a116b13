# SPDX-License-Identifier: MIT
"""The daemons that bench/peers.py compares, each with the best sensible configuration.

Whoever can have real-time priority has it, but for the two whose names end in `-plain`: those are as
they run by default, and where nobody may have it, as in many a container. All of them: what was set
is what is not said to be the default. Nobody goes back to a healed server of his own accord, where
that can be chosen.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "live"))

import lab as labs

REALTIME = 50


@dataclass(frozen=True)
class Contender(ABC):
    """One daemon at one setting."""

    family: str
    name: str
    settings: str
    beat: float  # s: a fault comes at any point of it
    calm: float  # s: the pair changes nothing more when it changed nothing for so long
    lasting: float = 3.0  # s: the length of a fault, which leaves it the time to notice
    healing: float = 3.0  # s: so long it is watched after a fault is over
    programs: tuple[str, ...] = ()  # how the names of its processes begin

    @property
    def quick(self) -> bool:
        return self.beat < 0.15

    @property
    def plain(self) -> bool:
        """Whether it has no real-time priority."""
        return False

    @abstractmethod
    def prepare(self, server: labs.Server, files: Path) -> str:
        """Writes its configuration below `files`, the root of the server; how it is started."""

    def ready(self, lab: labs.Lab, inside) -> bool:
        """Whether the one in reserve is ready too; `inside` runs a command in a server."""
        return True


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


# ---- understudy ----------------------------------------------------------------------------------


# What is true of the lab's servers.
POWER = """
boot_min = "480ms"
boot_max = "2s"
fence_max = "100ms"
confirm_max = "100ms"
probe_timeout = "60ms"
max_boots = 0
"""


@dataclass(frozen=True)
class Understudy(Contender):
    pair: str = ""
    misses: int = 3
    timeout: float = 0.0
    realtime: int = REALTIME

    @property
    def plain(self) -> bool:
        return self.realtime == 0

    @property
    def fences_first(self) -> bool:
        return "immediate" not in self.pair

    def prepare(self, server: labs.Server, files: Path) -> str:
        server.write_config(
            pair=POWER + self.pair,
            daemon=f"realtime_priority = {self.realtime}",
            power=f'agent = "{labs.ROOT}/build/tests/peer_fence"\n'
            f'options = {{ path = "{server.lab.folder}/power", plug = "{server.other.name}" }}',
        )
        return f"{labs.DAEMON} --config {server.config} >>{server.journal} 2>&1 &\n"

    def ready(self, lab: labs.Lab, inside) -> bool:
        states = [server.ask("status") for server in lab.servers]
        roles = {state.get("role") for state in states}
        return roles == {"primary", "monitor"} and all(state.get("other_heard") for state in states)


def understudy(name: str, settings: str, pair: str, misses: int, timeout: float, beat: float,
               realtime: int = REALTIME):
    return Understudy(
        "understudy", name, settings, beat=beat, calm=1.2, programs=("understudyd",), pair=pair,
        misses=misses, timeout=timeout, realtime=realtime,
    )


# ---- VRRP and CARP -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Keepalived(Contender):
    advert: float = 1.0
    realtime: int = REALTIME

    @property
    def plain(self) -> bool:
        return self.realtime == 0

    def prepare(self, server: labs.Server, files: Path) -> str:
        priority = f"  vrrp_rt_priority {self.realtime}\n" if self.realtime else ""
        write(
            files / "etc/keepalived/keepalived.conf",
            f"global_defs {{\n{priority}  vrrp_no_swap\n}}\n"
            "vrrp_instance pair {\n  state BACKUP\n  nopreempt\n  interface eth0\n"
            f"  version 3\n  virtual_router_id 7\n  priority {100 if server.name == 'first' else 90}\n"
            f"  advert_int {self.advert}\n"
            f"  virtual_ipaddress {{\n    {server.lab.alone(server.lab.primary)}\n  }}\n}}\n",
        )
        return f"keepalived --vrrp --dont-fork --log-console >>{server.journal} 2>&1 &\n"


def keepalived(name: str, advert: float, realtime: int = REALTIME) -> Keepalived:
    settings = f"adverts each {advert:g} s"
    settings += " (default)" if advert == 1 else "" if realtime else ", no real-time priority"
    return Keepalived(
        "keepalived", name, settings, beat=advert, calm=3.7 * advert + 1.0,
        lasting=3.0 if advert < 1 else 6.0, healing=3.7 * advert + 2.0, programs=("keepalived",),
        advert=advert, realtime=realtime,
    )


@dataclass(frozen=True)
class Ucarp(Contender):
    options: str = ""

    def prepare(self, server: labs.Server, files: Path) -> str:
        alone = server.lab.alone(server.lab.primary)
        for script, what in (("up", "add"), ("down", "del")):
            write(files / f"etc/{script}", f"#!/bin/sh\nip address {what} {alone} dev eth0\n", 0o755)
        return (
            f"chrt --fifo {REALTIME} ucarp --interface=eth0 "
            f"--srcip={server.lab.address(server.name)} --vhid=7 --pass=secret "
            f"--addr={server.lab.primary} --upscript=/etc/up --downscript=/etc/down "
            f"{self.options} >>{server.journal} 2>&1 &\n"
        )


# ---- Pacemaker -----------------------------------------------------------------------------------

CIB = """<cib crm_feature_set="3.0.0" validate-with="pacemaker-3.0" admin_epoch="0" epoch="1"
 num_updates="0"><configuration><crm_config><cluster_property_set id="options">
<nvpair id="o1" name="stonith-enabled" value="false"/>
<nvpair id="o2" name="dc-deadtime" value="2s"/>
</cluster_property_set></crm_config><nodes/><resources>
<primitive id="address" class="ocf" provider="heartbeat" type="IPaddr2">
<instance_attributes id="a"><nvpair id="a1" name="ip" value="{primary}"/>
<nvpair id="a2" name="cidr_netmask" value="32"/><nvpair id="a3" name="nic" value="eth0"/>
</instance_attributes><operations><op id="op" name="monitor" interval="{monitor}"/></operations>
</primitive></resources><constraints/><rsc_defaults><meta_attributes id="d">
<nvpair id="d1" name="resource-stickiness" value="100"/></meta_attributes></rsc_defaults>
</configuration><status/></cib>
"""


@dataclass(frozen=True)
class Pacemaker(Contender):
    totem: str = ""
    monitor: str = "10s"

    def prepare(self, server: labs.Server, files: Path) -> str:
        nodes = "".join(
            f"node {{\n nodeid: {number}\n name: {each}\n ring0_addr: {server.lab.address(each)}\n}}\n"
            for number, each in enumerate(("first", "second"), 1)
        )
        write(
            files / "etc/corosync/corosync.conf",
            "totem {\nversion: 2\ncluster_name: pair\ntransport: knet\n"
            f"crypto_cipher: none\ncrypto_hash: none\n{self.totem}}}\nnodelist {{\n{nodes}}}\n"
            "quorum {\nprovider: corosync_votequorum\ntwo_node: 1\n}\n"
            "logging {\nto_stderr: yes\nto_syslog: no\n}\n",
        )
        write(
            files / "var/lib/pacemaker/cib/cib.xml",
            CIB.format(primary=server.lab.primary, monitor=self.monitor),
            0o600,
        )
        # What the packages' own scripts would have made.
        return (
            "echo haclient:x:189: >>/etc/group\n"
            "echo hacluster:x:189:189::/var/lib/pacemaker:/bin/false >>/etc/passwd\n"
            "mkdir -p /var/lib/corosync /var/log/pacemaker /var/lib/pacemaker/blackbox"
            " /var/lib/pacemaker/cores /var/lib/pacemaker/pengine\n"
            "chown -R 189:189 /var/lib/pacemaker /var/log/pacemaker\n"
            f"corosync -f >>{server.journal} 2>&1 &\n"
            "until corosync-cmapctl totem >/dev/null 2>&1; do sleep 0.05; done\n"
            f"pacemakerd -f >>{server.journal} 2>&1 &\n"
        )

    def ready(self, lab: labs.Lab, inside) -> bool:
        shown = [inside(server, "crm_mon", "-1") for server in lab.servers]
        return all("Online: [ first second ]" in text for text in shown)


def pacemaker(name: str, settings: str, totem: str, monitor: str, beat: float,
              lasting: float) -> Pacemaker:
    return Pacemaker(
        "pacemaker", name, settings, beat=beat, calm=3.0, lasting=lasting, healing=8.0,
        programs=("corosync", "pacemaker"), totem=totem, monitor=monitor,
    )


# ---- all -----------------------------------------------------------------------------------------

TEN = 'ping_interval = "10ms"\n'

CONTENDERS = [
    understudy("understudy-fastest", "10 ms, 1 ms, 1 miss, fence-first",
               TEN + 'ping_timeout = "1ms"\nmisses = 1\n', 1, 0.001, 0.01),
    understudy("understudy-immediate", "10 ms, 1 ms, 1 miss, immediate",
               TEN + 'ping_timeout = "1ms"\nmisses = 1\ntakeover = "immediate"\n', 1, 0.001, 0.01),
    understudy("understudy-31ms", "10 ms, 5 ms, 3 misses, fence-first",
               TEN + 'ping_timeout = "5ms"\nmisses = 3\n', 3, 0.005, 0.01),
    understudy("understudy-31ms-plain", "10 ms, 5 ms, 3 misses, no real-time priority",
               TEN + 'ping_timeout = "5ms"\nmisses = 3\n', 3, 0.005, 0.01, realtime=0),
    understudy("understudy-default", "100 ms, 50 ms, 3 misses, fence-first (default)", "", 3, 0.05, 0.1),
    keepalived("keepalived-10ms", 0.01),
    keepalived("keepalived-10ms-plain", 0.01, realtime=0),
    keepalived("keepalived-100ms", 0.1),
    keepalived("keepalived-default", 1.0),
    Ucarp("ucarp", "ucarp-fastest", "--deadratio=1", beat=1.0, calm=3.0, healing=4.0,
          programs=("ucarp",), options="--deadratio=1"),
    Ucarp("ucarp", "ucarp-default", "default", beat=1.0, calm=4.5, lasting=6.0, healing=5.0,
          programs=("ucarp",)),
    pacemaker("pacemaker-fastest", "token 500 ms, monitor 1 s",
              "token: 500\nconsensus: 600\njoin: 50\n", "1s", 0.5, 6.0),
    pacemaker("pacemaker-default", "default", "", "10s", 1.0, 12.0),
]
