# SPDX-License-Identifier: MIT
"""The live substrate: scenarios in the lab, beside the same runs in virtual time.

Each lab takes as long as its scenario does, so those of a comparison run at once.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pytest
from lab import ROOT, run

SCENARIOS = ROOT / "build" / "scenarios"

# A server in a hurry, and a run that is over soon after.
SHORT = {
    "server.boot_time": "600ms",
    "power.latency": "100ms",
    "run.duration": "6s",
}
# How far a run may be from its twin in virtual time, on a machine that does much else besides.
BOUND = 0.050
# The same where a boot is a part of it, whose processes wait for others' on such a machine.
BOOT_BOUND = 0.200
MEASURES = {
    "detection_s": BOUND,
    "takeover_s": BOUND,
    "outage_s": BOUND,
    "redundancy_s": BOOT_BOUND,
    "no_primary_s": BOUND,
    "dual_primary_s": BOUND,
}
RUNS = 5  # of each fault, for its medians
LABS = 20  # at a time
# How much a process may take to start beyond what it usually takes, or less.
START_BOUND = 0.020
# A rhythm that begins with the start of a daemon.
DETECTED_AFTER_A_START = ("crash-of-a-monitor", "cold-start")
# Some have a new primary boot before there is one at all.
SERVED_AFTER_A_BOOT = ("crash-restart-first", "short-crash", "cold-start")
# Beyond the wan a new primary and a client first ask for each other's hardware address, 10 ms there
# and 10 ms back; in virtual time they need none.
ASKED_FIRST = {"crash-wan": 0.020}

# The faults, by what they are called here; of each what differs from a crash after 1.5 s.
FAULTS: dict[str, dict[str, str]] = {
    "crash": {},
    "crash-v6": {"topology.ip": "v6"},
    "crash-dual-switch": {"topology.kind": "dual-switch"},
    "crash-wan": {"topology.kind": "wan"},
    "crash-of-a-monitor": {"fault.0.target": "monitor"},
    "crash-restart-first": {"pair.takeover": "restart-first"},
    "crash-original": {"pair.method": "original", "power.refusal": "1"},
    "short-crash": {"fault.0.for": "1200ms", "power.refusal": "1"},
    "hang": {"fault.0.kind": "hang"},
    "pause": {"fault.0.kind": "pause", "fault.0.for": "250ms"},
    "slow": {"fault.0.kind": "slow", "fault.0.delay": "100ms", "fault.0.for": "1s"},
    "link-down": {"fault.0.kind": "link-down", "fault.0.for": "2s"},
    "link-down-of-a-monitor": {
        "fault.0.kind": "link-down",
        "fault.0.target": "monitor",
        "fault.0.for": "1s",
        "pair.watch_misses": "50",  # the primary waits
    },
    # Of a carrier that goes twice in a second the kernel tells late.
    "flapping-link-of-a-monitor": {
        "fault.0.kind": "link-down",
        "fault.0.target": "monitor",
        "fault.0.for": "400ms",
        "fault.0.every": "600ms",
        "pair.watch_misses": "50",
    },
    "link-down-of-a-monitor-original": {
        "fault.0.kind": "link-down",
        "fault.0.target": "monitor",
        "fault.0.for": "850ms",  # in the middle between two of its orders
        "pair.method": "original",
        "power.refusal": "1",
    },
    "dead-switch-of-a-monitor": {
        "topology.kind": "wan",
        "fault.0.kind": "switch-failure",
        "fault.0.target": "switch-b",
        "fault.0.for": "1s",
        "pair.watch_misses": "50",
    },
    "switch-reboot": {
        "fault.0.kind": "switch-failure",
        "fault.0.target": "network",
        "fault.0.for": "1s",
    },
    "partition": {"fault.0.kind": "partition", "fault.0.from": '["primary"]', "fault.0.for": "2s"},
    "one-way": {
        "fault.0.kind": "partition",
        "fault.0.from": '["primary"]',
        "fault.0.to": '["monitor"]',
        "fault.0.ways": "one",
        # Over before the boot: a daemon asks longer where it hears the pair but not its peer.
        "fault.0.for": "400ms",
    },
    "delay": {"fault.0.kind": "delay", "fault.0.delay": "40ms"},
    # Over before the boot, whose questions for hardware addresses would be lost too.
    "loss": {
        "fault.0.kind": "loss",
        "fault.0.target": "network",
        "fault.0.probability": "0.8",
        "fault.0.for": "400ms",
    },
    "dead-switch": {
        "topology.kind": "dual-switch",
        "topology.failover_delay": "60ms",
        "fault.0.kind": "switch-failure",
        "fault.0.target": "switch-a",
    },
    "switchover": {"fault.0.kind": "switchover"},
    "cold-start": {
        "run.start": "cold",
        "server.boot_time": '{ uniform = ["600ms", "2s"] }',
        "fault.0.at": "4500ms",
    },
}


def command(substrate: str, settings: dict[str, str], *more: str) -> list[str]:
    said = {**SHORT, "fault.0.at": "1500ms", **settings}
    # A fault's other keys, and a topology's, are those of its kind.
    first = [name for name in ("topology.kind", "fault.0.kind", "fault.0.target") if name in said]
    names = first + [name for name in said if name not in first]
    sets = [part for name in names for part in ("--set", f"{name}={said[name]}")]
    return [str(SCENARIOS / "crash"), "--substrate", substrate, "--jobs", str(RUNS), *sets, *more]


class Words(NamedTuple):
    """What a command prints, and what it says besides."""

    output: str
    errors: str


def words(process: subprocess.Popen[str]) -> Words:
    """Those of a command that ends well."""
    said = Words(*process.communicate(timeout=120))
    assert process.returncode == 0, said.errors
    return said


def records(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    return json.loads(words(process).output)["runs"]


def records_of(arguments: list[str]) -> list[dict[str, Any]]:
    return records(start(arguments))


def start(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )


Twins = dict[str, list[tuple[dict[str, Any], dict[str, Any]]]]


@pytest.fixture(scope="module")
def starts() -> Iterator[list[float]]:
    """How long a program takes that does nothing, again and again all the while."""
    took: list[float] = []
    over = threading.Event()

    def measure() -> None:
        while not over.wait(0.02):
            begun = time.monotonic()
            subprocess.run(["true"], check=True)
            took.append(time.monotonic() - begun)

    measuring = threading.Thread(target=measure)
    measuring.start()
    yield took
    over.set()
    measuring.join()


@pytest.fixture(scope="module")
def twins(starts: list[float]) -> Twins:
    """The runs of each fault in virtual time and in the lab. A lab sleeps most of the time."""
    amount = ("--runs", str(RUNS), "--format", "json")
    with ThreadPoolExecutor(LABS // RUNS) as pool:
        live = {
            name: pool.submit(records_of, command("live", FAULTS[name], *amount)) for name in FAULTS
        }
        virtual = {
            name: records_of(command("virtual", FAULTS[name], *amount)) for name in FAULTS
        }
        return {name: list(zip(virtual[name], live[name].result())) for name in FAULTS}


@pytest.fixture(scope="module")
def quiet(twins: Twins, starts: list[float]) -> bool:
    """Whether the machine had little else to do meanwhile: programs took as long as ever."""
    assert len(starts) > 100
    return median(starts) < 1.5 * min(starts)


# In the fifth of these runs a burst swallows 58 of the packets that a booted server looks around
# with, and of the primary it hears the announcements alone.
BURSTS = {
    "fault.0.kind": "loss",
    "fault.0.target": "network",
    "fault.0.at": "0s",
    "fault.0.burst_begins": "0.005",
    "fault.0.burst_ends": "0.1",
    "power.latency": "500ms",
    "server.boot_time": "3s",
    "run.duration": "16s",
}

SLOW_CABLES = {"topology.bandwidth": "500kbps", "run.duration": "3s", "fault.0.at": "2500ms"}

# In mounts of its own: the device as udev makes it, and the programs where every user gets to.
AS_A_USER = (
    "mount -t tmpfs none /mnt && mkdir /mnt/build && mknod -m 666 /mnt/tun c 10 200 && "
    'mount --bind /mnt/tun /dev/net/tun && mount --bind "$0" /mnt/build && cd /mnt && '
    'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"'
)


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for some."""
    return tmp_path_factory.mktemp("lab") / "captures"


