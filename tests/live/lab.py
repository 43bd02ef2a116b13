# SPDX-License-Identifier: MIT
"""A pair of servers and a client as network namespaces, joined by a bridge in one of their own.

Nothing outside of them is touched. Everything that a lab makes carries its prefix: the namespaces,
and through them all processes in them. `Lab.remove` ends these and removes the namespaces; what an
earlier lab left behind because its process was killed, `remove_leftovers` does.

The power of a server is its namespace's cable, its shared addresses and its processes: the script
`power` cuts them as a fence agent would, and starts the server again when it is switched on and has
had its time to boot.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path

PREFIX = "ustlab"
ROOT = Path(__file__).resolve().parent.parent.parent
DAEMON = ROOT / "build" / "bin" / "understudyd"
CTL = ROOT / "build" / "bin" / "understudyctl"
SECRET = "a secret that only the two servers of this lab know"
IDS = {"first": 1, "second": 2, "client": 3}

# The time from power-on to a daemon is half a second here, and the power channel takes some
# milliseconds: real servers in a hurry.
PAIR = """
ping_interval = "50ms"
ping_timeout = "25ms"
probe_timeout = "60ms"
boot_min = "400ms"
boot_max = "2s"
fence_max = "100ms"
confirm_max = "100ms"
max_boots = 0
"""


def run(
    *command: str | Path, check: bool = True, seconds: float = 30, **options
) -> subprocess.CompletedProcess:
    """Runs a command to its end."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=seconds, **options
    )
    if check and done.returncode != 0:
        raise RuntimeError(f"{command}: {done.returncode}: {done.stderr}{done.stdout}")
    return done


def namespaces() -> list[str]:
    return [line.split()[0] for line in run("ip", "netns", "list").stdout.splitlines() if line]


def empty(namespace: str) -> None:
    """Kills all that runs in a namespace of a lab."""
    assert namespace.startswith(PREFIX)
    for _ in range(50):
        pids = run("ip", "netns", "pids", namespace, check=False).stdout.split()
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
    raise RuntimeError(f"{namespace} cannot be emptied")


def remove_leftovers() -> None:
    """Removes the labs of processes that are gone."""
    for namespace in namespaces():
        parts = namespace.split("-")
        if parts[0] != PREFIX or len(parts) != 3 or Path(f"/proc/{parts[1]}").exists():
            continue
        empty(namespace)
        run("ip", "netns", "delete", namespace, check=False)


def until(what: str, condition, seconds: float = 10.0, every: float = 0.01):
    """Waits for something to be so, and returns it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}")


def name_of(pid: str) -> str:
    """The name of a process; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


