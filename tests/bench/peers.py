# SPDX-License-Identifier: MIT
"""Understudy side by side with keepalived, ucarp and Pacemaker, in one run.

    ./dev python tests/bench/peers.py [--only NAME,...] [--faults NAME,...] [--repeats N]
                                      [--watch SECONDS] [--json FILE]

As root. The peers are Debian's packages, downloaded with apt and unpacked into memory; nothing
is installed and nothing of them runs outside of the lab. Every server is a set of namespaces
(network, mounts, processes) whose root is this machine's below the unpacked packages, with /etc,
/var and /run of its own. All pairs get the same network, the same service, the same client, the
same power and the same faults.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import multiprocessing
import os
import platform
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import timeline
from contenders import CONTENDERS, Contender, Understudy, labs
from peers_tables import tell
from quota import container

ROOT = labs.ROOT
TOOLS = ROOT / "build" / "tests"
PEERS = ROOT / "build" / "peers"
UNPACKED = PEERS / "unpacked"
CLONE_NEWNS = 0x20000
PACKAGES = ("keepalived", "ucarp", "corosync", "pacemaker", "pacemaker-cli-utils", "resource-agents")
VERSIONED = ("keepalived", "ucarp", "corosync", "pacemaker")
PORT = 7777
BOOT_S = 0.5
JOBS = 5  # pairs at a time: most of the time they wait
LOOPS_PER_CORE = 2
SHARE = 0.3  # of a core, that a container has

FAULTS = {
    "crash": "the primary loses its power; after the fault it is switched on, if it is still off",
    "cable": "the primary's cable is pulled, which the primary sees",
    "frozen": "the primary's daemons are stopped, its kernel and its service go on",
    "partition": "the servers do not reach each other, the client reaches both",
}


# ---- what is compared ----------------------------------------------------------------------------


def fetch_peers() -> None:
    """Downloads the packages of the peers and of what they need, as far as it is not here."""
    if (PEERS / "complete").exists():
        return
    print(f"downloading from apt into {PEERS}, to install nothing: {' '.join(PACKAGES)}", flush=True)
    (PEERS / "partial").mkdir(parents=True, exist_ok=True)
    download = ["apt-get", "-q", "-y", "--no-install-recommends", "--download-only",
                "-o", f"Dir::Cache::archives={PEERS}", "install", *PACKAGES]
    if subprocess.run(download, capture_output=True).returncode != 0:
        subprocess.run(["apt-get", "-q", "update"], capture_output=True)
        done = subprocess.run(download, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"peers: apt-get cannot download the peers: {done.stderr.strip()}")
    (PEERS / "complete").touch()


def unpack_peers() -> None:
    """Unpacks them in memory, for this process and its children alone.

    Not on the disk, since one layer of a server's root must not lie in another.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        sys.exit(f"peers: no mounts of its own: {os.strerror(ctypes.get_errno())}")
    labs.run("mount", "--make-rprivate", "/")
    UNPACKED.mkdir(exist_ok=True)
    labs.run("mount", "-t", "tmpfs", "tmpfs", UNPACKED)
    # Debian 12's /lib is a link, which some packages' folders of that name must not hide.
    for name in ("bin", "sbin", "lib"):
        (UNPACKED / "usr" / name).mkdir(parents=True)
        (UNPACKED / name).symlink_to(f"usr/{name}")
    for archive in sorted(PEERS.glob("*.deb")):
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive],
                              stdout=subprocess.PIPE) as files:
            labs.run("tar", "-x", "--keep-directory-symlink", "-C", UNPACKED, stdin=files.stdout)
        if files.returncode != 0:
            sys.exit(f"peers: {archive} cannot be unpacked; remove {PEERS}")


def versions() -> dict[str, str]:
    found = {}
    for package in VERSIONED:
        for archive in PEERS.glob(f"{package}_*.deb"):
            found[package] = labs.run("dpkg-deb", "--field", archive, "Version").stdout.strip()
        if package not in found:
            shown = labs.run("dpkg-query", "-W", "-f", "${Version}", package)
            found[package] = shown.stdout.strip()
    commit = labs.run("git", "-C", ROOT, "describe", "--always", "--dirty", check=False)
    return {"understudy": commit.stdout.strip() or "?", **found}