@pytest.fixture(scope="module")
def others(captures: Path) -> dict[str, Words]:
    """The words of these commands; all at once, for the sake of time."""
    json_of = ("--format", "json")
    commands = {
        "bursts": command("live", BURSTS, "--first-run", "5", *json_of),
        "copying": command("live", {"pair.copy_every": "5"}, "--runs", "2", *json_of),
        "slow cables": command("live", SLOW_CABLES, "--timeline", "1", "--packets"),
        "story": command("live", {}, "--timeline", "1", "--packets"),
        "captured": command("live", {}, "--pcap", str(captures), *json_of),
    }
    processes = {name: start(arguments) for name, arguments in commands.items()}
    return {name: words(process) for name, process in processes.items()}


@pytest.fixture
def copying(others: dict[str, Words]) -> list[dict[str, Any]]:
    return json.loads(others["copying"].output)["runs"]


@pytest.fixture
def story(others: dict[str, Words]) -> str:
    return others["story"].output


def mistakes(name: str, virtual: dict[str, Any], live: dict[str, Any]) -> list[str]:
    """In what a run in the lab is too far from its twin."""
    found = []
    usual = BOOT_BOUND if name in SERVED_AFTER_A_BOOT else BOUND
    for measure, bound in MEASURES.items():
        here, there, bound = live[measure], virtual[measure], max(bound, usual)
        near = here == there if None in (here, there) else abs(here - there) <= bound
        if not near:
            found.append(f"{measure}: {here}, and {there} in virtual time")
    for same in ("final_roles", "boots", "false_failovers"):
        if live[same] != virtual[same]:
            found.append(f"{same}: {live[same]}, and {virtual[same]} in virtual time")
    if abs(live["lost_requests"] - virtual["lost_requests"]) > usual / 0.010 + 1:
        found.append(f"lost_requests: {live['lost_requests']}, not {virtual['lost_requests']}")
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_run_in_the_lab_is_that_of_virtual_time_within_fifty_milliseconds(
    name: str, twins: Twins
) -> None:
    """What a machine that was busy elsewhere held up for so long is made once more, alone."""
    virtual, live = twins[name][0]
    assert live.keys() == virtual.keys()
    if mistakes(name, virtual, live):
        live = records_of(command("live", FAULTS[name], "--format", "json"))[0]
    assert mistakes(name, virtual, live) == []