class Server:
    """One of the two: a namespace, and the daemon in it."""

    def __init__(self, lab: Lab, name: str):
        self.lab = lab
        self.name = name
        self.namespace = lab.namespace(name)
        self.folder = lab.folder / name
        self.folder.mkdir()
        self.config = self.folder / "understudyd.toml"
        self.socket = self.folder / "sock"
        self.memory = self.folder / "memory" / "current" / "data"
        self.journal = self.folder / "journal"

    @property
    def other(self) -> Server:
        return self.lab.second if self.name == "first" else self.lab.first

    def daemon(self) -> list[str | Path]:
        """What starts its daemon, inside its namespace."""
        return [DAEMON, "--config", self.config]

    def write_config(self, pair: str = "", service: str = "", daemon: str = "",
                     memory: str = "", power: str = "", addresses: str = "") -> None:
        self.config.write_text(
            f'[daemon]\nid = "{self.name}"\ninterface = "eth0"\nsecret = "{SECRET}"\n'
            f'state = "{self.folder}/state"\nsocket = "{self.socket}"\n'
            f'metrics = "{self.folder}/metrics.prom"\n{daemon}\n'
            f'[addresses]\nserver = "{self.lab.address(self.name)}"\n'
            f'peer = "{self.lab.address(self.other.name)}"\n'
            f'primary = "{self.lab.primary}"\nmonitor = "{self.lab.monitor}"\n{addresses}\n'
            f"[power]\n{power or self._quick_power()}\n"
            f"[memory]\n{memory}\n[service]\n{service}\n[pair]\n{pair}\n"
        )
        self.config.chmod(0o600)
        self._write_power_scripts()

    def _quick_power(self) -> str:
        """A fence agent without a device, which takes no longer than its script."""
        agent = self.folder / "power"
        agent.write_text(
            "#!/bin/sh\n"
            # Its options come before it, and the device is always there.
            "while read line; do case $line in action=*) action=$line;; esac; done\n"
            "[ $action = action=monitor ] && exit 0\n"
            f'echo "$action $(cut -d" " -f1 /proc/uptime)" >>{self.folder}/orders\n'
            f"[ -e {self.folder}/power-refuses ] && exit 1\n"
            f"exec {self.other.folder}/${{action#action=}}\n"
        )
        agent.chmod(0o755)
        return f'agent = "{agent}"'

    def _write_power_scripts(self) -> None:
        """What cuts this server's power, and gives it back; run by the other server."""
        link = f"ip -n {self.lab.namespace('lan')} link set dev {self.name}"
        off = self.folder / "off"
        off.write_text(
            "#!/bin/sh\n"
            f"{link} down\n"
            f"for pid in $(ip netns pids {self.namespace}); do kill -9 $pid 2>/dev/null; done\n"
            f"ip -n {self.namespace} address del {self.lab.alone(self.lab.primary)} dev eth0 "
            "2>/dev/null\n"
            f"ip -n {self.namespace} address del {self.lab.alone(self.lab.monitor)} dev eth0 "
            "2>/dev/null\n"
            f"for macvlan in us7410p us7410m; do ip -n {self.namespace} link delete $macvlan "
            "2>/dev/null; done\n"
            # A machine without power forgets what its kernel still had to send.
            f"ip -n {self.namespace} neighbour flush all 2>/dev/null\n"
            "exit 0\n"
        )
        boot = f"sleep {self.lab.boot_time}; exec {shlex.join(map(str, self.daemon()))}"
        on = self.folder / "on"
        on.write_text(
            "#!/bin/sh\n"
            f"[ -n \"$(ip netns pids {self.namespace})\" ] && exit 0\n"
            f"{link} up\n"
            f"setsid ip netns exec {self.namespace} sh -c {shlex.quote(boot)} "
            f">>{self.journal} 2>&1 </dev/null &\n"
            # The daemon that gave the order kills what is left of this script's process group.
            f"until [ -n \"$(ip netns pids {self.namespace})\" ]; do sleep 0.01; done\n"
            "exit 0\n"
        )
        for script in (off, on):
            script.chmod(0o755)

    def start(self) -> subprocess.Popen:
        """Starts the daemon at once, without a boot."""
        with self.journal.open("a") as journal:
            return self.lab.spawn(self.namespace, *self.daemon(), stderr=journal, stdout=journal)

    def pids(self) -> list[int]:
        """Of the daemon."""
        found = run("ip", "netns", "pids", self.namespace, check=False).stdout.split()
        return [int(pid) for pid in found if name_of(pid) == "understudyd"]

    def ended(self) -> bool:
        """Whether its daemon is gone, whole: what was killed may still end a write to the disk."""
        with socket.socket(socket.AF_UNIX) as line:
            return not self.pids() and line.connect_ex(str(self.socket)) != 0

    def has_power(self) -> bool:
        """Whether anything runs on it, be it that it boots."""
        return bool(run("ip", "netns", "pids", self.namespace, check=False).stdout.split())

    def ask(self, command: str) -> dict:
        """What the daemon says over its socket; empty if it is not there."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(json.dumps({"command": command}).encode() + b"\n")
                return json.loads(line.makefile().readline() or "{}")
        except OSError:
            return {}

    def role(self) -> str:
        return self.ask("status").get("role", "off")

    def addresses(self) -> set[str]:
        """The shared ones that it has."""
        lines = run("ip", "-n", self.namespace, "-j", "address", "show").stdout
        present = {info["local"] for link in json.loads(lines) for info in link["addr_info"]}
        return present & {self.lab.primary, self.lab.monitor}

    def crash(self) -> float:
        """Cuts its power, as from nowhere; returns when."""
        at = time.clock_gettime(time.CLOCK_BOOTTIME)
        run(self.folder / "off")
        return at

    def restore_power(self) -> None:
        """Undoes a crash but for the boot: its cable carries again, and nothing runs yet."""
        run("ip", "-n", self.lab.namespace("lan"), "link", "set", "dev", self.name, "up")

    def orders(self) -> list[str]:
        """Those that it gave to its power channel."""
        path = self.folder / "orders"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def text(self) -> str:
        return self.journal.read_text() if self.journal.exists() else ""


class Lab:
    """Two servers and a client on one bridge."""

    def __init__(
        self, folder: Path, version: int = 4, boot_time: float = 0.5, server: type[Server] = Server
    ):
        self.folder = folder
        self.version = version
        self.boot_time = boot_time
        self.token = f"{PREFIX}-{os.getpid()}"
        self.processes: list[subprocess.Popen] = []
        net = "10.111.0." if version == 4 else "fd11::"
        self.net = net
        self.primary, self.monitor = net + "10", net + "11"
        try:
            self._make()
            self.first = server(self, "first")
            self.second = server(self, "second")
        except BaseException:
            self.remove()
            raise
        self.servers = (self.first, self.second)

    def namespace(self, name: str) -> str:
        return f"{self.token}-{name}"

    def address(self, name: str) -> str:
        return self.net + str(IDS[name])

    def alone(self, address: str) -> str:
        return address + ("/32" if self.version == 4 else "/128")

    def _make(self) -> None:
        lan = self.namespace("lan")
        run("ip", "netns", "add", lan)
        run("ip", "-n", lan, "link", "add", "lan", "type", "bridge", "forward_delay", "0")
        run("ip", "-n", lan, "link", "set", "dev", "lan", "up")
        for name in IDS:
            host = self.namespace(name)
            run("ip", "netns", "add", host)
            run("ip", "-n", host, "link", "set", "dev", "lo", "up")
            run("ip", "-n", lan, "link", "add", name, "type", "veth", "peer", "name", "eth0",
                "netns", host)
            run("ip", "-n", lan, "link", "set", "dev", name, "master", "lan", "up")
            run("ip", "-n", host, "link", "set", "dev", "eth0", "up")
            length, nodad = ("/24", []) if self.version == 4 else ("/64", ["nodad"])
            run("ip", "-n", host, "address", "add", self.address(name) + length, "dev", "eth0",
                *nodad)

    def spawn(self, namespace: str, *command: str | Path, **options) -> subprocess.Popen:
        """Starts a program in a namespace."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *(str(part) for part in command)],
            stdin=subprocess.DEVNULL, **options,
        )
        self.processes.append(process)
        return process

    def configure(self, **tables: str) -> None:
        for server in self.servers:
            server.write_config(**tables)

    def roles(self) -> dict[str, str]:
        return {server.name: server.role() for server in self.servers}

    def settle(self, seconds: float = 15.0) -> tuple[Server, Server]:
        """Waits until there are one primary and one monitor that have heard each other."""

        def settled():
            states = {server: server.ask("status") for server in self.servers}
            roles = {state.get("role"): server for server, state in states.items()}
            heard = all(state.get("other_heard") for state in states.values())
            return roles if heard and set(roles) == {"primary", "monitor"} else None

        roles = until("one primary and one monitor", settled, seconds)
        return roles["primary"], roles["monitor"]

    def start(self) -> tuple[Server, Server]:
        """Starts both; returns the primary and the monitor they agree upon."""
        for server in self.servers:
            server.start()
        return self.settle()

    def part(self, server: Server, parted: bool = True) -> None:
        """Takes a server off the bridge, or puts it back; its own link stays up."""
        lan = self.namespace("lan")
        master = ["nomaster"] if parted else ["master", "lan"]
        run("ip", "-n", lan, "link", "set", "dev", server.name, *master)

    def remove(self) -> None:
        """Ends all that runs in the lab and removes it."""
        for namespace in namespaces():
            if namespace.startswith(self.token + "-"):
                empty(namespace)
                run("ip", "netns", "delete", namespace, check=False)
        for process in self.processes:
            process.wait(timeout=10)