def machine() -> dict[str, str]:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": f"{os.cpu_count()} x {model[1] if model else platform.machine()}",
        "kernel": platform.release(),
        "load": Path("/proc/loadavg").read_text().split()[0],
    }


# ---- the pair ------------------------------------------------------------------------------------

# The first process of a server: makes its root, starts the daemon, and is its service thereafter.
BOOT = """#!/bin/sh
set -e
sleep {boot}
mount --make-rprivate /
mount -t tmpfs tmpfs {root}
mkdir {root}/upper {root}/work {root}/all
mount -t overlay overlay -o lowerdir={peers}:/,upperdir={root}/upper,workdir={root}/work {root}/all
mount --bind /dev {root}/all/dev
mount -t tmpfs tmpfs {root}/all/dev/shm
mount -t proc proc {root}/all/proc
mount -t sysfs sysfs {root}/all/sys
for folder in run tmp; do mount -t tmpfs tmpfs {root}/all/$folder; done
for folder in {lab} {build}; do
  mkdir -p {root}/all$folder
  mount --bind $folder {root}/all$folder
done
cp -a {files}/. {root}/all/
exec chroot {root}/all /bin/sh {start}
"""


class Pair:
    """Two servers with a daemon, in a lab."""

    def __init__(self, folder: Path, contender: Contender):
        self.contender = contender
        self.lab = labs.Lab(folder)
        self.first_processes: dict[str, int] = {}
        try:
            for server in self.lab.servers:
                self._prepare(server)
            self.power = subprocess.Popen(
                [TOOLS / "peer_power", folder,
                 *(self.lab.namespace(name) for name in ("lan", "first", "second")),
                 self.lab.primary, self.lab.monitor]
            )
            labs.until("a power controller", (folder / "power").exists)
            self.agent_s = self._agent_time()
            for server in self.lab.servers:
                self.switch_on(server)
        except BaseException:
            self.remove()
            raise

    def _prepare(self, server: labs.Server) -> None:
        files, root, start = (server.folder / name for name in ("files", "root", "start"))
        files.mkdir()
        root.mkdir()
        daemon = self.contender.prepare(server, files)
        start.write_text(
            f"{daemon}"
            f"exec {TOOLS}/peer_responder {server.name} {PORT} 2>>{server.journal}\n"
        )
        (server.folder / "boot").write_text(
            BOOT.format(boot=BOOT_S, root=root, peers=UNPACKED, lab=self.lab.folder,
                        build=ROOT / "build", files=files, start=start)
        )

    def _agent_time(self, runs: int = 21) -> float:
        """What an order costs without a daemon: start, order, answer and end of the fence agent."""
        options = self.lab.folder / "options"
        options.write_text(f"path={self.lab.folder}/power\nplug=first\naction=off\n")
        spent = []
        for _ in range(runs):
            begin = time.perf_counter()
            pid = os.posix_spawn(TOOLS / "peer_fence", ["peer_fence"], {}, file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, options, os.O_RDONLY, 0)])
            _, status = os.waitpid(pid, 0)
            spent.append(time.perf_counter() - begin)
            if status != 0:
                raise RuntimeError("the fence agent failed")
        return statistics.median(spent)

    def remove(self) -> None:
        self.lab.remove()
        if hasattr(self, "power"):
            self.power.kill()
            self.power.wait()

    def order(self, *words: str) -> list[int]:
        """Has the power controller do something; when it began, and what else it says."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.settimeout(10)
            line.connect(str(self.lab.folder / "power"))
            line.send(" ".join(words).encode())
            done, *numbers = line.recv(128).decode().split()
        if done != "done":
            raise RuntimeError(f"{words}: {done} {numbers}")
        return [int(number) for number in numbers]

    def switch_on(self, server: labs.Server) -> None:
        self.first_processes[server.name] = self.order("on", server.name)[1]

    def inside(self, server: labs.Server, *command: str) -> str:
        """What a command prints in a server; nothing if it is not up."""
        # Switched on or not, this is its first process now: `on` changes nothing then.
        pid = self.first_processes[server.name]
        entry = ["nsenter", "--target", str(pid), "--mount", "--net", "--pid", "--root"]
        return labs.run(*entry, *command, check=False).stdout

    def holders(self) -> list[labs.Server]:
        return [each for each in self.lab.servers if self.lab.primary in each.addresses()]

    def settle(self, seconds: float = 60.0) -> labs.Server:
        """Waits until one server has the address and has had it for a while."""
        end = time.monotonic() + seconds
        since, holder = time.monotonic(), None
        while time.monotonic() < end:
            held_by = self.holders()
            if len(held_by) != 1 or held_by[0] is not holder:
                holder = held_by[0] if len(held_by) == 1 else None
                since = time.monotonic()
            elif time.monotonic() - since >= self.contender.calm and (
                self.contender.ready(self.lab, self.inside)
            ):
                return holder
            time.sleep(0.05)
        raise RuntimeError(
            f"{self.contender.name} does not settle: {[each.name for each in self.holders()]}\n"
            + "".join(f"-- {each.name}\n{each.text()[-2000:]}" for each in self.lab.servers)
        )

    def daemons(self, server: labs.Server) -> list[int]:
        pids = labs.run("ip", "netns", "pids", server.namespace).stdout.split()
        return [int(pid) for pid in pids if labs.name_of(pid).startswith(self.contender.programs)]


class Observation:
    """The observer at work on a pair."""

    def __init__(self, pair: Pair, interval_us: int = 1000):
        self.path = pair.lab.folder / "record"
        names = ("client", "lan", "first", "second")
        self.process = subprocess.Popen(
            [TOOLS / "peer_observer", self.path, str(interval_us), pair.lab.primary, str(PORT),
             *(pair.lab.namespace(name) for name in names)]
        )

    def end(self) -> timeline.Record:
        self.process.terminate()
        if self.process.wait(timeout=10) != 0:
            raise RuntimeError("the observer failed")
        return timeline.read_record(self.path.read_text())


# ---- the faults ----------------------------------------------------------------------------------


def strike(pair: Pair, fault: str, holder: labs.Server) -> int:
    """Lets a fault begin; when it did, in ns."""
    match fault:
        case "crash":
            return pair.order("off", holder.name)[0]
        case "cable":
            return pair.order("pull", holder.name)[0]
        case "partition":
            return pair.order("part", "-")[0]
    pids = pair.daemons(holder)
    at = time.time_ns()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    return at


def heal(pair: Pair, fault: str, holder: labs.Server) -> int:
    """Ends a fault; when that began, in ns."""
    match fault:
        case "crash":
            pair.switch_on(holder)
            return time.time_ns()
        case "cable":
            return pair.order("plug", holder.name)[0]
        case "partition":
            return pair.order("join", "-")[0]
    at = time.time_ns()
    for pid in pair.daemons(holder):
        os.kill(pid, signal.SIGCONT)
    return at


def trial(pair: Pair, fault: str) -> dict:
    """One fault, and what came of it; it is counted how often a false failover came before it."""
    for spoiled in range(10):
        result = attempt(pair, fault)
        if result is not None:
            return result | {"spoiled": spoiled}
    raise RuntimeError(f"{pair.contender.name} switches all the time, with no fault")


def attempt(pair: Pair, fault: str) -> dict | None:
    """None: the pair switched before the fault came."""
    holder = pair.settle()
    spoken = {server.name: len(server.text()) for server in pair.lab.servers}
    observation = Observation(pair)
    time.sleep(0.4 + random.uniform(0, pair.contender.beat))
    struck_ns = strike(pair, fault, holder)
    time.sleep(max(0.0, pair.contender.lasting - (time.time_ns() - struck_ns) / 1e9))
    healed_ns = heal(pair, fault, holder)
    time.sleep(pair.contender.healing)
    record = observation.end()
    if timeline.moved_before(record.changes, record.at(struck_ns)):
        return None
    result = judge(record, holder.name, record.at(struck_ns), record.at(healed_ns))
    if isinstance(pair.contender, Understudy):
        said = holder.other.text()[spoken[holder.other.name]:]
        result |= own_times(pair, record, holder.other.name, record.at(struck_ns),
                            result["switch_s"], fence_s(said))
    return result


def judge(record: timeline.Record, before: str, struck: float, healed: float) -> dict:
    end = record.asked[-1]
    held = timeline.holdings(record.changes, end)
    return {
        "switch_s": timeline.switch(record.answers, struck, before),
        "silent_s": timeline.silence(record.answers, struck, healed),
        "two_holders_s": timeline.overlap(held.get("first", []), held.get("second", []), struck),
        "silent_after_s": timeline.silence(record.answers, healed, end),
        "moves": timeline.moves(record.changes),
        "lateness_median_s": statistics.median(record.lateness),
        "lateness_s": max(record.lateness),
    }


def fence_s(said: str) -> float | None:
    """From the order to the confirmation, as the daemon's log has it."""
    times = [
        re.search(rf"^(\S+ \S+) .*{words}", said, re.MULTILINE)
        for words in ("to switch the other server off", "hears that the other server is off")
    ]
    if not all(times):
        return None
    ordered, off = (datetime.fromisoformat(found[1]) for found in times)
    return (off - ordered).total_seconds()