def test_draws_belong_to_the_run_and_each_run_has_its_own() -> None:
    """The crashes of four runs at once fall on the instants that virtual time has them fall on."""
    settings = {"fault.0.at": '{ uniform = ["1s", "2s"] }', "run.duration": "4s"}
    more = ("--runs", "4", "--format", "json", "--seed", "7")
    lab = start(command("live", settings, *more))
    virtual = records(start(command("virtual", settings, *more)))
    for there, here in zip(virtual, records(lab), strict=True):
        assert here["run"] == there["run"]
        assert here["faults"][0]["at_s"] == pytest.approx(there["faults"][0]["at_s"], abs=0.005)
        assert here["detection_s"] == pytest.approx(there["detection_s"], abs=BOUND)


@pytest.mark.parametrize("name", FAULTS)
def test_the_median_distance_from_virtual_time_is_a_millisecond(
    name: str, twins: Twins, quiet: bool
) -> None:
    """On a quiet machine, that is; else to ten. What a start decides may be later or earlier."""
    bound = 0.001 if quiet else 0.010
    for measure in ("detection_s", "takeover_s", "outage_s"):
        both = [(there[measure], here[measure]) for there, here in twins[name]]
        apart = [here - there for there, here in both if None not in (there, here)]
        if both.count((None, None)) == RUNS:
            continue  # there was nothing to detect
        assert len(apart) == RUNS, f"{measure}: {both}"
        if measure == "outage_s":
            apart = [beyond_requests(late - ASKED_FIRST.get(name, 0.0)) for late in apart]
        decided = DETECTED_AFTER_A_START if measure == "detection_s" else SERVED_AFTER_A_BOOT
        allowed = bound + (START_BOUND if name in decided else 0.0)
        assert median(map(abs, apart)) <= allowed, f"{measure}: {apart}"