def own_times(pair: Pair, record: timeline.Record, monitor: str, struck: float,
              switched: float | None, fence: float | None) -> dict:
    """What of the switch is not its timers'."""
    if switched is None or fence is None:
        return {}
    contender = pair.contender
    waited = fence if contender.fences_first else 0.0
    beyond = timeline.beyond_the_timers(record.pings.get(monitor, []), struck, contender.misses,
                                        contender.timeout, waited, switched)
    return {"agent_s": pair.agent_s, "fence_s": fence, "beyond_s": beyond}


def suffer(task: tuple[Contender, list[str], int]) -> tuple[str, dict]:
    """All faults of one contender, in a process of its own."""
    contender, faults, repeats = task
    results: dict = {fault: [] for fault in faults}
    with tempfile.TemporaryDirectory(prefix="peers") as folder:
        try:
            pair = Pair(Path(folder), contender)
            try:
                for fault in faults:
                    for _ in range(times(contender, fault, repeats)):
                        results[fault].append(trial(pair, fault))
            finally:
                pair.remove()
        except Exception as error:  # told in the table, beside the others' results
            results["failed"] = f"{type(error).__name__}: {error}"
    return contender.name, results


def times(contender: Contender, fault: str, repeats: int) -> int:
    """The quick ones more often: that costs little, and in them milliseconds count."""
    if not contender.quick:
        return max(1, repeats // 2)
    return 2 * repeats if fault == "crash" else repeats


# ---- while nothing is wrong ----------------------------------------------------------------------


STATES = {
    "quiet": "nothing else runs",
    "busy": f"{LOOPS_PER_CORE} busy loops a core",
    "contained": f"each server is a container that may have {SHARE:g} of a core, and whose service, a "
    "busy loop on each core, wants more (only those without real-time priority: there is none in it)",
}


@contextmanager
def loops(count: int) -> Iterator[list[int]]:
    running = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(count)]
    try:
        yield [loop.pid for loop in running]
    finally:
        for loop in running:
            loop.kill()
            loop.wait()


@contextmanager
def contained(pair: Pair) -> Iterator[None]:
    """Both servers of a pair as containers whose services want more than they may have."""
    with ExitStack() as stack:
        for server in pair.lab.servers:
            busy = stack.enter_context(loops(os.cpu_count() or 1))
            pids = [*busy, *pair.daemons(server)]
            stack.enter_context(container(server.namespace, SHARE, pids))
        yield


def watch(contender: Contender, seconds: float, ready, go, results) -> None:
    """Counts the switches of a pair that has no fault, in each state."""
    outcome = {}
    with tempfile.TemporaryDirectory(prefix="peers") as folder:
        try:
            pair = Pair(Path(folder), contender)
            try:
                pair.settle()
                ready.release()
                for state, start in go.items():
                    start.wait()
                    if state != "contained":
                        outcome[state] = switches(pair, seconds)
                    elif contender.plain:
                        with contained(pair):
                            outcome[state] = switches(pair, seconds)
            finally:
                pair.remove()
        except Exception as error:
            outcome["failed"] = f"{type(error).__name__}: {error}"
            ready.release()
    results.put((contender.name, outcome))


def switches(pair: Pair, seconds: float) -> int:
    observation = Observation(pair, interval_us=100_000)
    time.sleep(seconds)
    return timeline.moves(observation.end().changes)