def beyond_requests(late: float) -> float:
    """An outage ends with a request, so a takeover may cost one more, and the first of all two."""
    return late - 0.010 * max(-2, min(2, round(late / 0.010)))


def test_faults_of_one_instant_strike_at_one() -> None:
    """Else the outage that begins with them would be that of the second alone."""
    (record,) = records_of([
        str(SCENARIOS / "rare-false-failover"), "--substrate", "live", "--set", "run.duration=1s",
        "--format", "json",
    ])  # fmt: skip
    first, second = record["faults"]
    assert first["at_s"] == second["at_s"] < 0.05


def test_what_the_monitor_has_copied_is_not_lost(copying: list[dict[str, Any]]) -> None:
    """A copy every half second, of what is written 200 times a second; else all were lost."""
    for record in copying:
        written = 200 * record["faults"][0]["at_s"]
        assert 0 < record["lost_writes"] < written / 2


def test_bits_take_their_time_on_a_slow_cable(others: dict[str, Words]) -> None:
    """A ping of some 58 bytes, 1 ms there and 1 ms back."""
    heard = re.findall(
        r"(\d+\.\d+) s +second +(sends|hears the answer to) ping (\d+)", others["slow cables"].output
    )
    sent = {number: float(at) for at, what, number in heard if what == "sends"}
    took = [float(at) - sent[number] for at, what, number in heard
            if what != "sends" and number in sent]  # fmt: skip
    assert len(took) > 10
    assert 0.0015 < median(took) < 0.010


def test_a_daemon_that_something_stands_in_the_way_of_is_started_again(
    others: dict[str, Words],
) -> None:
    """As by its unit: a server that boots in a bad network is a monitor in the end."""
    said = others["bursts"]
    assert "the daemon of first ended" in said.errors, "or else this run shows nothing"
    (record,) = json.loads(said.output)["runs"]
    assert record["boots"] == 1
    assert record["final_roles"] == {"first": "monitor", "second": "primary"}


def test_a_run_is_told_as_a_story_with_its_packets(story: str) -> None:
    """Claim 1 on real sockets: ping, miss, boot and probe, in this order, and what came of it."""
    steps = [
        "to the primary address",
        "first    is struck by fault 0: crash",
        "misses an answer from the primary address, 3 in a row",
        "orders the power channel to switch first off",
        "second   claims the primary address",
        "first    is switched on and boots",
        "first    is up",
        "to the monitor address",
        "first    is now monitor: Nobody is the monitor",
    ]
    places = [story.find(steps[0])]
    for step in steps[1:]:
        places.append(story.find(step, places[-1]))
        assert places[-1] > 0, f"{step}\nnot in its place in\n{story}"


def test_every_host_has_its_capture_with_the_instants_of_the_run(
    others: dict[str, Words], captures: Path
) -> None:
    (record,) = json.loads(others["captured"].output)["runs"]
    instants = {}
    for capture in captures.iterdir():
        listed = ("-T", "fields", "-e", "frame.time_epoch")
        text = run("tshark", "-n", "-r", capture, *listed).stdout
        instants[capture.name] = [float(line) for line in text.splitlines()]
    assert set(instants) == {"first.pcap", "second.pcap", "client.pcap", "witness.pcap"}
    for name, times in instants.items():
        assert times == sorted(times) and 0 <= times[0] and times[-1] <= 6, name
    # The crashed server says and hears nothing until it is fenced and boots.
    (fault,) = record["faults"]
    heard = instants["first.pcap"]
    assert [at for at in heard if at < fault["at_s"] and at > fault["at_s"] - 0.1]
    assert not [at for at in heard if fault["at_s"] < at < fault["at_s"] + 0.4]
    assert [at for at in heard if at > fault["at_s"] + 0.6]


def test_whoever_is_not_root_makes_a_lab_too_or_is_told_why_not() -> None:
    """In a namespace of users, where /dev/net/tun is everybody's, as udev makes it."""
    build = str(SCENARIOS.parent)
    wanted = command("live", {}, "--format", "json")
    as_a_user = [part.replace(build, "/mnt/build") for part in wanted]
    lab = start(["unshare", "-m", "sh", "-ec", AS_A_USER, build, *as_a_user])
    out, errors = lab.communicate(timeout=120)
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    # Some places, such as a chroot, let no user make namespaces.
    if subprocess.run([*nobody, "unshare", "-U", "true"], check=False).returncode == 0:
        assert lab.returncode == 0, errors
        roles = json.loads(out)["runs"][0]["final_roles"]
        assert roles == {"first": "monitor", "second": "primary"}
    else:
        assert (lab.returncode, out) == (2, "")
        assert "the lab may not make namespaces (Operation not permitted); become root" in errors


# ---- what the lab leaves alone, and leaves behind ----


def networks_of(pids: Iterable[int]) -> set[str]:
    """The network namespaces in which these processes are."""
    found = set()
    for pid in pids:
        try:
            found.add(os.readlink(f"/proc/{pid}/ns/net"))
        except OSError:
            pass  # it has ended
    return found


def every_process() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def machine() -> list[str]:
    """The machine's own network, mounts and named namespaces."""
    parts = ("link", "address", "route", "rule", "neighbour")
    # Counters and the ages of neighbours go on by themselves.
    shown = [run("ip", "-o", part).stdout for part in parts[:-1]]
    return [*shown, Path("/proc/self/mounts").read_text(), run("ip", "netns", "list").stdout]


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    found = [pid]
    for each in found:
        try:  # it may end meanwhile
            for children in Path(f"/proc/{each}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:
            pass
    return found


def family_when_settled(pid: int) -> list[int]:
    """Of two labs, once all daemons and services run and none of them is just about to start
    another program."""
    names: list[str] = []
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pids = family(pid)
        names = names_of(pids)
        if names.count("understudyd") == 4 and names.count("lab-service") == 4:
            return pids
        time.sleep(0.01)
    raise AssertionError(f"never four daemons and four services, at the end {names}")


@pytest.fixture
def running() -> Iterator[subprocess.Popen[str]]:
    """Two labs in the midst of their runs."""
    process = start(command("live", {"fault.0.at": "4s"}, "--runs", "2"))
    family_when_settled(process.pid)
    assert process.poll() is None
    yield process
    process.kill()
    process.communicate()


def names_of(pids: list[int]) -> list[str]:
    """Of those that live: what has ended and was not waited for yet, by whoever inherited it, is
    none."""
    found = []
    for pid in pids:
        try:
            name, state = re.search(
                r"\((.*)\) (\S)", Path(f"/proc/{pid}/stat").read_text(), re.DOTALL
            ).groups()
        except (OSError, AttributeError):
            continue
        if state not in "ZX":
            found.append(name)
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_remains_of_a_lab_whose_program_is_ended(
    number: signal.Signals, running: subprocess.Popen[str]
) -> None:
    pids = family_when_settled(running.pid)
    spaces = networks_of(pids) - networks_of([os.getpid()])
    assert len(spaces) == 6, "of each lab its own and those of two servers"
    running.send_signal(number)
    running.wait(timeout=10)
    end = time.monotonic() + 5
    remains = lambda: names_of(pids[1:]) or spaces & networks_of(every_process())
    while time.monotonic() < end and remains():
        time.sleep(0.02)
    assert not names_of(pids[1:])
    assert not spaces & networks_of(every_process())


def test_a_lab_touches_nothing_of_the_machine(running: subprocess.Popen[str]) -> None:
    during = machine()
    running.kill()
    running.wait()
    assert during == machine()
    assert "lab" not in Path("/proc/self/mounts").read_text().split()


# ---- what it cannot do ----


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"topology.kind": "routed"}, "topology.kind"),
        ({"fault.0.kind": "clock-rate"}, "fault.0.kind"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line_before_anything_is_run(
    settings: dict[str, str], key: str
) -> None:
    begun = time.monotonic()
    done = run(*command("live", settings), check=False, cwd=ROOT)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.count("\n") == 1
    assert f"{key}: " in done.stderr and "cannot" in done.stderr
    assert time.monotonic() - begun < 3