def watch_all(contenders: list[Contender], seconds: float) -> dict[str, dict]:
    """All pairs at the same time: the load is the same for each."""
    ready, results = multiprocessing.Semaphore(0), multiprocessing.Queue()
    go = {state: multiprocessing.Event() for state in STATES}
    processes = [
        multiprocessing.Process(target=watch, args=(each, seconds, ready, go, results))
        for each in contenders
    ]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    go["quiet"].set()
    time.sleep(seconds + 2)
    with loops(LOOPS_PER_CORE * (os.cpu_count() or 1)):
        time.sleep(1)
        go["busy"].set()
        time.sleep(seconds + 2)
    go["contained"].set()
    outcomes = dict(results.get() for _ in processes)
    for process in processes:
        process.join()
    return outcomes


# ---- all of it -----------------------------------------------------------------------------------


def chosen(text: str, known: list[str], what: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in known:
            sys.stderr.write(f"peers: --{what}: there is no '{name}'; known: {', '.join(known)}\n")
            sys.exit(2)
    return names


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names of daemons or of settings of them, with commas")
    parser.add_argument("--faults", default=",".join([*FAULTS, "none"]),
                        help="of " + ", ".join([*FAULTS, "none"]) + "; none: false failovers")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--watch", type=float, default=60.0, metavar="SECONDS",
                        help="so long for false failovers, in each state (60)")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    arguments.faults = chosen(arguments.faults, [*FAULTS, "none"], "faults")
    known = list(dict.fromkeys(name for each in CONTENDERS for name in (each.family, each.name)))
    only = chosen(arguments.only, known, "only") if arguments.only else known
    arguments.contenders = [each for each in CONTENDERS if {each.name, each.family} & set(only)]
    if arguments.repeats < 1:
        parser.error(f"--repeats {arguments.repeats}: must be 1 or more")
    if os.geteuid() != 0:
        parser.error("makes network namespaces; run it as root")
    return arguments


def measure(arguments: argparse.Namespace) -> dict:
    report = {"versions": versions(), "machine": machine()}
    entries = {
        each.name: {"settings": each.settings, "fault_lasts_s": each.lasting}
        for each in arguments.contenders
    }
    faults = [fault for fault in arguments.faults if fault != "none"]
    if faults:
        tasks = [(each, faults, arguments.repeats) for each in arguments.contenders]
        tasks.sort(key=lambda task: -task[0].healing * times(task[0], "cable", task[2]))
        with multiprocessing.Pool(JOBS, maxtasksperchild=1) as pool:
            for name, results in pool.imap_unordered(suffer, tasks, chunksize=1):
                print(f"{name}: {'failed' if 'failed' in results else 'done'}", flush=True)
                entries[name] |= results
    if "none" in arguments.faults:
        for name, outcome in watch_all(arguments.contenders, arguments.watch).items():
            entries[name]["watched"] = outcome
    return report | {"contenders": entries}


def main() -> int:
    arguments = parse()
    labs.run(ROOT / "dev", "build", "peer_instruments")
    fetch_peers()
    unpack_peers()
    labs.remove_leftovers()
    report = measure(arguments)
    tell(report, FAULTS, STATES, arguments.watch)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    return int(any("failed" in entry or "failed" in entry.get("watched", {})
                   for entry in report["contenders"].values()))


if __name__ == "__main__":
    sys.exit(main())
